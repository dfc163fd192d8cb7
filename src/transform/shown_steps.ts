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
  if (typeof options !== "object" || options === null || Array.isArray(options)) return options;
  return Object.fromEntries(
    Object.entries(options).map(([option, value]) => [option, isSecret(step, option) ? "(not shown)" : shown(value)]),
  );
}

/** A table may have a line for each patient. */
function shown(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const count = Object.keys(value).length;
  return count > 3 ? `(${count} entries)` : value;
}
