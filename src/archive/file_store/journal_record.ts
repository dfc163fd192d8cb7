/**
 * The journal's records as bytes, little-endian:
 *
 *     0  4  "GJR1"
 *     4  4  CRC-32 of all that follows
 *     8  8  sequence number, one more than the record's before
 *    16  2  kind: 1 object, 2 forgotten
 *    18  2  length of the name
 *    20  4  length of the content
 *    24     name, then content
 *
 * Each begins on a multiple of 4096, so that writing one can't harm the one before.
 *
 * @module
 */

import { crc32 } from "node:zlib";

/** What each record's place is a multiple of. */
export const RECORD_ALIGNMENT = 4096;

/** Length of what stands before the name. */
export const RECORD_HEADER = 24;

/** Longest content of a record, in bytes. */
export const MAXIMUM_CONTENT = 128 * 1024;

const MAGIC = 0x31524a47;
const KINDS = { object: 1, forgotten: 2 } as const;

/** `object`: the content of a name from now on. `forgotten`: what older records say of the name no longer counts. */
export type RecordKind = keyof typeof KINDS;

/** What a record says. */
export interface JournalRecord {
  readonly kind: RecordKind;
  readonly sequence: number;
  /** ASCII. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** Room that a record takes in a journal file, in bytes. */
export function recordSpace(name: string, content: Uint8Array): number {
  return align(RECORD_HEADER + name.length + content.length);
}

function align(length: number): number {
  return Math.ceil(length / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}

/** Records are put together here, so that each is written at once. */
const scratch = new Uint8Array(RECORD_HEADER + 2048 + MAXIMUM_CONTENT);

/** A record's bytes, which are good until the next call. */
export function encodeRecord({ kind, sequence, name, content }: JournalRecord): Uint8Array {
  const nameEnd = RECORD_HEADER + name.length;
  const bytes = scratch.subarray(0, nameEnd + content.length);
  const view = new DataView(scratch.buffer);
  view.setUint32(0, MAGIC, true);
  view.setBigUint64(8, BigInt(sequence), true);
  view.setUint16(16, KINDS[kind], true);
  view.setUint16(18, name.length, true);
  view.setUint32(20, content.length, true);
  new TextEncoder().encodeInto(name, bytes.subarray(RECORD_HEADER));
  bytes.set(content, nameEnd);
  view.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

/** Whether a journal file, whose first bytes are given, may hold records. */
export function beginsWithRecord(head: Uint8Array): boolean {
  return new DataView(head.buffer, head.byteOffset).getUint32(0, true) === MAGIC;
}

/** Every whole record of a journal file, up to the first that is torn or belongs to an earlier use of the file. */
export function* scanRecords(bytes: Uint8Array): Generator<JournalRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let previous: number | undefined;
  for (let at = 0; at + RECORD_HEADER <= bytes.length;) {
    if (view.getUint32(at, true) !== MAGIC) return;
    const nameEnd = at + RECORD_HEADER + view.getUint16(at + 18, true);
    const end = nameEnd + view.getUint32(at + 20, true);
    if (end > bytes.length || crc32(bytes.subarray(at + 8, end)) !== view.getUint32(at + 4, true)) return;
    const sequence = Number(view.getBigUint64(at + 8, true));
    if (previous !== undefined && sequence !== previous + 1) return;
    previous = sequence;
    yield {
      kind: view.getUint16(at + 16, true) === KINDS.object ? "object" : "forgotten",
      sequence,
      name: new TextDecoder().decode(bytes.subarray(at + RECORD_HEADER, nameEnd)),
      content: bytes.subarray(nameEnd, end),
    };
    at = align(end);
  }
}
