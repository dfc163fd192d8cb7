/**
 * What is done with a file in memory, by each library in its own way, and what was found.
 *
 * @module
 */

import dcmjs from "dcmjs";
import dicomParser from "dicom-parser";
import type { DataSet } from "../src/dicom/data_set/data_set.ts";
import { type DicomFile, readFile } from "../src/dicom/data_set/reading/read_file.ts";
import { ElementScanner } from "../src/dicom/encoding/element_scanner.ts";
import { readFileHeader } from "../src/dicom/part10.ts";

type File = Uint8Array<ArrayBuffer>;

/** What comes after Study Instance UID. */
const SERIES_INSTANCE_UID = 0x0020_000e;

/** Patient ID and Study Instance UID. */
export function readHeader(file: File): string {
  const { dataSet } = readFile(file, { stopAt: SERIES_INSTANCE_UID });
  return `${dataSet.getText("PatientID")} ${dataSet.getText("StudyInstanceUID")}`;
}

/** Patient ID and Study Instance UID; dicom-parser reads the tag that it stops at. */
export function parseHeader(file: File): string {
  const dataSet = dicomParser.parseDicom(file, { untilTag: "x0020000d" });
  return `${dataSet.string("x00100020")} ${dataSet.string("x0020000d")}`;
}

/** Patient ID and Study Instance UID. */
export function readDcmjsHeader(file: File): string {
  const { dict } = dcmjs.data.DicomMessage.readFile(file.buffer, { untilTag: "0020000E", includeUntilTagValue: false });
  return `${dict["00100020"].Value[0]} ${dict["0020000D"].Value[0]}`;
}

/** Where each value is. */
export function parse(file: File): dicomParser.DataSet {
  return dicomParser.parseDicom(file);
}

/** The number of data elements; nothing is kept. */
export function scan(file: File): number {
  const { transferSyntax, dataSetOffset } = readFileHeader(file)!;
  const scanner = new ElementScanner({ transferSyntax });
  scanner.push(file.subarray(dataSetOffset));
  let count = 0;
  for (let event; (event = scanner.next()) !== undefined;) {
    if (event === "element" || event === "sequence") count++;
  }
  scanner.end();
  return count;
}

/** What dcmjs makes of a tag; values are decoded when it reads. */
interface DcmjsAttribute {
  readonly vr: string;
  readonly Value: readonly unknown[];
}

type DcmjsDataSet = Readonly<Record<string, DcmjsAttribute>>;

/** Everything. Its `dict` is dcmjs's DICOM JSON model. */
export function readDcmjs(file: File): { readonly dict: DcmjsDataSet } {
  return dcmjs.data.DicomMessage.readFile(file.buffer);
}

/** Number of data elements, sequences included. */
export function countElements({ dataSet }: Pick<DicomFile, "dataSet">): number {
  let count = dataSet.size;
  for (const element of dataSet) {
    if (element.kind !== "sequence") continue;
    for (const item of element.items) count += countElements({ dataSet: item });
  }
  return count;
}

/** Number of data elements, sequences included and meta information not. */
export function countParsed({ elements }: dicomParser.DataSet): number {
  let count = 0;
  for (const [tag, { items }] of Object.entries(elements)) {
    if (!tag.startsWith("x0002")) count++;
    for (const item of items ?? []) if (item.dataSet) count += countParsed(item.dataSet);
  }
  return count;
}

/** Decodes all values, and counts them. */
export function countValues(dataSet: DataSet): number {
  let count = 0;
  for (const element of dataSet) {
    if (element.kind === "sequence") {
      for (const item of element.items) count += countValues(item);
    } else count += dataSet.getAll(element.tag).length;
  }
  return count;
}

/** Number of data elements, sequences included. */
export function countDcmjsElements({ dict }: { readonly dict: DcmjsDataSet }): number {
  let count = 0;
  for (const tag in dict) {
    const { vr, Value } = dict[tag]!;
    count++;
    if (vr === "SQ") { for (const item of Value) count += countDcmjsElements({ dict: item as DcmjsDataSet }); }
  }
  return count;
}

/** Number of values. */
export function countDcmjsValues({ dict }: { readonly dict: DcmjsDataSet }): number {
  let count = 0;
  for (const tag in dict) {
    const { vr, Value } = dict[tag]!;
    if (vr === "SQ") { for (const item of Value) count += countDcmjsValues({ dict: item as DcmjsDataSet }); }
    else count += Value.length;
  }
  return count;
}

/** Number of attributes in text of the DICOM JSON model. */
export function countAttributes(json: Uint8Array): number {
  return new TextDecoder().decode(json).split('"vr":').length - 1;
}
