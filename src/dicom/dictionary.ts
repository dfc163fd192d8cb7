/**
 * The data dictionary of PS3.6 (and the command elements of PS3.7 Annex E).
 *
 * @module
 */

import { ATTRIBUTES } from "./generated/dictionary_data.ts";
import type { DictionaryVr } from "./implied_vr.ts";
import { formatTag } from "./tag.ts";
import { registerKeywords } from "./names.ts";
import type { Vr } from "./vr.ts";

/** An attribute as PS3.6 defines it. */
export interface AttributeDefinition {
  /** 0xGGGGEEEE; for a repeating group the tag that was asked for. */
  readonly tag: number;
  /** Empty where PS3.6 gives none. */
  readonly keyword: string;
  /** The VR, or a choice of them. */
  readonly vr: DictionaryVr;
  /** Value multiplicity, such as `1`, `1-n` or `2-2n`. */
  readonly vm: string;
  /** For people, such as `Patient's Name`. */
  readonly name: string;
  /** Whether the standard has retired it. */
  readonly retired: boolean;
}

/** Where the lines of attributes stand in the table. */
interface Index {
  /** By tag, those without a repeating digit. */
  readonly single: Map<number, number>;
  /** By the tag's fixed digits, one map for each mask of fixed digits. */
  readonly repeating: Map<number, Map<number, number>>;
}

let index: Index | undefined;
let keywords: Map<string, number> | undefined;
const found = new Map<number, AttributeDefinition>();

/**
 * The definition of an attribute by its tag: repeating groups, group lengths (UL), private creators (LO) and private
 * attributes (UN) included; undefined for a standard tag that PS3.6 does not know.
 */
export function findAttribute(tag: number): AttributeDefinition | undefined {
  const known = found.get(tag);
  if (known !== undefined) return known;
  const line = lineOf(tag);
  const definition = line === undefined ? genericDefinition(tag) : parseLine(line, tag);
  // Private tags and those of no definition are for a peer to choose: they are not remembered.
  if (line !== undefined && definition !== undefined) found.set(tag, definition);
  return definition;
}

/** The definition of an attribute by its keyword; a repeating group's is that of its first group. */
export function findAttributeByKeyword(keyword: string): AttributeDefinition | undefined {
  keywords ??= indexKeywords();
  const tag = keywords.get(keyword);
  return tag === undefined ? undefined : findAttribute(tag);
}

/** The keywords of PS3.6. */
export function attributeKeywords(): Iterable<string> {
  return (keywords ??= indexKeywords()).keys();
}

/** The keyword of a tag, where PS3.6 gives one. */
export function keywordOf(tag: number): string | undefined {
  return findAttribute(tag)?.keyword || undefined;
}

/** A tag with its keyword where PS3.6 has one, for messages: `PatientName (0010,0010)`. */
export function describeTag(tag: number): string {
  const keyword = keywordOf(tag);
  return keyword === undefined ? formatTag(tag) : `${keyword} ${formatTag(tag)}`;
}

/**
 * Reads `(0008,0018)`, `0008,0018`, `00080018`, with or without `0x`, or a keyword of PS3.6; undefined when it is none.
 */
export function parseTag(text: string): number | undefined {
  const digits = /^(?:\(([\da-f]{4}),\s?([\da-f]{4})\)|([\da-f]{4}),([\da-f]{4})|(?:0x)?([\da-f]{8}))$/i.exec(text);
  if (digits === null) return findAttributeByKeyword(text)?.tag;
  return Number.parseInt(digits.slice(1).join(""), 16);
}

registerKeywords(keywordOf);

function lineOf(tag: number): number | undefined {
  index ??= indexTags();
  const line = index.single.get(tag);
  if (line !== undefined || (tag & 0x00010000) !== 0) return line;
  for (const [mask, lines] of index.repeating) {
    const repeated = lines.get((tag & mask) >>> 0);
    if (repeated !== undefined) return repeated;
  }
  return undefined;
}

function parseLine(start: number, tag: number): AttributeDefinition {
  const end = ATTRIBUTES.indexOf("\n", start);
  const fields = ATTRIBUTES.slice(start, end < 0 ? undefined : end).split("\t");
  return Object.freeze({
    tag,
    vr: fields[1] as DictionaryVr,
    vm: fields[2] ?? "",
    keyword: fields[3] ?? "",
    name: fields[4] ?? "",
    retired: fields[5] === "R",
  });
}

function genericDefinition(tag: number): AttributeDefinition | undefined {
  const element = tag & 0xffff;
  if (element === 0) return generic(tag, "GenericGroupLength", "UL", "1", "Generic Group Length");
  if ((tag & 0x00010000) === 0) return undefined;
  if (element >= 0x10 && element <= 0xff) return generic(tag, "PrivateCreator", "LO", "1", "Private Creator");
  return generic(tag, "", "UN", "1-n", "Private Attribute");
}

function generic(tag: number, keyword: string, vr: Vr, vm: string, name: string): AttributeDefinition {
  return { tag, keyword, vr, vm, name, retired: false };
}

function indexTags(): Index {
  const single = new Map<number, number>();
  const repeating = new Map<number, Map<number, number>>();
  for (let start = 0; start < ATTRIBUTES.length;) {
    const digits = ATTRIBUTES.slice(start, start + 8);
    if (digits.includes("x")) {
      const mask = Number.parseInt(digits.replace(/[\dA-F]/g, "F").replaceAll("x", "0"), 16);
      const lines = repeating.get(mask) ?? new Map<number, number>();
      repeating.set(mask, lines.set(Number.parseInt(digits.replaceAll("x", "0"), 16), start));
    } else {
      single.set(Number.parseInt(digits, 16), start);
    }
    const end = ATTRIBUTES.indexOf("\n", start);
    start = end < 0 ? ATTRIBUTES.length : end + 1;
  }
  return { single, repeating };
}

function indexKeywords(): Map<string, number> {
  const { single } = index ??= indexTags();
  const tags = new Map<string, number>();
  for (const line of ATTRIBUTES.split("\n")) {
    const [digits = "", , , keyword] = line.split("\t");
    if (!keyword) continue;
    const first = Number.parseInt(digits.replaceAll("x", "0"), 16);
    // (0028,0400) is an attribute of its own: (0028,04x0) begins with (0028,0410).
    const taken = digits.includes("x") && single.has(first);
    tags.set(keyword, taken ? Number.parseInt(digits.replaceAll("x", "1"), 16) : first);
  }
  return tags;
}
