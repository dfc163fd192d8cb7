/**
 * A data set as the DICOM JSON model (PS3.18 Annex F).
 *
 * @module
 */

import type { ValueElement } from "../data_set/data_element.ts";
import type { DataElement, DataSet } from "../data_set/data_set.ts";
import { declarationWarnings, type OnWarning } from "../data_set/element_text.ts";
import { readTextField } from "../data_set/element_values.ts";
import type { DataSetError } from "../../errors.ts";
import { elementOf } from "../tag.ts";
import { readNumbers } from "../values/binary_values.ts";
import { type Vr, vrDefinition, type VrKind, VRS } from "../vr.ts";
import { type BulkData, inlineBytes } from "./bulk_data.ts";
import type { JsonDataSet, JsonPersonName } from "./json_model.ts";
import { asciiBytes, JsonOutput } from "./json_output.ts";
import { writePlainNames, writeTextValues } from "./json_text_values.ts";
import { firstWarnings, isWhole, notWhole } from "./model_warnings.ts";
import { toPersonName } from "./person_names.ts";

export type { BulkData } from "./bulk_data.ts";

/** How to write. */
export interface ToJsonOptions {
  /**
   * Decides which values stand elsewhere: the URI of one that does, undefined for one that is written out. Asked for all
   * values of bytes or words, for encapsulated Pixel Data, and for values that were left in their source.
   */
  readonly bulkDataUri?: (value: BulkData) => string | undefined;
  /**
   * Called for elements that are left out because their length does not fit their VR, and for text that does not match
   * the declared character set, at most a hundred times. By default the data set's own `onWarning`.
   */
  readonly onWarning?: ((warning: DataSetError) => void) | undefined;
}

/** The options, the output, and the listener for warnings. */
interface Writing {
  readonly options: ToJsonOptions;
  readonly output: JsonOutput;
  readonly warn: OnWarning;
}

/**
 * Gives a data set as JSON text, attributes in the order of their tags. All text is Unicode, so that Specific Character Set
 * says ISO_IR 192 where there is one; group lengths are left out (PS3.18 F.2.2). A DS or IS is a number where that says the
 * same, else a string (PS3.18 F.2.3.1). Throws `DataSetError` for a value that was left in its source, or is encapsulated, and
 * has no URI: the model has no form for it.
 */
export function toJsonText(dataSet: DataSet, options: ToJsonOptions = {}): string {
  const output = new JsonOutput();
  writeDataSet(dataSet, { options, output, warn: firstWarnings(options.onWarning ?? dataSet.onWarning) });
  return output.end();
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

function writeDataSet(dataSet: DataSet, writing: Writing): void {
  const { output } = writing;
  output.raw(BEGIN);
  let first = true;
  for (const element of dataSet) {
    if (elementOf(element.tag) === 0) continue;
    const definition = vrDefinition(element.vr);
    if (!isWhole(element, definition)) {
      writing.warn(notWhole(element as ValueElement, dataSet));
      continue;
    }
    if (!first) output.raw(COMMA);
    first = false;
    output.tag(element.tag);
    output.raw(HEADS.get(element.vr)!);
    writeElement(element, definition.kind, dataSet, writing);
    output.raw(END);
  }
  output.raw(END);
}

function writeElement(element: DataElement, kind: VrKind, dataSet: DataSet, writing: Writing): void {
  const { tag, vr } = element;
  const { output, warn } = writing;
  if (element.kind === "sequence") {
    writeEach(element.items, output, (item) => writeDataSet(item, writing));
    return;
  }
  if (element.kind !== "value" || kind === "bytes") writeBulk({ dataSet, element }, writing);
  else if (tag === SPECIFIC_CHARACTER_SET) {
    declarationWarnings(dataSet).forEach(warn);
    output.raw(UNICODE);
  } else if (vr === "PN") {
    if (writePlainNames(element, output)) return;
    writeEach(personNames(element, dataSet, warn), output, (name) => output.json(name));
  } else if (kind === "text") writeTextValues(element, dataSet, output, warn);
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

function writeBulk(value: BulkData, { options, output }: Writing): void {
  const { element } = value;
  if (element.kind === "value" && element.length === 0) return;
  const uri = options.bulkDataUri?.(value);
  if (uri !== undefined) {
    output.raw(BULK_DATA_URI);
    output.json(uri);
    return;
  }
  const bytes = inlineBytes(value, "JSON");
  output.raw(INLINE_BINARY);
  output.base64(bytes);
}

function personNames(element: ValueElement, dataSet: DataSet, warn: OnWarning): (JsonPersonName | null)[] {
  const names = readTextField(element, "PN", dataSet, warn).map(toPersonName);
  return names.length === 1 && names[0] === null ? [] : names;
}

/** JSON has no infinity and is not a number: their names are strings (PS3.18 Table F.2.3-1). */
function writeNumber(value: number | bigint, vr: Vr, output: JsonOutput): void {
  const number = Number(value);
  if (vr === "AT") output.tag(number);
  else if (typeof value === "bigint" && !Number.isSafeInteger(number)) output.json(String(value));
  else if (Number.isFinite(number)) output.number(number);
  else output.json(Number.isNaN(number) ? "NaN" : number > 0 ? "inf" : "-inf");
}
