/**
 * Data sets of plain attributes, written as they are: what breaks its VR too.
 *
 * @module
 */

import { characterSet } from "../../src/dicom/charsets/character_set.ts";
import { SequenceElement, ValueElement } from "../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { findAttribute, parseTag } from "../../src/dicom/dictionary.ts";
import { encodeElement } from "../../src/dicom/data_set/encode_element.ts";
import { isVr, type Vr, vrDefinition } from "../../src/dicom/vr.ts";

/**
 * Attributes by keyword, or by tag and VR (`(0009,1001) LO`): the text of all values, parted by backslashes; for numbers the
 * numbers; for sequences the items. Text is encoded in `SpecificCharacterSet`.
 */
export interface Attributes {
  readonly [attribute: string]: string | readonly number[] | readonly Attributes[];
}

/** The data set of these attributes; no value is checked. */
export function dataSetOf(attributes: Attributes, parent?: DataSet): DataSet {
  const dataSet = new DataSet(undefined, { parent });
  const entries = Object.entries(attributes).map(([name, value]) => ({ ...nameOf(name), value }));
  // Specific Character Set is the first that others depend on.
  for (const { tag, vr, value } of entries.sort((one, other) => one.tag - other.tag)) {
    if (vr === "SQ") {
      const items = (value as readonly Attributes[]).map((item) => dataSetOf(item, dataSet));
      dataSet.setElement(new SequenceElement(tag, items));
    } else dataSet.setElement(elementOf(dataSet, tag, vr, value));
  }
  return dataSet;
}

function elementOf(dataSet: DataSet, tag: number, vr: Vr, value: Attributes[string]): ValueElement {
  const { padding, kind } = vrDefinition(vr);
  if (typeof value !== "string") return encodeElement(tag, vr, value, characterSet());
  if (kind !== "text" && vr !== "UN") throw new TypeError(`Cannot write text as ${vr}`);
  const bytes = dataSet.characterSet.encode(value, vr === "PN" ? "PN" : "LO");
  const even = new Uint8Array(bytes.length + bytes.length % 2).fill(padding);
  even.set(bytes);
  return new ValueElement(tag, vr, even);
}

function nameOf(name: string): { tag: number; vr: Vr } {
  const [attribute = "", written] = name.split(" ");
  const tag = parseTag(attribute);
  const vr = written ?? findAttribute(tag ?? 0)?.vr ?? "";
  if (tag === undefined || !isVr(vr)) throw new TypeError(`Cannot make an element of ${name}`);
  return { tag, vr };
}
