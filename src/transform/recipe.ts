/**
 * Recipes: steps that were made ready to work, with a name that stands for them.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import type { Change } from "./change.ts";
import { type ChangeStep, compileChanges, type CompileOptions } from "./change_steps.ts";
import { Hmac } from "./hmac.ts";

/** Steps that are ready to work. */
export interface Recipe {
  /** The same for the same steps, also in another process: 32 hexadecimal digits; empty for no steps. */
  readonly id: string;
  /** What the steps do. */
  readonly changes: readonly Change[];
}

/** Options of steps that are secret. Steps of an integrator's own are taken to have secrets where a name says so. */
const SECRETS: Readonly<Record<string, RegExp>> = { mapUids: /^key$/, deidentify: /^key$/, map: /^$/ };
const LIKELY_SECRET = /key|secret|token|passw/i;

/** Whether an option of a step is a secret. */
export function isSecret(step: string, option: string): boolean {
  return (Object.hasOwn(SECRETS, step) ? SECRETS[step]! : LIKELY_SECRET).test(option);
}

const encoder = new TextEncoder();

/** Key of the hash. A version of Gantry that changes the meaning of a step has another key. */
const HASH = new Hmac(encoder.encode("gantry recipe 1"));

/**
 * Makes a recipe. Its name depends on the steps, in their order, on the content of files that they name, and on a fingerprint of
 * secrets; of an integrator's own steps on their names and options, not on their code. Throws as `compileChanges()` does.
 */
export function compileRecipe(steps: readonly ChangeStep[], options: CompileOptions = {}): Recipe {
  if (steps.length === 0) return { id: "", changes: [] };
  const files: string[] = [];
  const { readText } = options;
  const reading = readText === undefined ? {} : {
    readText: (path: string) => {
      const text = readText(path);
      files.push(text);
      return text;
    },
  };
  const changes = compileChanges(steps, { ...options, ...reading });
  return { id: hashOf([steps.map(hashed), files]), changes };
}

/** The name of a recipe that is made of another one and of steps before its own. */
export function editedRecipeId(base: string, steps: readonly ChangeStep[]): string {
  return hashOf(["edited", base, steps.map(hashed)]);
}

/** A step as it counts: with fingerprints of its secrets, without names of files. */
function hashed(step: ChangeStep): unknown {
  return Object.entries(step).map(([name, options]) => {
    if (!isMapping(options)) return [name, options];
    const counted = Object.entries(options).filter(([option]) => name !== "map" || option !== "csv");
    return [name, counted.map(([option, value]) => [option, isSecret(name, option) ? fingerprint(value) : value])];
  });
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

function fingerprint(secret: unknown): string {
  return digits(new Hmac(encoder.encode(String(secret))).digest(encoder.encode("gantry recipe")).subarray(0, 8));
}

function hashOf(value: unknown): string {
  return digits(HASH.digest(encoder.encode(JSON.stringify(value, plain))).subarray(0, 16));
}

/** Refuses what JSON would pass over in silence. */
function plain(_key: string, value: unknown): unknown {
  const isPlain = value === null || ["string", "boolean", "object"].includes(typeof value) || Number.isFinite(value);
  const isData = typeof value !== "object" || value === null || Array.isArray(value) || isMapping(value);
  if (isPlain && isData) return value;
  const expected = "text, numbers, true, false, null, and lists and mappings of them";
  throw new DataSetError(`Cannot tell steps apart: found a ${typeof value}, expected ${expected}`, { expected });
}

function digits(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
