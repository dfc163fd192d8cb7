/**
 * Writes DICOM files (PS3.10 section 7).
 *
 * @module
 */

import { DataSetError } from "../../../errors.ts";
import { asciiText } from "../../ascii.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../../implementation.ts";
import { groupOf } from "../../tag.ts";
import * as UID from "../../generated/uid.ts";
import { findTransferSyntax } from "../../transfer_syntaxes.ts";
import { trimUid } from "../../uids.ts";
import { isIdentityAsRead } from "../as_read.ts";
import { ValueElement } from "../data_element.ts";
import { DataSet } from "../data_set.ts";
import { DataSetEncoder } from "./data_set_encoder.ts";
import type { WrittenForm } from "./written_form.ts";
import { streamOf } from "../../../streams/stream_of.ts";
import { encodeDataSet, streamDataSet, type WriteOptions } from "./write_data_set.ts";

/** What to make a file of; a `DicomFile` for one. */
export interface FileToWrite {
  /** The data set after the meta information. */
  readonly dataSet: DataSet;
  /**
   * File Meta Information to keep; what has to be true of the new file is set anew. In the form `original` that is only what
   * isn't true any more: the UIDs of the data set, if they have changed since it was read, and of the transfer syntax.
   */
  readonly meta?: DataSet;
  /** The transfer syntax UID to write with, where the options don't say. */
  readonly transferSyntax?: string;
  /**
   * What the file that this was read from declared in its place. In the form `original`, when nothing else is to be written,
   * it is declared again.
   */
  readonly declaredTransferSyntax?: string | undefined;
  /**
   * Bytes before the meta information if the form is `original`; otherwise the file begins with 128 NULs and `DICM`.
   */
  readonly preamble?: Uint8Array;
}

/** Options with the transfer syntax to write. */
type SettledOptions = WriteOptions & { readonly transferSyntax: string };

const META_GROUP = 0x0002;
const GROUP_LENGTH = 0x0002_0000;
const MEDIA_STORAGE_SOP_CLASS = 0x0002_0002;
const MEDIA_STORAGE_SOP_INSTANCE = 0x0002_0003;
const TRANSFER_SYNTAX = 0x0002_0010;
const SOP_CLASS = 0x0008_0016;
const SOP_INSTANCE = 0x0008_0018;

/** 128 NULs and `DICM` (PS3.10 7.1). */
const PREAMBLE = new Uint8Array(132);
PREAMBLE.set([0x44, 0x49, 0x43, 0x4d], 128);

/**
 * Encodes a file. The meta information gets its group length, its transfer syntax, the SOP Class and Instance UIDs of the
 * data set, its own only where the data set has none, and Gantry as the implementation. Throws `DataSetError` as
 * `writeDataSet()` does, and when there are no SOP Class and Instance UIDs.
 */
