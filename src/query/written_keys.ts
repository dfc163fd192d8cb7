/**
 * Keys of a query as people and URLs write them: a path of attributes, and a value as text.
 *
 * @module
 */

import { SequenceElement, ValueElement } from "../dicom/data_set/data_element.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import { encodeElement } from "../dicom/data_set/encode_element.ts";
import { findAttribute } from "../dicom/dictionary.ts";
import { impliedVr } from "../dicom/implied_vr.ts";
import { formatTag } from "../dicom/tag.ts";
import { type Vr, vrDefinition } from "../dicom/vr.ts";
import { DataSetError } from "../errors.ts";

/** A key, from the outermost data set inwards: the last part is what is asked for. */
export interface WrittenKey {
  /** As it was written, without its value. */
  readonly name: string;
  /** The attributes, each but the last with the item of the sequence that the next one is in. */
  readonly path: readonly { readonly tag: number; readonly item: number }[];
  /** Values with backslashes between them; undefined where the attribute is only to be returned. */
  readonly value: string | undefined;
}

/** Makes the error for a key that is wrong, of what was written and what was expected. */
export type KeyFault = (written: string, expected: string) => Error;

/** The data set of these keys; its text is in UTF-8 where it isn't ASCII. Throws what `fault` makes. */
export function keyDataSet(keys: readonly WrittenKey[], fault: KeyFault): DataSet {
  const dataSet = new DataSet();
  const isAscii = keys.every(({ value = "" }) => /^[\0-\x7f]*$/.test(value));
  if (!isAscii) dataSet.set("SpecificCharacterSet", "ISO_IR 192");
  for (const key of keys) put(dataSet, key, key.path, fault);
  return dataSet;
}

function put(dataSet: DataSet, key: WrittenKey, [first, ...rest]: WrittenKey["path"], fault: KeyFault): void {
  if (first === undefined) return;
  const { tag, item } = first;
  const there = dataSet.element(tag);
  if (rest.length === 0) {
    if (there !== undefined && key.value === undefined) return; // It is returned as it is.
    dataSet.setElement(elementOf(dataSet, tag, key, fault));
    return;
  }
  if (findAttribute(tag)?.vr !== "SQ" && there?.kind !== "sequence") {
    throw fault(key.name, `a sequence at ${formatTag(tag)}`);
  }
  const items = there?.kind === "sequence" ? [...there.items] : [];
  while (items.length <= item) items.push(new DataSet(undefined, { parent: dataSet }));
  put(items[item]!, key, rest, fault);
  dataSet.setElement(new SequenceElement(tag, items));
}

function elementOf(
  dataSet: DataSet,
  tag: number,
  { name, value = "" }: WrittenKey,
  fault: KeyFault,
): ValueElement | SequenceElement<DataSet> {
  const vr = impliedVr(tag);
  const { kind, padding } = vrDefinition(vr);
  if (vr === "SQ") {
    if (value === "") return new SequenceElement(tag, []);
    throw fault(`${name}=${value}`, `an attribute of an item, such as ${name}[0].CodeValue`);
  }
  if (value === "") return new ValueElement(tag, vr, new Uint8Array(0));
  if (kind === "binary") return numberElement(dataSet, tag, vr, { name, value }, fault);
  if (kind !== "text" && vr !== "UN") throw fault(`${name}=${value}`, "an attribute that can be matched");
  const bytes = dataSet.characterSet.encode(value, vr === "PN" ? "PN" : "LO");
  const even = new Uint8Array(bytes.length + bytes.length % 2).fill(padding);
  even.set(bytes);
  return new ValueElement(tag, vr, even);
}

function numberElement(
  dataSet: DataSet,
  tag: number,
  vr: Vr,
  { name, value }: { readonly name: string; readonly value: string },
  fault: KeyFault,
): ValueElement {
  const numbers = value.split("\\").map((text) => vr === "AT" ? tagNumber(text) : Number(text));
  try {
    if (numbers.every((number) => Number.isFinite(number))) {
      return encodeElement(tag, vr, numbers, dataSet.characterSet);
    }
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
  }
  throw fault(`${name}=${value}`, `numbers (${vr})`);
}

function tagNumber(text: string): number {
  return /^[\da-f]{8}$/i.test(text) ? Number.parseInt(text, 16) : NaN;
}
