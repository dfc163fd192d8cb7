/**
 * Tags as errors and warnings name them: by their keywords where the program has the dictionary of PS3.6 at all.
 *
 * The dictionary is larger than all else together. Its module gives its keywords to this one; a bundle that has no other
 * use for it stays small, and names tags by their digits alone.
 *
 * @module
 */

import { formatTag } from "./tag.ts";

let findKeyword: (tag: number) => string | undefined = () => undefined;

/** Says where keywords are to be found. */
export function nameTagsBy(find: (tag: number) => string | undefined): void {
  findKeyword = find;
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