export function writeFile(file: FileToWrite, options: WriteOptions = {}): Uint8Array<ArrayBuffer> {
  const settled = settle(file, options);
  return encodeDataSet(file.dataSet, settled, header(file, settled));
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

/**
 * Preamble and meta information of a file, as `writeFile()` writes them, for callers that write the data set themselves. Throws
 * `DataSetError` when there are no SOP Class and Instance UIDs.
 */
export function encodeFileHeader(file: FileToWrite, transferSyntax: string): Uint8Array[] {
  return header(file, { transferSyntax });
}

/** The options with the transfer syntax that is to be written. */
function settle({ transferSyntax }: FileToWrite, options: WriteOptions): SettledOptions {
  return { ...options, transferSyntax: options.transferSyntax ?? (transferSyntax || UID.ExplicitVRLittleEndian) };
}

/** Preamble and meta information. */
function header(file: FileToWrite, { form, transferSyntax }: SettledOptions): Uint8Array[] {
  const { meta, preamble } = file;
  if (form === "original" && meta !== undefined && preamble !== undefined) {
    const corrections = correctionsOf(meta, file, transferSyntax);
    return [
      preamble,
      corrections.length === 0 ? encodeMeta(meta, form) : encodeMeta(corrected(meta, corrections), form),
    ];
  }
  const written = encodeMeta(newMeta(file, transferSyntax), "defined");
  return [PREAMBLE, groupLengthOf(written), written];
}

/** Elements that correct the meta information where it doesn't hold for the file to write. */
function correctionsOf(meta: DataSet, file: FileToWrite, transferSyntax: string): ValueElement[] {
  const corrections: ValueElement[] = [];
  for (
    const [tag, from] of [[MEDIA_STORAGE_SOP_CLASS, SOP_CLASS], [MEDIA_STORAGE_SOP_INSTANCE, SOP_INSTANCE]] as const
  ) {
    const uid = isIdentityAsRead(file.dataSet, from) ? "" : uidOf(file.dataSet, from);
    if (meta.has(tag) && uid !== "" && uid !== uidOf(meta, tag)) corrections.push(uidElement(tag, uid));
  }
  const declared = uidOf(meta, TRANSFER_SYNTAX);
  const asRead = transferSyntax === file.transferSyntax && declared === (file.declaredTransferSyntax ?? "");
  if (declared !== transferSyntax && !asRead) corrections.push(uidElement(TRANSFER_SYNTAX, transferSyntax));
  return corrections;
}

/** The meta information with other elements, and its group length. */
function corrected(meta: DataSet, corrections: readonly ValueElement[]): DataSet {
  const copy = new DataSet();
  for (const element of [...meta, ...corrections]) if (element.tag !== GROUP_LENGTH) copy.setElement(element);
  const { length } = encodeMeta(copy, "original");
  return meta.has(GROUP_LENGTH) ? copy.set("FileMetaInformationGroupLength", length) : copy;
}

function newMeta({ dataSet, meta: given }: FileToWrite, transferSyntax: string): DataSet {
  const meta = new DataSet();
  for (const element of given ?? []) if (groupOf(element.tag) === META_GROUP) meta.setElement(element);
  meta.set("FileMetaInformationVersion", [0x00, 0x01]);
  for (
    const [tag, from] of [[MEDIA_STORAGE_SOP_CLASS, SOP_CLASS], [MEDIA_STORAGE_SOP_INSTANCE, SOP_INSTANCE]] as const
  ) {
    const uid = uidOf(dataSet, from) || uidOf(meta, tag);
    if (uid === "") throw missing(from === SOP_CLASS ? "SOPClassUID" : "SOPInstanceUID");
    meta.setElement(uidElement(tag, uid));
  }
  meta.set("TransferSyntaxUID", transferSyntax);
  meta.set("ImplementationClassUID", IMPLEMENTATION_CLASS_UID);
  meta.set("ImplementationVersionName", IMPLEMENTATION_VERSION_NAME);
  return meta;
}

function encodeMeta(meta: DataSet, form: WrittenForm): Uint8Array<ArrayBuffer> {
  return new DataSetEncoder(findTransferSyntax(UID.ExplicitVRLittleEndian), form, "meta").encode(meta);
}

function groupLengthOf({ length }: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeMeta(new DataSet({ FileMetaInformationGroupLength: length }), "original");
}

/** The text of a UID attribute without padding, valid or not; empty for a missing attribute. */
function uidOf(dataSet: DataSet, tag: number): string {
  const element = dataSet.element(tag);
  return element?.kind === "value" ? trimUid(asciiText(element.bytes)) : "";
}

function uidElement(tag: number, uid: string): ValueElement {
  return new ValueElement(tag, "UI", Uint8Array.from(uid + "\0".repeat(uid.length % 2), (char) => char.charCodeAt(0)));
}

function missing(keyword: string): DataSetError {
  return new DataSetError(`Cannot write the file: the data set has no ${keyword}`, { keyword, expected: keyword });
}
