/**
 * One key with a value, by its VR.
 *
 * @module
 */

import type { ValueElement } from "../dicom/data_set/data_element.ts";
import type { DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { readTextField, readValues } from "../dicom/data_set/element_values.ts";
import { findAttribute } from "../dicom/dictionary.ts";
import { dictionaryVr } from "../dicom/implied_vr.ts";
import { nameTag } from "../dicom/names.ts";
import { isValidUid } from "../dicom/uids.ts";
import { parseDecimalString, parseIntegerString } from "../dicom/values/decimal.ts";
import { isVr, type Vr, vrDefinition } from "../dicom/vr.ts";
import { IdentifierError } from "./identifier_error.ts";
import type { Criterion } from "./criterion.ts";
import { type NameKey, type NameMode, parseNameKey } from "./person_name_key.ts";
import { isBackwards, type MomentRange, parseMomentRange, readLooseDateRange, type TemporalVr } from "./temporal.ts";
import { isPattern, isUniversalPattern } from "./wildcard.ts";

/** How keys are read. */
export interface KeyRules {
  /** How names are matched. */
  readonly names: NameMode;
  /** Two quotation marks match what has no value. */
  readonly emptyValue: boolean;
  /** All values of a key have to be there. */
  readonly multipleValue: boolean;
  /** A lone `*` is universal for every VR. */
  readonly universalAsterisk: boolean;
  /** Read dates that are no DA as what they mean. */
  readonly lenientDates: boolean;
  /** Refuse UIDs that are none. */
  readonly strict: boolean;
  /** Hears of what was read as what it was likely to mean. */
  readonly warn: (tag: number, message: string) => void;
}

/** Most values of a key that are looked at one by one: patterns, names and ranges. Plain values may be any number. */
const MAXIMUM_ALTERNATIVES = 1000;
/** Longest value with wild cards, in characters. */
const MAXIMUM_PATTERN_LENGTH = 1024;

/** VRs with wild cards, besides PN (PS3.4 C.2.2.2.4). */
const WITH_WILD_CARDS: ReadonlySet<Vr> = new Set<Vr>(["AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"]);
/** VRs with Multiple Value Matching (PS3.4 C.2.2.2.8). */
const WITH_MULTIPLE_VALUES: ReadonlySet<Vr> = new Set<Vr>(["AE", "AS", "AT", "CS", "LO", "PN", "SH", "UC"]);

const EMPTY_VALUE = '""';

/** The VR that a key is matched by: the dictionary's, unless that leaves a choice. */
export function vrOfKey({ tag, vr }: DataElement): Vr {
  const known = dictionaryVr(tag);
  return known !== undefined && isVr(known) && known !== "UN" ? known : vr;
}

/** Whether a key asks for nothing: it has no value. */
export function hasNoValue(element: DataElement): boolean {
  return element.kind === "value" && element.length === 0;
}

/**
 * What a key that is no sequence demands of the attribute at `tag`; undefined where it is universal, and `unmatched` where
 * its VR has no matching. Throws `IdentifierError` when its value is none of its VR.
 */
export function readKey(
  element: ValueElement,
  keys: DataSet,
  tag: number,
  rules: KeyRules,
): Criterion | "unmatched" | undefined {
  const vr = vrOfKey(element);
  const { kind } = vrDefinition(vr);
  if (kind === "bytes" && vr !== "UN") return "unmatched";
  if (kind === "binary") return readNumberKey(element, keys, tag, vr, rules);
  // What stands in UN is of a private attribute that came without its VR: as good as always text.
  const texts = readTextField(element, vr === "UN" ? "LO" : vr, keys).filter((text) => text !== "");
  if (texts.length === 0) return undefined;
  if (rules.emptyValue && texts.length === 1 && texts[0] === EMPTY_VALUE) return { kind: "empty", tag };
  if (rules.universalAsterisk && texts.some(isUniversalPattern)) return undefined;
  const several = texts.length > 1 && rules.multipleValue && WITH_MULTIPLE_VALUES.has(vr) && isMultiValued(tag);
  switch (vr) {
    case "UI":
      return { kind: "uid", tag, values: new Set(rules.strict ? checkedUids(texts, element.tag) : texts) };
    case "PN":
      return readNameKey(texts, tag, several, rules);
    case "DA":
    case "TM":
    case "DT":
      return { kind: "range", tag, vr, ranges: atMost(texts, tag).map((text) => readRange(text, tag, vr, rules)) };
    case "DS":
    case "IS":
      return { kind: "number", tag, vr, values: new Set(texts.map((text) => readNumber(text, tag, vr))), all: false };
    default:
      return readTextKey(texts, tag, vr === "UN" ? "LO" : vr, several);
  }
}

function isMultiValued(tag: number): boolean {
  return findAttribute(tag)?.vm !== "1";
}

function readTextKey(texts: readonly string[], tag: number, vr: Vr, all: boolean): Criterion | undefined {
  const wild = WITH_WILD_CARDS.has(vr);
  const patterns = wild ? atMost(texts.filter(isPattern), tag) : [];
  if (patterns.some(isUniversalPattern)) return undefined;
  checkLengths(patterns, tag);
  const values = new Set(wild ? texts.filter((text) => !isPattern(text)) : texts);
  return { kind: "text", tag, vr, values, patterns, all };
}

function readNameKey(texts: readonly string[], tag: number, all: boolean, rules: KeyRules): Criterion | undefined {
  checkLengths(atMost(texts, tag), tag);
  const names: NameKey[] = [];
  for (const text of texts) {
    const name = parseNameKey(text, rules.names);
    if (name !== undefined) names.push(name);
    else if (!all) return undefined;
  }
  return names.length === 0 ? undefined : { kind: "name", tag, names, all };
}

function readRange(text: string, tag: number, vr: TemporalVr, rules: KeyRules): MomentRange {
  const range = parsedRange(text, tag, vr, rules);
  if (isBackwards(range)) rules.warn(tag, "the range ends before it begins, so nothing matches it");
  return range;
}

function parsedRange(text: string, tag: number, vr: TemporalVr, rules: KeyRules): MomentRange {
  try {
    return parseMomentRange(text, vr);
  } catch {
    const loose = vr === "DA" && rules.lenientDates ? readLooseDateRange(text) : undefined;
    if (loose === undefined) throw notOfVr(tag, vr);
    rules.warn(tag, "a value is no DA, and is read as the dates that it means");
    return loose;
  }
}

function readNumber(text: string, tag: number, vr: "DS" | "IS"): number {
  try {
    return (vr === "DS" ? parseDecimalString : parseIntegerString)(text).value;
  } catch {
    throw notOfVr(tag, vr);
  }
}

function readNumberKey(element: ValueElement, keys: DataSet, tag: number, vr: Vr, rules: KeyRules): Criterion {
  try {
    const values = new Set(readValues(element, keys) as (number | bigint)[]);
    const all = rules.multipleValue && WITH_MULTIPLE_VALUES.has(vr) && isMultiValued(tag);
    return { kind: "number", tag, vr, values, all };
  } catch {
    throw notOfVr(tag, vr);
  }
}

function checkedUids(texts: readonly string[], tag: number): readonly string[] {
  if (!texts.every(isValidUid)) throw notOfVr(tag, "UI");
  return texts;
}

function atMost(texts: readonly string[], tag: number): readonly string[] {
  if (texts.length <= MAXIMUM_ALTERNATIVES) return texts;
  throw new IdentifierError(
    `Cannot match ${nameTag(tag)}: found ${texts.length} values, expected at most ${MAXIMUM_ALTERNATIVES}`,
    { tag, comment: `${nameTag(tag)}: too many values` },
  );
}

function checkLengths(texts: readonly string[], tag: number): void {
  const longest = texts.reduce((length, text) => Math.max(length, text.length), 0);
  if (longest <= MAXIMUM_PATTERN_LENGTH) return;
  throw new IdentifierError(
    `Cannot match ${nameTag(tag)}: found a value of ${longest} characters, expected at most ${MAXIMUM_PATTERN_LENGTH}`,
    { tag, comment: `${nameTag(tag)}: too long` },
  );
}

/** What the values of a VR are like; of the others, its name says it. */
const EXPECTED: { readonly [vr in Vr]?: string } = {
  DA: "YYYYMMDD, or a range such as 20260101-20260131",
  TM: "HHMMSS, or a range such as 0800-1200",
  DT: "YYYYMMDDHHMMSS, or a range such as 20260101-20260131",
  IS: "a whole number",
  DS: "a number",
  UI: "up to 64 digits and dots",
};

/** A key that is no value of its VR. Neither it nor a cause names the value: it may be a patient's. */
function notOfVr(tag: number, vr: Vr): IdentifierError {
  const expected = EXPECTED[vr] === undefined ? "" : `, expected ${EXPECTED[vr]}`;
  return new IdentifierError(`Cannot match ${nameTag(tag)}: its value is no ${vr}${expected}`, {
    tag,
    comment: `${nameTag(tag)}: not ${vr}`,
  });
}
