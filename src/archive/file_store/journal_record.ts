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

const MAGIC = 0x31524a47;
const KINDS = { object: 1, forgotten: 2 } as const;

/** `object`: the content of a name from now on. `forgotten`: what older records say of the name no longer counts. */
export type RecordKind = keyof typeof KINDS;

/** Room that a record takes, in bytes. */
export function recordSpace(name: string, contentLength: number): number {
  return Math.ceil((RECORD_HEADER + name.length + contentLength) / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}

/**
 * Writes header and name (ASCII) to the start of `into`; `sealRecord` makes it valid.
 *
 * @returns The length of both
 */
export function encodeRecordHead(
  into: Uint8Array,
  record: { kind: RecordKind; sequence: number; name: string; contentLength: number },
): number {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint32(0, MAGIC, true);
  view.setBigUint64(8, BigInt(record.sequence), true);
  view.setUint16(16, KINDS[record.kind], true);
  view.setUint16(18, record.name.length, true);
  view.setUint32(20, record.contentLength, true);
  new TextEncoder().encodeInto(record.name, into.subarray(RECORD_HEADER));
  return RECORD_HEADER + record.name.length;
}

/** Carries on a checksum: `previous` is that of the bytes before. */
export function checksum(bytes: Uint8Array, previous = 0): number {
  return crc32(bytes, previous);
}

/** Puts the checksum of all that follows it into a record's head. */
export function sealRecord(head: Uint8Array, sum: number): void {
  new DataView(head.buffer, head.byteOffset, head.byteLength).setUint32(4, sum, true);
}

/** Whether a journal file, whose first bytes are given, may hold records. */
export function beginsWithRecord(head: Uint8Array): boolean {
  return new DataView(head.buffer, head.byteOffset).getUint32(0, true) === MAGIC;
}

/** A record as it was found. */
export interface FoundRecord {
  readonly kind: RecordKind;
  readonly sequence: number;
  readonly name: string;
  /** A view of what was scanned. */
  readonly content: Uint8Array;
}

/** Every whole record of a journal file, up to the first that is torn or belongs to an earlier use of the file. */
export function* scanRecords(bytes: Uint8Array): Generator<FoundRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let previous: number | undefined;
  for (let at = 0; at + RECORD_HEADER <= bytes.length;) {
    if (view.getUint32(at, true) !== MAGIC) return;
    const nameEnd = at + RECORD_HEADER + view.getUint16(at + 18, true);
    const end = nameEnd + view.getUint32(at + 20, true);
    if (end > bytes.length || checksum(bytes.subarray(at + 8, end)) !== view.getUint32(at + 4, true)) return;
    const sequence = Number(view.getBigUint64(at + 8, true));
    if (previous !== undefined && sequence !== previous + 1) return;
    previous = sequence;
    yield {
      kind: view.getUint16(at + 16, true) === KINDS.object ? "object" : "forgotten",
      sequence,
      name: new TextDecoder().decode(bytes.subarray(at + RECORD_HEADER, nameEnd)),
      content: bytes.subarray(nameEnd, end),
    };
    at = Math.ceil(end / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
  }
}
