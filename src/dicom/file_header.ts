/**
 * Reads what stands before the data set in a file (PS3.10 section 7), as far as it is whole.
 *
 * @module
 */

import { DataSetError, LimitError } from "../errors.ts";
import { guessEncoding, plainTransferSyntax } from "./encoding/choose_encoding.ts";
import { SHORTEST_HEADER } from "./encoding/element_header.ts";
import { MetaWalk } from "./meta_walk.ts";
import { asciiText } from "./ascii.ts";
import { nameTag } from "./names.ts";
import * as UID from "./generated/uid.ts";
import { trimUid } from "./uids.ts";

/** Elements of the File Meta Information (PS3.10 Table 7.1-1) that are text. */
export interface FileMeta {
  /** SOP Class of the data set. */
  readonly mediaStorageSopClassUid?: string;
  /** SOP Instance of the data set. */
  readonly mediaStorageSopInstanceUid?: string;
  /** As it is in the file; see `FileHeader.transferSyntax`. */
  readonly transferSyntaxUid?: string;
  /** Implementation that wrote the file. */
  readonly implementationClassUid?: string;
  /** Its version. */
  readonly implementationVersionName?: string;
  /** AE title of the application that wrote the content. */
  readonly sourceApplicationEntityTitle?: string;
  /** AE title of the application that sent it over the network. */
  readonly sendingApplicationEntityTitle?: string;
  /** AE title of the application that received it over the network. */
  readonly receivingApplicationEntityTitle?: string;
}

/** The part of a file before the data set. */
export interface FileHeader {
  /** What the meta information says. */
  readonly meta: FileMeta;
  /** The transfer syntax UID of the data set: as declared, or as its first bytes show where none is. */
  readonly transferSyntax: string;
  /** Where the meta information begins: behind preamble and prefix, in bytes from the start of the file. */
  readonly metaOffset: number;
  /** Where the data set begins, in bytes from the start of the file. */
  readonly dataSetOffset: number;
  /** What was wrong and could be read all the same. */
  readonly warnings: readonly DataSetError[];
}

/** An element of meta information that is text. */
interface MetaElement {
  readonly tag: number;
  readonly vr: "UI" | "SH" | "AE";
  readonly field: keyof FileMeta;
}

/** Those of PS3.10 Table 7.1-1, in their order. */
export const META_ELEMENTS: readonly MetaElement[] = [
  { tag: 0x0002_0002, vr: "UI", field: "mediaStorageSopClassUid" },
  { tag: 0x0002_0003, vr: "UI", field: "mediaStorageSopInstanceUid" },
  { tag: 0x0002_0010, vr: "UI", field: "transferSyntaxUid" },
  { tag: 0x0002_0012, vr: "UI", field: "implementationClassUid" },
  { tag: 0x0002_0013, vr: "SH", field: "implementationVersionName" },
  { tag: 0x0002_0016, vr: "AE", field: "sourceApplicationEntityTitle" },
  { tag: 0x0002_0017, vr: "AE", field: "sendingApplicationEntityTitle" },
  { tag: 0x0002_0018, vr: "AE", field: "receivingApplicationEntityTitle" },
];
const META_FIELDS: ReadonlyMap<number, keyof FileMeta> = new Map(META_ELEMENTS.map(({ tag, field }) => [tag, field]));

/** The part of a file's header that was read: all of it without an `error`. */
export interface HeaderSoFar {
  /** Its whole elements; undefined when the file is no DICOM. The transfer syntax is empty where the file ends before it. */
  readonly header?: FileHeader;
  /** Why it ends early, or is no DICOM. */
  readonly error?: DataSetError | LimitError;
}

/** Bytes of the preamble. */
export const PREAMBLE_LENGTH = 128;

/** `DICM`. */
export const PREFIX: readonly number[] = [0x44, 0x49, 0x43, 0x4d];

/** Bytes of meta information beyond which a file is refused. */
const MAXIMUM_META_LENGTH = 0x10_0000;

/** Bytes of a value of meta information that is read; the longest that PS3.10 allows is a UID. */
export const MAXIMUM_META_VALUE = 1024;

