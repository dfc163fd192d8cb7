/**
 * What the encoded value of an element means.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { CharacterSet } from "../charsets/character_set.ts";
import { type AttributeDefinition, findAttribute } from "../dictionary.ts";
import { tagDigits } from "../tag.ts";
import { type BinaryValues, binaryValues, readNumbers } from "../values/binary_values.ts";
import { decodeText, parseText, splitText, type TextValue } from "../values/text_values.ts";
import { isVr, type Vr, vrDefinition } from "../vr.ts";
import type { AttributeValue, SingleValue } from "./attribute_values.ts";
import type { DataElement, ValueElement } from "./data_element.ts";

/** VRs of one value that is a string of bytes or of words. */
const STRINGS: ReadonlySet<Vr> = new Set<Vr>(["OB", "OD", "OF", "OL", "OV", "OW", "UN"]);

/** VRs whose values are JavaScript numbers. */
const NUMBERS: ReadonlySet<Vr> = new Set<Vr>(["DS", "FD", "FL", "IS", "SL", "SS", "UL", "US"]);

/**
 * The value of an element in the type that the dictionary gives it: one value for a VM of 1, else a list. Undefined for one
 * value of zero length. Throws `DataSetError` when the value is not what its VR or the dictionary says.
 */
export function readValue(element: DataElement, characterSet: CharacterSet): AttributeValue | undefined {
  const definition = findAttribute(element.tag);
  const vr = vrToRead(element.vr, definition);
  if (element.kind === "sequence") return element.items;
  const value = presentValue(element);
  if (vrDefinition(vr).kind === "text" || vr === "AT") {
    const values = readList(value, vr, characterSet);
    return definition?.vm === "1" ? values[0] ?? undefined : values as readonly TextValue[];
  }
  const values = readArray(value, vr);
  if (STRINGS.has(vr)) return values.length === 0 ? undefined : values;
  return definition?.vm === "1" ? values[0] : values;
}

/** All values of an element by its own VR, whatever its VM. Throws as `readValue()` does. */
export function readValues(element: DataElement, characterSet: CharacterSet): readonly SingleValue[] {
  if (element.kind === "sequence") return element.items;
  const { vr } = element;
  const value = presentValue(element);
  if (!STRINGS.has(vr)) return readList(value, vr, characterSet);
  return value.length === 0 ? [] : [readArray(value, vr)];
}

/** The texts of all values of an element; numbers are written as such. Throws `DataSetError` where there is no text. */
export function readTexts(element: DataElement, characterSet: CharacterSet): readonly string[] {
  const { vr } = element;
  if (element.kind === "sequence" || STRINGS.has(vr)) throw noValue(`its VR is ${vr}, which has no text`);
  const value = presentValue(element);
  if (vrDefinition(vr).kind === "text") return splitText(decodeText(value, vr, characterSet), vr);
  return readNumbers(value, vr, value.littleEndian).map((number) =>
    vr === "AT" ? tagDigits(Number(number)) : String(number)
  );
}

function readList(value: ValueElement, vr: Vr, characterSet: CharacterSet): (TextValue | bigint)[] {
  if (vrDefinition(vr).kind !== "text") return readNumbers(value, vr, isLittleEndian(value));
  const values: TextValue[] = [];
  for (const text of splitText(decodeText(value, vr, characterSet), vr)) values.push(parseText(text, vr));
  return values;
}

function readArray(value: ValueElement, vr: Vr): BinaryValues {
  return binaryValues(value.bytes, vr, isLittleEndian(value));
}

/** What is in UN is Little Endian in every transfer syntax (PS3.5 6.2.2). */
function isLittleEndian({ littleEndian, vr }: ValueElement): boolean {
  return littleEndian || vr === "UN";
}

/** The VR to read an element with so that its value has the type that the dictionary gives the attribute. */
function vrToRead(vr: Vr, definition: AttributeDefinition | undefined): Vr {
  if (definition === undefined || definition.vr === vr) return vr;
  const expected = definition.vr;
  if (!isVr(expected)) return vr;
  if (expected === "UN" || (NUMBERS.has(expected) && NUMBERS.has(vr))) return vr;
  const kind = vrDefinition(vr).kind;
  const alike = kind === vrDefinition(expected).kind && (kind === "text" || (STRINGS.has(vr) && STRINGS.has(expected)));
  if (alike || (vr === "UN" && expected !== "SQ")) return expected;
  throw noValue(`its VR is ${vr}, expected ${expected}`);
}

function presentValue(element: Exclude<DataElement, { kind: "sequence" }>): ValueElement {
  if (element.kind === "value") return element;
  throw noValue(
    element.kind === "encapsulated"
      ? "it is encapsulated, expected a call of pixelFrames()"
      : `its ${element.length} bytes were left in their source, expected a call of stream() on its reference`,
  );
}

function noValue(problem: string): DataSetError {
  return new DataSetError(`Cannot read the value: ${problem}`);
}
