/**
 * A data set as the DICOM JSON model (PS3.18 Annex F).
 *
 * @module
 */

import type { CharacterSet } from "../charsets/character_set.ts";
import { pathTo } from "../data_set/element_error.ts";
import type { DataElement, EncapsulatedElement, ReferencedElement, ValueElement } from "../data_set/data_element.ts";
import type { DataSet } from "../data_set/data_set.ts";
import { concatenate } from "../encoding/chunk_cursor.ts";
import { DataSetError } from "../../errors.ts";
import { describeTag, elementOf, tagDigits } from "../tag.ts";
import { readNumbers, swapBytes } from "../values/binary_values.ts";
import { isExactNumber } from "../values/decimal.ts";
import { shortNumber } from "../values/short_number.ts";
import { decodeText, splitText } from "../values/text_values.ts";
import { type Vr, vrDefinition } from "../vr.ts";
import { toBase64 } from "./base64.ts";
import type { JsonAttribute, JsonDataSet, JsonPersonName, JsonValue } from "./json_model.ts";

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
 * Gives a data set as an object; `formatJson` writes it. All text is Unicode, so that Specific Character Set says ISO_IR 192
 * where there is one; group lengths are left out (PS3.18 F.2.2). Throws `DataSetError` for a value that was left in its
 * source, or is encapsulated, and has no URI: the model has no form for it.
 */
export function toJson(dataSet: DataSet, options: ToJsonOptions = {}): JsonDataSet {
  const json: Record<string, JsonAttribute> = {};
  const { characterSet } = dataSet;
  for (const element of dataSet) {
    if (elementOf(element.tag) === 0) continue;
    json[tagDigits(element.tag)] = toAttribute(element, dataSet, characterSet, options);
  }
  return json;
}

const SPECIFIC_CHARACTER_SET = 0x0008_0005;
const UNICODE: JsonAttribute = { vr: "CS", Value: ["ISO_IR 192"] };

/** VRs whose value is written as bytes. */
const BYTES: ReadonlySet<Vr> = new Set<Vr>(["OB", "OD", "OF", "OL", "OV", "OW", "UN"]);

function toAttribute(
  element: DataElement,
  dataSet: DataSet,
  characterSet: CharacterSet,
  options: ToJsonOptions,
): JsonAttribute {
  const { vr } = element;
  if (element.kind === "sequence") {
    return element.items.length === 0 ? { vr } : { vr, Value: element.items.map((item) => toJson(item, options)) };
  }
  if (element.tag === SPECIFIC_CHARACTER_SET) return UNICODE;
  if (element.kind !== "value" || BYTES.has(vr)) return toBulk(element, dataSet, options);
  const values: JsonValue[] = [];
  if (vrDefinition(vr).kind === "text") {
    for (const text of splitText(decodeText(element, vr, characterSet), vr)) values.push(fromText(text, vr));
  } else {
    for (const number of readNumbers(element, vr, element.littleEndian)) values.push(fromNumber(number, vr));
  }
  return values.length === 0 || (values.length === 1 && values[0] === null) ? { vr } : { vr, Value: values };
}

function toBulk(element: BulkData["element"], dataSet: DataSet, { bulkDataUri }: ToJsonOptions): JsonAttribute {
  const { vr, tag } = element;
  if (element.kind === "value" && element.length === 0) return { vr };
  const uri = bulkDataUri?.({ dataSet, element });
  if (uri !== undefined) return { vr, BulkDataURI: uri };
  if (element.kind === "value") return { vr, InlineBinary: toBase64(littleEndian(element)) };
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

function fromText(text: string, vr: Vr): JsonValue {
  if (text === "") return null;
  if (vr === "PN") return toPersonName(text);
  if (vr !== "DS" && vr !== "IS") return text;
  return shortNumber(text) ?? (isExactNumber(text) ? Number(text) : text);
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
function fromNumber(value: number | bigint, vr: Vr): JsonValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (vr === "AT") return tagDigits(value);
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
}
