/**
 * `node:assert/strict` for tests: test/deno.json puts this module in its place. That one shows how two lists differ, and for
 * long ones takes memory by the square of their length for it: a comparison of 20,000 bytes that fails would take 12 GB.
 *
 * @module
 */

import { AssertionError, strict } from "node:assert";

/** Bytes of a list whose difference is shown as a whole. */
const SHOWN = 1_000;
/** Bytes that are shown of a longer one. */
const EXCERPT = 16;

/** The assertions. What differs of long lists of bytes is told by its place. */
const assert: typeof strict = Object.assign(
  (value: unknown, message?: string | Error) => strict(value, message),
  strict,
  { deepEqual, deepStrictEqual: deepEqual },
) as typeof strict;

export default assert;

function deepEqual(actual: unknown, expected: unknown, message?: string | Error): void {
  const difference = longDifference(actual, expected, "");
  if (difference === undefined) return strict.deepEqual(actual, expected, message);
  if (message instanceof Error) throw message;
  throw new AssertionError({ message: message === undefined ? difference : `${message}: ${difference}` });
}

/** In words, how the first long bytes differ that stand at the same place in both; undefined where none do. */
function longDifference(actual: unknown, expected: unknown, path: string): string | undefined {
  if (actual instanceof Uint8Array && expected instanceof Uint8Array) {
    const length = Math.max(actual.length, expected.length);
    if (length <= SHOWN) return undefined;
    const at = firstDifference(actual, expected, length);
    if (at === undefined) return undefined;
    const [found, wanted] = [actual, expected].map((bytes) => `${bytes.slice(at, at + EXCERPT)}`);
    const lengths = `${actual.length} bytes, expected ${expected.length}`;
    return `Bytes${path} differ from byte ${at} on: ${found}, expected ${wanted} (${lengths})`;
  }
  for (const [name, value, other] of pairs(actual, expected)) {
    const found = longDifference(value, other, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstDifference(one: Uint8Array, other: Uint8Array, length: number): number | undefined {
  for (let index = 0; index < length; index++) if (one[index] !== other[index]) return index;
  return undefined;
}

/** What stands at the same place in two plain objects, lists or maps. */
function* pairs(one: unknown, other: unknown): Generator<readonly [name: string, one: unknown, other: unknown]> {
  if (one instanceof Map && other instanceof Map) {
    for (const [key, value] of one) yield [String(key), value, other.get(key)];
  } else if (isPlain(one) && isPlain(other)) {
    for (const [key, value] of Object.entries(one)) yield [key, value, other[key]];
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
