/**
 * The DICOM File Format: preamble and File Meta Information in front of a data set (PS3.10 section 7).
 *
 * @module
 */

import { DataSetError, LimitError } from "../errors.ts";
import { asciiText, isPrintableAscii, writeAscii } from "./ascii.ts";
import {
  type Encoding,
  EXPLICIT_LITTLE_ENDIAN,
  NO_HEADER,
  readElementHeader,
  settleEncoding,
  SHORTEST_HEADER,
  sniffEncoding,
} from "./encoding/element_header.ts";
import { uint32 } from "./encoding/integers.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "./implementation.ts";
import { describeTag, groupOf } from "./tag.ts";
import { findTransferSyntax, trimUid, UID } from "./uids.ts";

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
  /** AE title of who wrote the content. */
  readonly sourceApplicationEntityTitle?: string;
  /** AE title of who sent it over the network. */
  readonly sendingApplicationEntityTitle?: string;
  /** AE title of who received it over the network. */
  readonly receivingApplicationEntityTitle?: string;
}

/** What stands before the data set in a file. */
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

/** What to say in new File Meta Information. */
export interface NewFileMeta {
  /** SOP Class UID of the data set. */
  readonly sopClassUid: string;
  /** SOP Instance UID of the data set. */
  readonly sopInstanceUid: string;
  /** Transfer syntax UID of the data set. */
  readonly transferSyntax: string;
  /** AE title of who wrote the content. */
  readonly sourceAeTitle?: string;
  /** AE title of who sent it over the network. */
  readonly sendingAeTitle?: string;
  /** AE title of who received it over the network. */
  readonly receivingAeTitle?: string;
}

interface MetaElement {
  readonly tag: number;
  readonly vr: "UI" | "SH" | "AE";
  readonly field: keyof FileMeta;
}

