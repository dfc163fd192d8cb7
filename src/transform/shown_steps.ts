/**
 * Steps as people see them: without their secrets, and without the contents of tables.
 *
 * @module
 */

import type { ChangeStep } from "./change_steps.ts";
import { isSecret } from "./recipe.ts";

/** Longest text of a step, in characters. */
const LONGEST = 120;

/** A step on one line, such as `remove ["PatientComments"]`. */
export function shownStep(step: ChangeStep): string {
  const text = Object.entries(step).map(([name, options]) => `${name} ${JSON.stringify(shownOptions(name, options))}`);
  const line = text.join(", ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

function shownOptions(step: string, options: unknown): unknown {
  return isObject(options) ? hidden(step, options, (value) => shown(step, value)) : withoutSecrets(step, options);
}

/** A table may have a line for each patient. */
function shown(step: string, value: unknown): unknown {
  const count = isObject(value) ? Object.keys(value).length : 0;
  return count > 3 ? `(${count} entries)` : withoutSecrets(step, value);
}

/** Secrets of an integrator's own steps may stand anywhere in their options. */
function withoutSecrets(step: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(step, one));
  return isObject(value) ? hidden(step, value, (one) => withoutSecrets(step, one)) : value;
}

function hidden(step: string, options: object, show: (value: unknown) => unknown): object {
  const entries = Object.entries(options);
  return Object.fromEntries(
    entries.map(([option, value]) => [option, isSecret(step, option) ? "(not shown)" : show(value)]),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
