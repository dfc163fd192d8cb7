/**
 * What the encoded value of an element means.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { type AttributeDefinition, findAttribute } from "../dictionary.ts";
import { tagDigits } from "../tag.ts";
import { type BinaryValues, binaryValues, readNumbers } from "../values/binary_values.ts";
import { readShortNumbers } from "../values/short_number.ts";
import { parseText, splitText, type TextValue } from "../values/text_values.ts";
import { isVr, type Vr, vrDefinition } from "../vr.ts";
import type { AttributeValue, SingleValue } from "./attribute_values.ts";
import type { ElementOf, ValueElement } from "./data_element.ts";
import type { DataSetLike } from "./data_set_like.ts";
import type { GetOptions } from "./data_set_options.ts";
import { decodeField, type OnWarning } from "./element_text.ts";

/** VRs whose values are JavaScript numbers. */
const NUMBERS: ReadonlySet<Vr> = new Set<Vr>(["DS", "FD", "FL", "IS", "SL", "SS", "UL", "US"]);

/**
 * The value of an element in the type that the dictionary gives it: one value for a VM of 1, else a list. Undefined for one
 * value of zero length. Throws `DataSetError` when the value is not what its VR or the dictionary says.
 */
export function readValue<Item>(
  element: ElementOf<Item>,
  dataSet: DataSetLike,
  options?: GetOptions,
): AttributeValue<Item> | undefined {
  const attribute = findAttribute(element.tag);
  const vr = vrToRead(ownVr(element, options), attribute);
  if (element.kind === "sequence") return element.items;
  const value = presentValue(element);
  const single = attribute?.vm === "1";
  const { kind } = vrDefinition(vr);
  if (kind === "text" || vr === "AT") {
    const values = readList(value, vr, dataSet, options?.onWarning) as TextValue[];
    return single ? values[0] ?? undefined : values;
  }
  const values = readArray(value, vr);
  if (kind === "bytes") return values.length === 0 ? undefined : values;
  return single ? values[0] : values;
}

/** All values of an element by its own VR, whatever its VM. Throws as `readValue()` does. */
export function readValues<Item>(
  element: ElementOf<Item>,
  dataSet: DataSetLike,
  options?: GetOptions,
): readonly SingleValue<Item>[] {
  const vr = ownVr(element, options);
  if (element.kind === "sequence") return element.items;
  const value = presentValue(element);
  if (vrDefinition(vr).kind !== "bytes") return readList(value, vr, dataSet, options?.onWarning);
  return value.length === 0 ? [] : [readArray(value, vr)];
}

/** The texts of all values of an element; numbers are written as such. Throws `DataSetError` where there is no text. */
export function readTexts(element: ElementOf<unknown>, dataSet: DataSetLike, options?: GetOptions): readonly string[] {
  const own = ownVr(element, options);
  const vr = own === "UN" ? vrToRead(own, findAttribute(element.tag)) : own;
  const { kind } = vrDefinition(vr);
  if (element.kind === "sequence" || kind === "bytes") throw noValue(`its VR is ${vr}, which has no text`);
  const value = presentValue(element);
  if (kind === "text") return readTextField(value, vr, dataSet, options?.onWarning);
  const numbers = readNumbers(value, vr, isLittleEndian(value));
  return numbers.map((number) => vr === "AT" ? tagDigits(Number(number)) : String(number));
}

/** The texts in a value field, without padding, read as a VR that is text; none when it is empty. */
export function readTextField(value: ValueElement, vr: Vr, dataSet: DataSetLike, onWarning?: OnWarning): string[] {
  return splitText(decodeField(value, vr, dataSet, onWarning), vrDefinition(vr));
}

/** The VR that an element has, or is given where it has none. */
function ownVr({ vr }: ElementOf<unknown>, options: GetOptions | undefined): Vr {
  const given = options?.vr;
  if (given === undefined || vr !== "UN") return vr;
  if (given === "SQ") throw noValue("its items were not read, expected another VR than SQ");
  return given;
}

function readList(value: ValueElement, vr: Vr, dataSet: DataSetLike, onWarning?: OnWarning): (TextValue | bigint)[] {
  if (vrDefinition(vr).kind !== "text") return readNumbers(value, vr, isLittleEndian(value));
  const numbers = vr === "DS" || vr === "IS" ? readShortNumbers(value, vr) : undefined;
  return numbers ?? readTextField(value, vr, dataSet, onWarning).map((text) => parseText(text, vr));
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
  const alike = kind === vrDefinition(expected).kind && (kind === "text" || kind === "bytes");
  if (alike || (vr === "UN" && expected !== "SQ")) return expected;
  throw noValue(`its VR is ${vr}, expected ${expected}`);
}

function presentValue(element: Exclude<ElementOf<unknown>, { kind: "sequence" }>): ValueElement {
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
