/**
 * An entity's attributes, put together from what is kept of its levels.
 *
 * @module
 */

import { characterSet } from "../dicom/charsets/character_set.ts";
import type { DataElement } from "../dicom/data_set/data_set.ts";
import { ValueElement } from "../dicom/data_set/data_element.ts";
import { convertToUtf8 } from "../dicom/data_set/character_set_conversion.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import { encodeElement } from "../dicom/data_set/encode_element.ts";
import { QUERY_LEVELS } from "../query/levels.ts";
import { SPECIFIC_CHARACTER_SET } from "../query/query.ts";
import type { IndexedInstance } from "./instance_index.ts";
import { AVAILABLE_TRANSFER_SYNTAX_UID, type KeptAttributes, NO_ATTRIBUTES, UID_FIELDS } from "./kept_attributes.ts";
import { readKept, textElement } from "./kept_data_sets.ts";

const PATIENT_ID = 0x0010_0020;

/** One data set of what several levels have and of `more`; of two values for one attribute the last counts. */
export function joinLevels(levels: readonly DataSet[], more: readonly DataElement[]): DataSet {
  const own = inOneCharacterSet(levels);
  const elements: DataElement[] = [];
  for (const level of own) for (const element of level) elements.push(element);
  for (const element of more) elements.push(element);
  // The order of what has the same tag stays.
  elements.sort((one, other) => one.tag - other.tag);
  const joined = new DataSet();
  for (let index = 0; index < elements.length; index++) {
    const element = elements[index]!;
    if (elements[index + 1]?.tag !== element.tag) joined.setElement(element);
  }
  return joined;
}

const CONVERSION = { onWarning: () => {} };

/** As they are where all declare the same, which is the rule; else copies in UTF-8. */
function inOneCharacterSet(levels: readonly DataSet[]): readonly DataSet[] {
  const filled = levels.filter(({ size }) => size > 0);
  const [first] = filled;
  if (first === undefined || filled.every((level) => declareTheSame(first, level))) return filled;
  return filled.map((level) => {
    const copy = level.copy();
    convertToUtf8(copy, CONVERSION);
    return copy;
  });
}

function declareTheSame(one: DataSet, other: DataSet): boolean {
  const [left, right] = [one.element(SPECIFIC_CHARACTER_SET), other.element(SPECIFIC_CHARACTER_SET)];
  if (left === right) return true;
  if (left?.kind !== "value" || right?.kind !== "value") return false;
  return left.length === right.length && left.bytes.every((byte, index) => byte === right.bytes[index]);
}

/** All that is kept of one instance, its UIDs included. */
export function instanceDataSet(instance: IndexedInstance, attributes: KeptAttributes = NO_ATTRIBUTES): DataSet {
  const levels = QUERY_LEVELS.map((level) => readKept(attributes[level]));
  const more: DataElement[] = [];
  for (const [tag, field] of UID_FIELDS) if (instance[field] !== "") more.push(textElement(tag, "UI", instance[field]));
  if (instance.transferSyntax !== "") {
    more.push(textElement(AVAILABLE_TRANSFER_SYNTAX_UID, "UI", instance.transferSyntax));
  }
  if (instance.patientId !== "" && !levels.some((level) => level.has(PATIENT_ID))) {
    more.push(textElement(PATIENT_ID, "LO", instance.patientId));
  }
  return joinLevels(levels, more);
}

const DEFAULT_REPERTOIRE = characterSet();

/** Elements of small numbers, by tag and number: there are few of them, and they are needed in every answer. */
const counts = new Map<number, ValueElement[]>();
const REMEMBERED = 256;

/** Elements of short texts, by VR, tag and text: most studies have the same few. */
const plainElements = new Map<string, ValueElement>();
const LONGEST_REMEMBERED = 128;

/** An element of VR IS. */
export function countElement(tag: number, count: number): ValueElement {
  let known = counts.get(tag);
  if (known === undefined) counts.set(tag, known = []);
  const element = known[count] ?? encodeElement(tag, "IS", count, DEFAULT_REPERTOIRE);
  if (count < REMEMBERED) known[count] = element;
  return element;
}

/** Text as it stands in the instances, be it of the VR or not; a character beyond ASCII becomes a question mark. */
export function plainElement(tag: number, vr: "CS" | "UI", text: string): ValueElement {
  const key = `${vr}${tag} ${text}`;
  const known = plainElements.get(key);
  if (known !== undefined) return known;
  const element = makePlainElement(tag, vr, text);
  if (plainElements.size >= REMEMBERED) plainElements.clear();
  if (text.length <= LONGEST_REMEMBERED) plainElements.set(key, element);
  return element;
}

function makePlainElement(tag: number, vr: "CS" | "UI", text: string): ValueElement {
  const bytes = DEFAULT_REPERTOIRE.encode(text, "LO", { replacement: "?" });
  const even = new Uint8Array(bytes.length + bytes.length % 2).fill(vr === "CS" ? 0x20 : 0);
  even.set(bytes);
  return new ValueElement(tag, vr, even);
}
