/**
 * What the journal's files make of a store after a crash.
 *
 * @module
 */

import { closeSync, existsSync, fstatSync, openSync, rmSync } from "node:fs";
import { crc32 } from "node:zlib";
import { checkObjectName, type UnsettledObject } from "../object_store.ts";
import { readAt } from "./file_system.ts";
import { segmentPaths } from "./journal.ts";
import { beginsWithRecord, type JournalRecord, RECORD_HEADER, scanRecords } from "./journal_record.ts";
import { type StagedFile, stagedFile } from "./journal_record.ts";

/** What recovery asks of the store. */
export interface RecoveryHost {
  /** Where the object of a name is. */
  pathOf(name: string): string;
  /** Where a staged file is. */
  pathOfStaged(file: string): string;
  /** Puts objects in their places, several at a time. */
  restoreAll(objects: readonly { readonly name: string; readonly content: Uint8Array }[]): Promise<void>;
  /** Removes an object, durably if that is wanted. */
  remove(name: string, durable: boolean): Promise<void>;
  /** Makes the folder of an object, durably. */
  settle(name: string): Promise<void>;
  /** Puts a staged file in its place. */
  placeStaged(file: string, name: string): void;
  /** Makes objects durable in their places. */
  persist(names: Iterable<string>): Promise<void>;
}

/** What was found in the journal. */
export interface RecoveredJournal {
  /** Objects that are in their places now, and of which the account may not have heard; in the order of their records. */
  readonly unsettled: readonly UnsettledObject[];
  /** Removes the files that hold them. */
  forget(): void;
}

/** Puts every object that the journal files below `folder` hold in its place, durably. */
export async function recoverJournal(folder: string, host: RecoveryHost): Promise<RecoveredJournal> {
  const files = segmentPaths(folder).map((path) => ({ path, records: readRecords(path) }));
  const records = files.flatMap((file) => file.records).sort((a, b) => a.sequence - b.sequence);
  for (const { name } of records) checkObjectName(name);
  const settled = records.reduce((latest, record) => Math.max(latest, record.settled), 0);
  const latest = new Map<string, JournalRecord>();
  for (const record of records) {
    if (record.kind === "staged" && !isWhole(record, settled, host)) continue;
    latest.delete(record.name);
    if (record.kind !== "forgotten") latest.set(record.name, record);
  }
  const live = [...latest.values()].filter(({ kind }) => kind !== "removed");
  for (const { kind, name } of latest.values()) if (kind === "removed") await host.remove(name, true);
  for (const record of live) {
    const { file } = stagedFile(record) ?? {};
    if (file === undefined || !existsSync(host.pathOfStaged(file))) continue;
    await host.settle(record.name);
    host.placeStaged(file, record.name);
  }
  await host.restoreAll(live.filter(({ kind }) => kind === "object"));
  await host.persist(live.map(({ name }) => name));
  return {
    unsettled: live.map(({ name, note }) => ({ name, note })),
    forget() {
      for (const { path, records } of files) if (records.length > 0) rmSync(path);
    },
  };
}

/** Whether the object of a staged record is whole, in incoming/ or in its place already. */
function isWhole(record: JournalRecord, settled: number, host: RecoveryHost): boolean {
  const staged = stagedFile(record)!;
  const incoming = host.pathOfStaged(staged.file);
  const path = existsSync(incoming) ? incoming : host.pathOf(record.name);
  return existsSync(path) && matches(path, staged, record.sequence >= settled);
}

const PIECE_LENGTH = 1024 * 1024;

/** Whether a file has the length that a record says and, unless that is known, the same bytes at its end. */
function matches(path: string, { length, tailStart, tailCrc }: StagedFile, doubtful: boolean): boolean {
  const descriptor = openSync(path, "r");
  try {
    if (fstatSync(descriptor).size !== length) return false;
    if (!doubtful) return true;
    const piece = new Uint8Array(PIECE_LENGTH);
    let crc = 0;
    for (let at = tailStart; at < length; at += PIECE_LENGTH) {
      crc = crc32(piece.subarray(0, readAt(descriptor, piece, at)), crc);
    }
    return crc === tailCrc;
  } finally {
    closeSync(descriptor);
  }
}

/** Longest file of a journal, in bytes: it is read in one piece. */
export const MAXIMUM_JOURNAL_LENGTH: number = 1024 ** 3;

function readRecords(path: string): JournalRecord[] {
  if (!existsSync(path)) return [];
  const descriptor = openSync(path, "r");
  try {
    // Mostly there are none, and the file needn't be read.
    const head = new Uint8Array(RECORD_HEADER);
    if (readAt(descriptor, head, 0) < RECORD_HEADER || !beginsWithRecord(head)) return [];
    const { size } = fstatSync(descriptor);
    if (size > MAXIMUM_JOURNAL_LENGTH) {
      throw new Error(
        `Cannot read the journal ${path}: it has ${size} bytes, expected ${MAXIMUM_JOURNAL_LENGTH} at most`,
      );
    }
    const bytes = new Uint8Array(size);
    return [...scanRecords(bytes.subarray(0, readAt(descriptor, bytes, 0)))];
  } finally {
    closeSync(descriptor);
  }
}
