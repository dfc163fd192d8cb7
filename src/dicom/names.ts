/**
 * Tags and UIDs as errors and warnings name them: by their keywords and names where the program has the dictionary and the
 * registry of PS3.6 at all.
 *
 * These are larger than all else together. Their modules register here; a bundle that has no other use for them stays
 * small, and its messages hold tags and UIDs alone.
 *
 * @module
 */

import { formatTag } from "./tag.ts";

let findKeyword: (tag: number) => string | undefined = () => undefined;
let findUidName: (uid: string) => string | undefined = () => undefined;

/** Says where the keywords of tags are to be found. */
export function registerKeywords(find: (tag: number) => string | undefined): void {
  findKeyword = find;
}

/** Says where the names of UIDs are to be found. */
export function registerUidNames(find: (uid: string) => string | undefined): void {
  findUidName = find;
}

/** The keyword of a tag, where PS3.6 gives one and the program has its dictionary. */
export function keywordIfKnown(tag: number): string | undefined {
  return findKeyword(tag);
}

/** A tag for messages: `PatientName (0010,0010)`, or `(0010,0010)`. */
export function nameTag(tag: number): string {
  const keyword = findKeyword(tag);
  return keyword === undefined ? formatTag(tag) : `${keyword} ${formatTag(tag)}`;
}

/** A transfer syntax for messages: its name, or `the transfer syntax 1.2.840.10008.1.2.4.50`. */
export function nameTransferSyntax(uid: string): string {
  return findUidName(uid) ?? `the transfer syntax ${uid}`;
}
