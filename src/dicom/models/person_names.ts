/**
 * Person names as the models have them.
 *
 * @module
 */

import type { JsonPersonName } from "./json_model.ts";

/** The groups of a name in their order. */
export const NAME_GROUPS = ["Alphabetic", "Ideographic", "Phonetic"] as const;

/**
 * The groups of a name; null for one without any. Delimiters with nothing behind them say nothing; a group without a
 * component is no group. What is too many stays in the last group.
 */
export function toPersonName(text: string): JsonPersonName | null {
  if (!text.includes("=")) {
    const alphabetic = withoutEnd(text, "^");
    return alphabetic === "" ? null : { Alphabetic: alphabetic };
  }
  const [alphabetic = "", ideographic = "", ...others] = text.split("=");
  const groups = [alphabetic, ideographic, others.join("=")].map((group) => withoutEnd(group, "^="));
  const present = NAME_GROUPS.map((name, index) => [name, groups[index]] as const).filter(([, group]) => group);
  return present.length === 0 ? null : Object.fromEntries(present);
}

/** Text without those of `delimiters` behind it. A regular expression would try anew at each of many. */
export function withoutEnd(text: string, delimiters: string): string {
  let end = text.length;
  while (end > 0 && delimiters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}
