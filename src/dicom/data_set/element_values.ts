/**
 * What the encoded value of an element means.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { CharacterSet } from "../charsets/character_set.ts";
import { type AttributeDefinition, findAttribute } from "../dictionary.ts";
import { tagDigits } from "../tag.ts";
import { type BinaryValues, binaryValues } from "../values/binary_values.ts";
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
  const values = readList(presentValue(element), vr, characterSet);
  if (STRINGS.has(vr)) return values.length === 0 ? undefined : values as BinaryValues;
  if (definition?.vm === "1") return values[0] ?? undefined;
  return vr === "AT" ? Array.from(values as Uint32Array) : values;
}

/** All values of an element by its own VR, whatever its VM. Throws as `readValue()` does. */
export function readValues(element: DataElement, characterSet: CharacterSet): readonly SingleValue[] {
  if (element.kind === "sequence") return element.items;
  const values = readList(presentValue(element), element.vr, characterSet);
  if (STRINGS.has(element.vr)) return values.length === 0 ? [] : [values as BinaryValues];
  return ArrayBuffer.isView(values) ? toArray(values) : values;
}

/** The texts of all values of an element; numbers are written as such. Throws `DataSetError` where there is no text. */
export function readTexts(element: DataElement, characterSet: CharacterSet): readonly string[] {
  const { vr } = element;
  if (element.kind === "sequence" || STRINGS.has(vr)) throw noValue(`its VR is ${vr}, which has no text`);
  const present = presentValue(element);
  if (vrDefinition(vr).kind === "text") return splitText(decodeText(present.bytes, vr, characterSet), vr);
  const values = binaryValues(present.bytes, vr, present.littleEndian);
  return Array.from<number | bigint, string>(values, (value) => vr === "AT" ? tagDigits(Number(value)) : String(value));
}

/** Many times as fast as `Array.from`. */
function toArray(values: BinaryValues): (number | bigint)[] {
  const array: (number | bigint)[] = [];
  for (let index = 0; index < values.length; index++) array.push(values[index]!);
  return array;
}

function readList(element: ValueElement, vr: Vr, characterSet: CharacterSet): readonly TextValue[] | BinaryValues {
  if (vrDefinition(vr).kind === "text") {
    return splitText(decodeText(element.bytes, vr, characterSet), vr).map((text) => parseText(text, vr));
  }
  // What is in UN is Little Endian in every transfer syntax (PS3.5 6.2.2).
  return binaryValues(element.bytes, vr, element.littleEndian || element.vr === "UN");
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
