/**
 * Matching of person names: case- and accent-insensitive, by component group (PS3.4 C.2.2.2.1 leaves it to the SCP).
 *
 * @module
 */

import type { NameMatching } from "./dialect.ts";
import { isPattern, wildcardTest } from "./wildcard.ts";

/** How a name is matched: as peers are understood, or by words where fuzzy matching was negotiated. */
export type NameMode = NameMatching | "fuzzy";

/** A key of VR PN, as data: each part as `foldName()` gives it. */
export interface NameKey {
  /**
   * Component groups in their order: alphabetic, ideographic, phonetic; an empty one is universal. A single group is looked
   * for in all three.
   */
  readonly groups: readonly string[];
  /** How they are matched. */
  readonly mode: NameMode;
}

/** Tells whether a name, as `nameGroups()` gives it, is the one that a key means. */
export type NameTest = (groups: readonly string[]) => boolean;

const GROUPS = 3;
// deno-lint-ignore no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/** Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic; but not the signs that make another kana or vowel. */
const MARKS = /[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g;

/** Capital letters with a stroke, which no decomposition takes off, and the letter that is looked for instead. */
const STROKES: Readonly<Record<string, string>> = { "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Ħ": "H", "Ŧ": "T" };
const STROKED = new RegExp(`[${Object.keys(STROKES).join("")}]`, "g");

/** A text in capitals and without accents: texts that differ in nothing else become the same. */
export function foldName(text: string): string {
  if (ASCII.test(text)) return text.toUpperCase();
  const bare = text.normalize("NFD").replace(MARKS, "").normalize("NFC").toUpperCase();
  return bare.replace(STROKED, (letter) => STROKES[letter]!).normalize("NFC");
}

/**
 * The component groups of a name, folded; components without the spaces around them, and without empty ones at the end.
 * `Smith^Anna^` gives the same as `SMITH^ANNA`.
 */
export function nameGroups(name: string): string[] {
  const groups = name.split("=", GROUPS).map(normalGroup);
  while (groups.at(-1) === "") groups.pop();
  return groups;
}

function normalGroup(group: string): string {
  const folded = foldName(group);
  if (!folded.includes("^")) return folded.trim();
  return folded.split("^").map((component) => component.trim()).join("^").replace(/\^+$/, "");
}

/** As empty components at the end mean nothing, `*^*` has any name, and none. */
const ANY_NAME = /^[*^]*$/;

/** A key of VR PN; undefined when it is universal. */
export function parseNameKey(text: string, mode: NameMode): NameKey | undefined {
  const groups = text.split("=", GROUPS).map((group) => {
    const normal = normalGroup(group);
    return ANY_NAME.test(normal) ? "" : normal;
  });
  if (groups.every((group) => group === "")) return undefined;
  return { groups, mode: mode === "fuzzy" && isPattern(text) ? "literal" : mode };
}

/** The test that a key stands for. */
export function nameTest({ groups, mode }: NameKey): NameTest {
  if (mode === "fuzzy") return wordsTest(groups);
  const tests = groups.map((group) => {
    if (group === "") return undefined;
    return mode === "component-prefix" ? prefixTest(group) : groupTest(group);
  });
  const [only] = tests;
  if (tests.length === 1) return (name) => name.some(only!);
  return (name) => tests.every((test, index) => test === undefined || test(name[index] ?? ""));
}

/** A group as a whole. As `Smith` is `Smith^` too, `Smith^*` finds it. */
function groupTest(group: string): (value: string) => boolean {
  if (!isPattern(group)) return (value) => value === group;
  const test = wildcardTest(group);
  const delimiters = count(group);
  if (delimiters === 0) return test;
  return (value) => test(value) || test(value + "^".repeat(Math.max(0, delimiters - count(value))));
}

function count(group: string): number {
  return group.split("^").length - 1;
}

/** Each component of the key as the beginning of the one in its place. */
function prefixTest(group: string): (value: string) => boolean {
  const tests = group.split("^").map((component) => component === "" ? undefined : wildcardTest(`${component}*`));
  return (value) => {
    const components = value.split("^");
    return tests.every((test, index) => test === undefined || test(components[index] ?? ""));
  };
}

/** Each word of the key as the beginning of some word of the name. */
function wordsTest(groups: readonly string[]): NameTest {
  const wanted = wordsOf(groups);
  return (name) => {
    const words = wordsOf(name);
    return wanted.every((word) => words.some((other) => other.startsWith(word)));
  };
}

function wordsOf(groups: readonly string[]): string[] {
  return groups.flatMap((group) => group.split(/[\s^,.-]+/)).filter((word) => word !== "");
}
