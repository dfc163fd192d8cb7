/**
 * The journal's records as bytes, little-endian:
 *
 *     0  4  "GJR2"
 *     4  4  CRC-32 of all that follows
 *     8  8  sequence number, one more than the record's before
 *    16  8  sequence number below which all staged objects were put in their places
 *    24  2  kind: 1 object, 2 forgotten, 3 staged, 4 removed
 *    26  2  length of the name
 *    28  4  length of the note
 *    32  4  length of the content
 *    36     name, note, then content
 *
 * Each begins on a multiple of 4096, so that writing one can't harm the one before. An earlier version wrote "GJR1": without
 * notes. Its records are read as well.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { isShortNote, MAXIMUM_NOTE } from "../object_store.ts";

/** What each record's place is a multiple of. */
export const RECORD_ALIGNMENT = 4096;

/** Length of what stands before the name. */
export const RECORD_HEADER = 36;

/** Longest content of a record, in bytes. */
export const MAXIMUM_CONTENT = 128 * 1024;

const MAGIC = 0x32524a47;
const KINDS = { object: 1, forgotten: 2, staged: 3, removed: 4 } as const;
const KIND_NAMES: ReadonlyMap<number, RecordKind> = new Map(
  Object.entries(KINDS).map(([name, code]) => [code, name as RecordKind]),
);

/** What "GJR1" had: no notes, nothing staged. */
const OLD_MAGIC = 0x31524a47;
const OLD_HEADER = 24;

/**
 * `object`: the content of a name from now on. `staged`: that content is a file in incoming/, which is about to be moved to
 * its place. `removed`: there is no object of that name from now on. `forgotten`: what older records say of the name no
 * longer counts: it is durable in its place, or was refused in the end.
 */
export type RecordKind = keyof typeof KINDS;

/** The content of a record. */
export interface JournalRecord {
  readonly kind: RecordKind;
  readonly sequence: number;
  /** Staged objects of records before this sequence number were whole on the disk, and in their places. */
  readonly settled: number;
  /** ASCII. */
  readonly name: string;
  /** The note for the account. */
  readonly note: string;
  /** Of an object its bytes, of a staged one a `StagedFile`, else nothing. */
  readonly content: Uint8Array;
}

/** A file in incoming/ that may not be whole on the disk: it was flushed at the same time as the record. */
export interface StagedFile {
  /** Its name there. */
  readonly file: string;
  readonly length: number;
  /** Bytes from here to the end are those that may be missing; their CRC-32. */
  readonly tailStart: number;
  readonly tailCrc: number;
}

/** A staged file as the content of its record. */
export function encodeStaged(staged: StagedFile): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(staged));
}

/** The staged file of a record; undefined for records of other kinds. */
export function stagedFile({ kind, content }: JournalRecord): StagedFile | undefined {
  return kind === "staged" ? JSON.parse(new TextDecoder().decode(content)) : undefined;
}

/** Most room that a record takes in a journal file, in bytes. */
export function recordSpace({ name, note, content }: Pick<JournalRecord, "name" | "note" | "content">): number {
  // Each UTF-16 code unit of a note takes up to three bytes.
  return align(RECORD_HEADER + name.length + 3 * note.length + content.length);
}

/** Where the next record begins behind one of that length. */
export function align(length: number): number {
  return Math.ceil(length / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}

/** Throws RangeError for a note that no record can have. */
export function checkNote(note: string): void {
  if (!isShortNote(note)) throw new RangeError(`Cannot keep a note: expected at most ${MAXIMUM_NOTE} bytes`);
}

/** Records are put together here, so that each is written at once. */
const scratch = new Uint8Array(RECORD_HEADER + 2048 + MAXIMUM_NOTE + MAXIMUM_CONTENT);
const scratchView = new DataView(scratch.buffer);
const encoder = new TextEncoder();

/** A record's bytes, which are good until the next call. Throws as `checkNote` does. */
export function encodeRecord({ kind, sequence, settled, name, note, content }: JournalRecord): Uint8Array {
  checkNote(note);
  encoder.encodeInto(name, scratch.subarray(RECORD_HEADER));
  const noteStart = RECORD_HEADER + name.length;
  const { written: noteLength } = encoder.encodeInto(note, scratch.subarray(noteStart, noteStart + MAXIMUM_NOTE));
  const bytes = scratch.subarray(0, noteStart + noteLength + content.length);
  scratchView.setUint32(0, MAGIC, true);
  setSequence(scratchView, 8, sequence);
  setSequence(scratchView, 16, settled);
  scratchView.setUint16(24, KINDS[kind], true);
  scratchView.setUint16(26, name.length, true);
  scratchView.setUint32(28, noteLength, true);
  scratchView.setUint32(32, content.length, true);
  bytes.set(content, noteStart + noteLength);
  scratchView.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

function setSequence(view: DataView, at: number, sequence: number): void {
  view.setUint32(at, sequence % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(sequence / 2 ** 32), true);
}

function sequenceAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** Whether a journal file, whose first bytes are given, may hold records. */
export function beginsWithRecord(head: Uint8Array): boolean {
  const magic = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  return magic === MAGIC || magic === OLD_MAGIC;
}

/** Every whole record of a journal file, up to the first that is torn or belongs to an earlier use of the file. */
export function* scanRecords(bytes: Uint8Array): Generator<JournalRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let previous: number | undefined;
  for (let at = 0; at + RECORD_HEADER <= bytes.length;) {
    const layout = layoutAt(view, at);
    if (layout === undefined || layout.end > bytes.length) return;
    const { name, note, content, end } = layout;
    const kind = KIND_NAMES.get(layout.kind);
    if (kind === undefined || crc32(bytes.subarray(at + 8, end)) !== view.getUint32(at + 4, true)) return;
    const sequence = sequenceAt(view, at + 8);
    if (previous !== undefined && sequence !== previous + 1) return;
    previous = sequence;
    const text = new TextDecoder();
    yield {
      kind,
      sequence,
      settled: layout.settled,
      name: text.decode(bytes.subarray(name, note)),
      note: text.decode(bytes.subarray(note, content)),
      content: bytes.subarray(content, end),
    };
    at = align(end);
  }
}

/** Where the parts of a record begin, and where it ends; undefined where none is. */
function layoutAt(view: DataView, at: number) {
  const magic = view.getUint32(at, true);
  if (magic === OLD_MAGIC) {
    const name = at + OLD_HEADER;
    const content = name + view.getUint16(at + 18, true);
    const end = content + view.getUint32(at + 20, true);
    return { kind: view.getUint16(at + 16, true), settled: 0, name, note: content, content, end };
  }
  if (magic !== MAGIC) return undefined;
  const name = at + RECORD_HEADER;
  const note = name + view.getUint16(at + 26, true);
  const content = note + view.getUint32(at + 28, true);
  const end = content + view.getUint32(at + 32, true);
  return { kind: view.getUint16(at + 24, true), settled: sequenceAt(view, at + 16), name, note, content, end };
}
