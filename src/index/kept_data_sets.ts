/**
 * The attributes that an index keeps of an instance, as data sets.
 *
 * @module
 */

import { ValueElement } from "../dicom/data_set/data_element.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import { readDataSet } from "../dicom/data_set/reading/read_data_set.ts";
import * as UID from "../dicom/generated/uid.ts";

/** The attributes of one level, without those that can't be read. */
export function readKept(bytes: Uint8Array): DataSet {
  if (bytes.length === 0) return new DataSet();
  try {
    return readDataSet(bytes, { transferSyntax: UID.ExplicitVRLittleEndian });
  } catch {
    return new DataSet();
  }
}

/** An attribute of text of one character a byte, as `IndexedInstance` has it. */
export function textElement(tag: number, vr: "UI" | "LO", text: string): ValueElement {
  const bytes = new Uint8Array(text.length + text.length % 2);
  if (vr === "LO" && bytes.length > text.length) bytes[text.length] = 0x20;
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return new ValueElement(tag, vr, bytes);
}