const META_ELEMENTS: readonly MetaElement[] = [
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

const GROUP_LENGTH = 0x0002_0000;
const META_GROUP = 0x0002;
const PREAMBLE_LENGTH = 128;
const PREFIX = [0x44, 0x49, 0x43, 0x4d]; // DICM

/** Bytes of meta information beyond which a file is refused. */
const MAXIMUM_META_LENGTH = 0x10_0000;

/** Bytes of a value of meta information that is read; the longest that PS3.10 allows is a UID. */
const MAXIMUM_META_VALUE = 1024;

/** (0002,0000) UL, whose value is filled in, and (0002,0001) OB File Meta Information Version 0001H. */
const META_START = [
  [0x02, 0x00, 0x00, 0x00, 0x55, 0x4c, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x02, 0x00, 0x01, 0x00, 0x4f, 0x42, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01],
].flat();

const GROUP_LENGTH_END = PREAMBLE_LENGTH + PREFIX.length + 12;

/**
 * Preamble, prefix and File Meta Information for a data set, written by Gantry (PS3.10 7.1): what to put in front of it to
 * make a file. Throws `DataSetError` for text that isn't printable ASCII.
 */
export function fileMetaInformation(meta: NewFileMeta): Uint8Array<ArrayBuffer> {
  const fields: FileMeta = {
    mediaStorageSopClassUid: meta.sopClassUid,
    mediaStorageSopInstanceUid: meta.sopInstanceUid,
    transferSyntaxUid: meta.transferSyntax,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    ...(meta.sourceAeTitle ? { sourceApplicationEntityTitle: meta.sourceAeTitle } : {}),
    ...(meta.sendingAeTitle ? { sendingApplicationEntityTitle: meta.sendingAeTitle } : {}),
    ...(meta.receivingAeTitle ? { receivingApplicationEntityTitle: meta.receivingAeTitle } : {}),
  };
  let length = PREAMBLE_LENGTH + PREFIX.length + META_START.length;
  for (const { tag, field } of META_ELEMENTS) {
    const text = fields[field];
    if (text === undefined) continue;
    if (!isPrintableAscii(text) || text.length > MAXIMUM_META_VALUE) {
      const expected = `at most ${MAXIMUM_META_VALUE} printable ASCII characters`;
      throw new DataSetError(`Cannot write ${describeTag(tag)}: expected ${expected}`, { tag, expected });
    }
    length += SHORTEST_HEADER + even(text.length);
  }
  const bytes = new Uint8Array(length);
  bytes.set(PREFIX, PREAMBLE_LENGTH);
  bytes.set(META_START, PREAMBLE_LENGTH + PREFIX.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(GROUP_LENGTH_END - 4, length - GROUP_LENGTH_END, true);
  let offset = PREAMBLE_LENGTH + PREFIX.length + META_START.length;
  for (const { tag, vr, field } of META_ELEMENTS) {
    const text = fields[field];
    if (text === undefined) continue;
    view.setUint16(offset, groupOf(tag), true);
    view.setUint16(offset + 2, tag & 0xffff, true);
    writeAscii(bytes, offset + 4, vr);
    view.setUint16(offset + 6, even(text.length), true);
    offset = writeAscii(bytes, offset + SHORTEST_HEADER, text);
    if (text.length % 2 === 1) bytes[offset++] = vr === "UI" ? 0x00 : 0x20;
  }
  return bytes;
}

/**
 * Reads what stands before the data set from the first bytes of a file; undefined when it takes more of them. `ended` says
 * that there are no more.
 *
 * Tolerated with a warning: no preamble, no prefix, no meta information at all, a group length that is missing or wrong,
 * meta information in another encoding than Explicit VR Little Endian, no transfer syntax. Throws `DataSetError` for what is
 * no DICOM or ends early, `LimitError` for meta information above 1 MiB.
 */
export function readFileHeader(bytes: Uint8Array, options: { ended?: boolean } = {}): FileHeader | undefined {
  const ended = options.ended ?? false;
  if (bytes.length < PREAMBLE_LENGTH + PREFIX.length && !ended) return undefined;
  const warnings: DataSetError[] = [];
  const start = findMeta(bytes);
  if (start < PREAMBLE_LENGTH) warnings.push(warning("it has no preamble", 0));
  const found = readMeta(bytes, start, ended, warnings);
  if (found === undefined) {
    if (bytes.length <= start + MAXIMUM_META_LENGTH) return undefined;
    throw new LimitError(`Cannot read the file: its meta information is longer than ${MAXIMUM_META_LENGTH} bytes`, {
      limit: "maximumMetaLength",
      maximum: MAXIMUM_META_LENGTH,
    });
  }
  const { meta, dataSetOffset } = found;
  if (meta.transferSyntaxUid) {
    return { meta, transferSyntax: meta.transferSyntaxUid, metaOffset: start, dataSetOffset, warnings };
  }
  if (bytes.length - dataSetOffset < SHORTEST_HEADER && !ended) return undefined;
  const transferSyntax = guessTransferSyntax(bytes.subarray(dataSetOffset));
  if (transferSyntax === undefined) {
    throw new DataSetError("Cannot read the file: it has no transfer syntax and begins as no data set does", {
      offset: dataSetOffset,
      expected: "DICM at offset 128, or a data element",
    });
  }
  warnings.push(warning(`it has no transfer syntax: taken as ${transferSyntax}`, dataSetOffset));
  return { meta, transferSyntax, metaOffset: start, dataSetOffset, warnings };
}

/** Where meta information begins, if there is any. */
function findMeta(bytes: Uint8Array): number {
  if (isPrefixAt(bytes, PREAMBLE_LENGTH)) return PREAMBLE_LENGTH + PREFIX.length;
  return isPrefixAt(bytes, 0) ? PREFIX.length : 0;
}

function isPrefixAt(bytes: Uint8Array, offset: number): boolean {
  for (let index = 0; index < PREFIX.length; index++) if (bytes[offset + index] !== PREFIX[index]) return false;
  return true;
}

/** Reads group 0002; undefined when it takes more bytes. */
function readMeta(
  bytes: Uint8Array,
  start: number,
  ended: boolean,
  warnings: DataSetError[],
): { meta: FileMeta; dataSetOffset: number } | undefined {
  const meta: { -readonly [Field in keyof FileMeta]: FileMeta[Field] } = {};
  const encoding = settleEncoding(EXPLICIT_LITTLE_ENDIAN, bytes.subarray(start, start + SHORTEST_HEADER));
  const header = { ...NO_HEADER };
  let offset = start;
  let groupEnd: number | undefined;
  let deflated = false;
  for (;;) {
    if (bytes.length - offset < 2 && !ended) return undefined;
    // What is deflated can look like anything: then the group length decides.
    if (!isMetaGroup(bytes, offset, encoding) || (deflated && offset === groupEnd)) break;
    const size = readElementHeader(bytes, offset, bytes.length, encoding, header);
    const end = offset + size + header.length;
    if (size === 0 || end > bytes.length) {
      if (!ended) return undefined;
      throw endsInside(offset, size === 0 ? undefined : header.tag);
    }
    const value = bytes.subarray(offset + size, end);
    const field = META_FIELDS.get(header.tag);
    if (header.tag === GROUP_LENGTH && value.length === 4) groupEnd = end + uint32(value, 0, encoding.littleEndian);
    if (field !== undefined && value.length <= MAXIMUM_META_VALUE) {
      meta[field] = field.endsWith("Uid") ? trimUid(asciiText(value)) : asciiText(value).trim();
      deflated = findTransferSyntax(meta.transferSyntaxUid ?? "")?.deflated === true;
    }
    offset = end;
  }
  if (offset > start && offset !== groupEnd) {
    warnings.push(warning("the group length of its meta information is missing or wrong", start));
  }
  if (offset > start && encoding !== EXPLICIT_LITTLE_ENDIAN) {
    warnings.push(warning("its meta information is not in Explicit VR Little Endian", start));
  }
  return { meta, dataSetOffset: offset };
}

function isMetaGroup(bytes: Uint8Array, offset: number, { littleEndian }: Encoding): boolean {
  return bytes[littleEndian ? offset : offset + 1] === META_GROUP && bytes[littleEndian ? offset + 1 : offset] === 0;
}

/** The plain transfer syntax that the first bytes of a data set show. */
function guessTransferSyntax(dataSet: Uint8Array): string | undefined {
  if (dataSet.length === 0) return UID.ImplicitVRLittleEndian;
  const encoding = dataSet.length < SHORTEST_HEADER ? undefined : sniffEncoding(dataSet);
  if (encoding === undefined) return undefined;
  if (!encoding.explicitVr) return UID.ImplicitVRLittleEndian;
  return encoding.littleEndian ? UID.ExplicitVRLittleEndian : UID.ExplicitVRBigEndian;
}

function even(length: number): number {
  return length + length % 2;
}

function warning(message: string, offset: number): DataSetError {
  return new DataSetError(`Cannot rely on the file's header: ${message}`, { offset });
}

function endsInside(offset: number, tag: number | undefined): DataSetError {
  const where = tag === undefined ? "the header of an element" : describeTag(tag);
  return new DataSetError(`Cannot read the file: its meta information ends inside ${where} at offset ${offset}`, {
    offset,
    ...(tag === undefined ? {} : { tag }),
  });
}
