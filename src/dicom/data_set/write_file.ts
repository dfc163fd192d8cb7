/**
 * Writes DICOM files (PS3.10 section 7).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { concatenate } from "../encoding/chunk_cursor.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../implementation.ts";
import { groupOf } from "../tag.ts";
import { UID } from "../uids.ts";
import { DataSet } from "./data_set.ts";
import { streamOf } from "./stream_pieces.ts";
import { streamDataSet, writeDataSet, type WriteOptions } from "./write_data_set.ts";

/** What to make a file of; a `DicomFile` for one. */
export interface FileToWrite {
  /** What comes after the meta information. */
  readonly dataSet: DataSet;
  /** File Meta Information to keep; what has to be true of the new file is set anew, unless the form is `original`. */
  readonly meta?: DataSet;
  /** The transfer syntax UID to write with, where the options don't say. */
  readonly transferSyntax?: string;
  /** What stands before the meta information when the form is `original`; else that is 128 NULs and `DICM`. */
  readonly preamble?: Uint8Array;
}

const META_GROUP = 0x0002;

/** 128 NULs and `DICM` (PS3.10 7.1). */
const PREAMBLE = new Uint8Array(132);
PREAMBLE.set([0x44, 0x49, 0x43, 0x4d], 128);

/**
 * Encodes a file. The meta information gets its group length, its transfer syntax, the SOP Class and Instance UIDs of the
 * data set where it has none, and Gantry as the implementation. Throws `DataSetError` as `writeDataSet()` does, and when
 * there are no SOP Class and Instance UIDs.
 */
export function writeFile(file: FileToWrite, options: WriteOptions = {}): Uint8Array<ArrayBuffer> {
  const settled = settle(file, options);
  return concatenate([...header(file, settled), writeDataSet(file.dataSet, settled)]);
}

/** Encodes a file as it is read. Throws and fails as `streamDataSet()` does, and throws as `writeFile()` does. */
export function streamFile(file: FileToWrite, options: WriteOptions = {}): ReadableStream<Uint8Array> {
  const settled = settle(file, options);
  const head = header(file, settled);
  const dataSet = streamDataSet(file.dataSet, settled);
  return streamOf((async function* () {
    yield* head;
    yield* dataSet;
  })());
}

/** The options with the transfer syntax that is to be written. */
function settle(
  { transferSyntax }: FileToWrite,
  options: WriteOptions,
): WriteOptions & { readonly transferSyntax: string } {
  return { ...options, transferSyntax: options.transferSyntax ?? transferSyntax ?? UID.ExplicitVRLittleEndian };
}

/** Preamble and meta information. */
function header(file: FileToWrite, options: WriteOptions & { readonly transferSyntax: string }): Uint8Array[] {
  if (options.form === "original" && file.meta !== undefined && file.preamble !== undefined) {
    return [file.preamble, writeDataSet(file.meta, { form: "original" })];
  }
  const meta = writeDataSet(newMeta(file, options.transferSyntax));
  const groupLength = new DataSet({ FileMetaInformationGroupLength: meta.length });
  return [PREAMBLE, writeDataSet(groupLength, { form: "original" }), meta];
}

function newMeta({ dataSet, meta: given }: FileToWrite, transferSyntax: string): DataSet {
  const meta = new DataSet();
  for (const element of given ?? []) if (groupOf(element.tag) === META_GROUP) meta.setElement(element);
  meta.set("FileMetaInformationVersion", [0x00, 0x01]);
  if (!meta.getText("MediaStorageSOPClassUID")) meta.set("MediaStorageSOPClassUID", needed(dataSet, "SOPClassUID"));
  if (!meta.getText("MediaStorageSOPInstanceUID")) {
    meta.set("MediaStorageSOPInstanceUID", needed(dataSet, "SOPInstanceUID"));
  }
  meta.set("TransferSyntaxUID", transferSyntax);
  meta.set("ImplementationClassUID", IMPLEMENTATION_CLASS_UID);
  meta.set("ImplementationVersionName", IMPLEMENTATION_VERSION_NAME);
  return meta;
}

function needed(dataSet: DataSet, keyword: "SOPClassUID" | "SOPInstanceUID"): string {
  const uid = dataSet.getText(keyword);
  if (uid) return uid;
  throw new DataSetError(`Cannot write the file: the data set has no ${keyword}`, { keyword, expected: keyword });
}
