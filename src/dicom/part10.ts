/**
 * The DICOM File Format: preamble and File Meta Information in front of a data set (PS3.10 section 7).
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { isPrintableAscii, writeAscii } from "./ascii.ts";
import { SHORTEST_HEADER } from "./encoding/element_header.ts";
import {
  type FileHeader,
  type FileMeta,
  MAXIMUM_META_VALUE,
  META_ELEMENTS,
  PREAMBLE_LENGTH,
  PREFIX,
  readHeaderSoFar,
} from "./file_header.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "./implementation.ts";
import { groupOf } from "./tag.ts";
import { nameTag } from "./names.ts";

export type { FileHeader, FileMeta } from "./file_header.ts";

/** What to say in new File Meta Information. */
export interface NewFileMeta {
  /** SOP Class UID of the data set. */
  readonly sopClassUid: string;
  /** SOP Instance UID of the data set. */
  readonly sopInstanceUid: string;
  /** Transfer syntax UID of the data set. */
  readonly transferSyntax: string;
  /** AE title of the application that wrote the content. */
  readonly sourceAeTitle?: string;
  /** AE title of the application that sent it over the network. */
  readonly sendingAeTitle?: string;
  /** AE title of the application that received it over the network. */
  readonly receivingAeTitle?: string;
}

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
      throw new DataSetError(`Cannot write ${nameTag(tag)}: expected ${expected}`, { tag, expected });
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
 * Meta information ends where its group length says, if an element ends there; else with its group. Tolerated with a warning:
 * no preamble, no prefix, no meta information at all, a group length that is missing or wrong, meta information in another
 * encoding than Explicit VR Little Endian, no transfer syntax. Throws `DataSetError` for what is no DICOM or ends early,
 * `LimitError` for meta information above 1 MiB.
 */
export function readFileHeader(bytes: Uint8Array, options: { ended?: boolean } = {}): FileHeader | undefined {
  const read = readHeaderSoFar(bytes, options.ended ?? false);
  if (read?.error !== undefined) throw read.error;
  return read?.header;
}

function even(length: number): number {
  return length + length % 2;
}
