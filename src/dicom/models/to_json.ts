/**
 * A data set as the DICOM JSON model (PS3.18 Annex F).
 *
 * @module
 */

import { pathTo } from "../data_set/element_error.ts";
import { readTextField } from "../data_set/element_values.ts";
import type { DataElement, EncapsulatedElement, ReferencedElement, ValueElement } from "../data_set/data_element.ts";
import type { DataSet } from "../data_set/data_set.ts";
import { concatenate } from "../encoding/chunk_cursor.ts";
import { DataSetError } from "../../errors.ts";
import { describeTag, elementOf } from "../tag.ts";
import { readNumbers, swapBytes } from "../values/binary_values.ts";
import { type Vr, vrDefinition, VRS } from "../vr.ts";
import type { JsonDataSet, JsonPersonName } from "./json_model.ts";
import { asciiBytes, JsonOutput } from "./json_output.ts";
import { writeTextValues } from "./json_text_values.ts";

/** A value that may be given as bulk data. */
export interface BulkData {
  /** The data set, or the item, that it stands in. */
  readonly dataSet: DataSet;
  /** Whose value it is. */
  readonly element: ValueElement | EncapsulatedElement | ReferencedElement;
}

/** How to write. */
export interface ToJsonOptions {
  /**
   * Decides which values stand elsewhere: the URI of one that does, undefined for one that is written out. Asked for all
   * values of bytes or words, for encapsulated Pixel Data, and for values that were left in their source.
   */
  readonly bulkDataUri?: (value: BulkData) => string | undefined;
}

/**
 * Gives a data set as JSON text, attributes in the order of their tags. All text is Unicode, so that Specific Character Set
 * says ISO_IR 192 where there is one; group lengths are left out (PS3.18 F.2.2). Throws `DataSetError` for a value that was
 * left in its source, or is encapsulated, and has no URI: the model has no form for it.
 */
export function toJsonText(dataSet: DataSet, options: ToJsonOptions = {}): string {
  const output = new JsonOutput();
  writeDataSet(dataSet, options, output);
  return output.text;
}

/** Gives a data set as an object, that of `toJsonText()`. Throws as that does. */
export function toJson(dataSet: DataSet, options: ToJsonOptions = {}): JsonDataSet {
  return JSON.parse(toJsonText(dataSet, options));
}

const SPECIFIC_CHARACTER_SET = 0x0008_0005;

/** What stands between tag and values, by VR. */
const HEADS = new Map<Vr, Uint8Array>(VRS.map((vr) => [vr, asciiBytes(`:{"vr":"${vr}"`)]));
const COMMA = asciiBytes(",");
const BEGIN = asciiBytes("{");
const END = asciiBytes("}");
const VALUES = asciiBytes(',"Value":[');
const VALUES_END = asciiBytes("]");
const UNICODE = asciiBytes(',"Value":["ISO_IR 192"]');
const INLINE_BINARY = asciiBytes(',"InlineBinary":');
const BULK_DATA_URI = asciiBytes(',"BulkDataURI":');

function writeDataSet(dataSet: DataSet, options: ToJsonOptions, output: JsonOutput): void {
  output.raw(BEGIN);
  let first = true;
  for (const element of dataSet) {
    if (elementOf(element.tag) === 0) continue;
    if (!first) output.raw(COMMA);
    first = false;
    output.tag(element.tag);
    output.raw(HEADS.get(element.vr)!);
    writeElement(element, dataSet, options, output);
    output.raw(END);
  }
  output.raw(END);
}

function writeElement(element: DataElement, dataSet: DataSet, options: ToJsonOptions, output: JsonOutput): void {
  const { tag, vr } = element;
  if (element.kind === "sequence") {
    writeEach(element.items, output, (item) => writeDataSet(item, options, output));
    return;
  }
  const { kind } = vrDefinition(vr);
  if (element.kind !== "value" || kind === "bytes") writeBulk(element, dataSet, options, output);
  else if (tag === SPECIFIC_CHARACTER_SET) output.raw(UNICODE);
  else if (vr === "PN") writeEach(personNames(element, dataSet), output, (name) => output.json(name));
  else if (kind === "text") writeTextValues(element, dataSet, output);
  else writeEach(readNumbers(element, vr, element.littleEndian), output, (value) => writeNumber(value, vr, output));
}

/** An attribute of zero length has no values. */
function writeEach<Value>(values: readonly Value[], output: JsonOutput, write: (value: Value) => void): void {
  if (values.length === 0) return;
  for (let index = 0; index < values.length; index++) {
    output.raw(index === 0 ? VALUES : COMMA);
    write(values[index]!);
  }
  output.raw(VALUES_END);
}

function writeBulk(
  element: BulkData["element"],
  dataSet: DataSet,
  { bulkDataUri }: ToJsonOptions,
  output: JsonOutput,
): void {
  if (element.kind === "value" && element.length === 0) return;
  const uri = bulkDataUri?.({ dataSet, element });
  if (uri !== undefined) {
    output.raw(BULK_DATA_URI);
    output.json(uri);
    return;
  }
  if (element.kind === "value") {
    output.raw(INLINE_BINARY);
    output.base64(littleEndian(element));
    return;
  }
  const { tag } = element;
  const what = element.kind === "encapsulated" ? "is encapsulated" : "was left in its source";
  throw new DataSetError(`Cannot write ${describeTag(tag)} as JSON: it ${what}, expected a URI for it`, {
    tag,
    path: pathTo(dataSet, tag),
    expected: "a URI from bulkDataUri",
  });
}

/** The value as it stands in Little Endian, of even length. */
function littleEndian({ bytes, vr, littleEndian }: ValueElement): Uint8Array {
  if (bytes.length % 2 === 1) return concatenate([bytes, Uint8Array.of(vrDefinition(vr).padding)]);
  const { unit } = vrDefinition(vr);
  return littleEndian || unit === 1 || vr === "UN" ? bytes : swapBytes(bytes, unit);
}

function personNames(element: ValueElement, dataSet: DataSet): (JsonPersonName | null)[] {
  const names = readTextField(element, "PN", dataSet).map(toPersonName);
  return names.length === 1 && names[0] === null ? [] : names;
}

/** Delimiters with nothing behind them say nothing; a group without a component is no group. */
function toPersonName(text: string): JsonPersonName | null {
  const [alphabetic, ideographic, phonetic] = text.split("=").map((group) => group.replace(/\^+$/, "") || undefined);
  const name: JsonPersonName = {
    ...(alphabetic !== undefined && { Alphabetic: alphabetic }),
    ...(ideographic !== undefined && { Ideographic: ideographic }),
    ...(phonetic !== undefined && { Phonetic: phonetic }),
  };
  return Object.keys(name).length === 0 ? null : name;
}

/** JSON has no infinity and is not a number: their names are strings (PS3.18 Table F.2.3-1). */
function writeNumber(value: number | bigint, vr: Vr, output: JsonOutput): void {
  const number = Number(value);
  if (vr === "AT") output.tag(number);
  else if (typeof value === "bigint" && !Number.isSafeInteger(number)) output.json(String(value));
  else if (Number.isFinite(number)) output.number(number);
  else output.json(Number.isNaN(number) ? "NaN" : number > 0 ? "inf" : "-inf");
}