/** As `readFileHeader()`, but gives what stops it beside what came before it. */
export function readHeaderSoFar(bytes: Uint8Array, ended: boolean): HeaderSoFar | undefined {
  if (bytes.length < PREAMBLE_LENGTH + PREFIX.length && !ended) return undefined;
  const metaOffset = findMeta(bytes);
  const warnings = metaOffset < PREAMBLE_LENGTH ? [warning("it has no preamble", 0)] : [];
  const walk = new MetaWalk(bytes, metaOffset, ended || bytes.length > metaOffset + MAXIMUM_META_LENGTH);
  const meta: { -readonly [Field in keyof FileMeta]: FileMeta[Field] } = {};
  while (walk.next(meta.transferSyntaxUid)) {
    const { tag, value } = walk;
    const field = META_FIELDS.get(tag!);
    if (field === undefined || value.length > MAXIMUM_META_VALUE) continue;
    meta[field] ??= field.endsWith("Uid") ? trimUid(asciiText(value)) : asciiText(value).trim();
  }
  const { offset: dataSetOffset, problems } = walk;
  for (const problem of problems) warnings.push(warning(problem, metaOffset));
  const header = { meta, transferSyntax: meta.transferSyntaxUid ?? "", metaOffset, dataSetOffset, warnings };
  if (walk.isCut) {
    if (!ended && bytes.length <= metaOffset + MAXIMUM_META_LENGTH) return undefined;
    return { header, error: ended ? endsInside(dataSetOffset, walk.tag) : tooLong() };
  }
  return header.transferSyntax === "" ? withGuess(header, bytes, ended) : { header };
}

/** Where meta information begins, if there is any. */
function findMeta(bytes: Uint8Array): number {
  if (isPrefixAt(bytes, PREAMBLE_LENGTH)) return PREAMBLE_LENGTH + PREFIX.length;
  return isPrefixAt(bytes, 0) ? PREFIX.length : 0;
}

function isPrefixAt(bytes: Uint8Array, offset: number): boolean {
  return PREFIX.every((byte, index) => bytes[offset + index] === byte);
}

/** The header with the transfer syntax that the first bytes of the data set show; undefined when it takes more of them. */
function withGuess(header: FileHeader, bytes: Uint8Array, ended: boolean): HeaderSoFar | undefined {
  const { dataSetOffset, warnings } = header;
  const dataSet = bytes.subarray(dataSetOffset, dataSetOffset + SHORTEST_HEADER);
  if (dataSet.length < SHORTEST_HEADER && !ended) return undefined;
  if (bytes.length === 0) return { error: noDicom("it has no bytes", 0) };
  const transferSyntax = guessTransferSyntax(dataSet);
  if (transferSyntax !== undefined) {
    const guessed = warning(`it has no transfer syntax: taken as ${transferSyntax}`, dataSetOffset);
    return { header: { ...header, transferSyntax, warnings: [...warnings, guessed] } };
  }
  const error = noDicom("it has no transfer syntax and begins as no data set does", dataSetOffset);
  return dataSetOffset === 0 ? { error } : { header, error };
}

function guessTransferSyntax(dataSet: Uint8Array): string | undefined {
  if (dataSet.length === 0) return UID.ImplicitVRLittleEndian;
  const encoding = dataSet.length < SHORTEST_HEADER ? undefined : guessEncoding(dataSet);
  return encoding && plainTransferSyntax(encoding);
}

function noDicom(reason: string, offset: number): DataSetError {
  return new DataSetError(`Cannot read the file: it is no DICOM, ${reason}`, {
    offset,
    expected: "DICM at offset 128, or a data element",
  });
}

function warning(message: string, offset: number): DataSetError {
  return new DataSetError(`Cannot rely on the file's header: ${message}`, { offset });
}

function tooLong(): LimitError {
  return new LimitError(`Cannot read the file: its meta information is longer than ${MAXIMUM_META_LENGTH} bytes`, {
    limit: "maxMetaLength",
    maximum: MAXIMUM_META_LENGTH,
  });
}

function endsInside(offset: number, tag: number | undefined): DataSetError {
  const where = tag === undefined ? "the header of an element" : nameTag(tag);
  return new DataSetError(`Cannot read the file: its meta information ends inside ${where} at offset ${offset}`, {
    offset,
    ...(tag === undefined ? {} : { tag }),
  });
}
