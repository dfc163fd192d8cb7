/**
 * Unique identifiers: their form (PS3.5 9.1) and making new ones (PS3.5 Annex B).
 *
 * @module
 */

import { DataSetError } from "../errors.ts";

/** Whether `uid` has the form of PS3.5 9.1: 1 to 64 characters, numbers without leading zeros between dots. */
export function isValidUid(uid: string): boolean {
  return uid.length <= 64 && /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*$/.test(uid);
}

/** A UID without the NULs (PS3.5 9.1) or spaces (which some write instead) that pad it. */
export function trimUid(uid: string): string {
  let end = uid.length;
  while (end > 0 && (uid.charCodeAt(end - 1) === 0 || uid.charCodeAt(end - 1) === 0x20)) end--;
  return end === uid.length ? uid : uid.slice(0, end);
}

/** The UID without padding. Throws `DataSetError` when it has not the form of PS3.5 9.1. */
export function checkUid(uid: string): string {
  const trimmed = trimUid(uid);
  if (isValidUid(trimmed)) return trimmed;
  const expected = "at most 64 digits and dots, no component empty or with a leading zero";
  throw new DataSetError(`Cannot take ${JSON.stringify(trimmed.slice(0, 80))} as a UID: expected ${expected}`, {
    expected,
  });
}

/**
 * A new UID: a random UUID under 2.25 (PS3.5 B.2), or random digits under `root` up to the 64 characters that there are.
 * Throws `RangeError` for a root that is no UID or leaves less than 16 digits.
 */
export function generateUid(root?: string): string {
  if (root === undefined) {
    return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`;
  }
  const digits = 63 - root.length;
  if (!isValidUid(root) || digits < 16) {
    throw new RangeError(
      `Cannot generate a UID under ${JSON.stringify(root)}: expected a UID of at most 47 characters`,
    );
  }
  const random = crypto.getRandomValues(new Uint32Array(8));
  const number = random.reduce((sum, word) => (sum << 32n) | BigInt(word), 1n);
  return `${root}.1${number.toString().slice(-digits + 1)}`;
}
