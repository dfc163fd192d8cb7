/**
 * Why a small object is durable in half, or a quarter, of the time that its file would take.
 *
 * Making a new file durable makes the file system write its own records too, once for the file and again for its
 * folder. So a small durable object goes, with its name, to the end of a journal file of ours first: one write and one
 * flush, which all share who wait at that moment. Its own file is written as well, at once, but nobody waits for the
 * disk to have it. There are two journal files: when one is full, or has waited for half a minute, the objects that it
 * holds are made durable in their places, several at a time, while the other is used. After a crash, start-up puts every
 * object that the files hold in its place again.
 *
 * @module
 */

import { closeSync, existsSync, fstatSync, openSync, rmSync } from "node:fs";
import { clearTimeout, setTimeout } from "node:timers";
import { readAt, syncFolder } from "./file_system.ts";
import { beginsWithRecord, MAXIMUM_CONTENT, RECORD_HEADER, recordSpace, scanRecords } from "./journal_record.ts";
import type { JournalRecord, RecordKind } from "./journal_record.ts";
import { Segment } from "./journal_segment.ts";

/** How a journal works. */
export interface JournalOptions {
  /** Length of each of the two files in bytes. */
  readonly length: number;
  /** How long records wait in a file that doesn't fill up, in milliseconds. Default: 30 s. */
  readonly longestWait?: number;
  /** A flush that takes longer, in milliseconds, is done off the event loop the next time. Default: 3 ms. */
  readonly slowFlush?: number;
}

/** What a journal asks of the store. */
export interface JournalHost {
  /** Makes objects durable in their places; those that somebody removed don't matter. */
  persist(names: Iterable<string>): Promise<void>;
  /** Writes an object, makes it durable, and puts it in its place if `isWanted` still says so then. */
  restore(name: string, content: Uint8Array, isWanted: () => boolean): Promise<void>;
}

/** The journal of a store that is open. */
export class Journal {
  readonly #host: JournalHost;
  readonly #length: number;
  readonly #longestWait: number;
  #current: Segment;
  #other: Segment;
  #emptying: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  // Records of an earlier life that were never overwritten must not look like the next ones.
  #sequence = Math.floor(Math.random() * 2 ** 48);

  private constructor(host: JournalHost, options: Required<JournalOptions>, current: Segment, other: Segment) {
    this.#host = host;
    this.#length = options.length;
    this.#longestWait = options.longestWait;
    this.#current = current;
    this.#other = other;
  }

  /** Opens the two files below `folder`, after `recoverJournal`. */
  static async open(folder: string, options: JournalOptions, host: JournalHost): Promise<Journal> {
    const { length, longestWait = 30_000, slowFlush = 3 } = options;
    const [first, second] = segmentPaths(folder);
    const current = new Segment(first, { length, slowFlush });
    try {
      const other = new Segment(second, { length, slowFlush });
      await syncFolder(folder);
      return new Journal(host, { length, longestWait, slowFlush }, current, other);
    } catch (error) {
      current.close();
      throw error;
    }
  }

  /** Whether the present content of a name is safe here. */
  holds(name: string): boolean {
    return this.#current.names.has(name) || this.#other.names.has(name);
  }

  /** Longest object that it takes, in bytes; larger ones are as quick without a journal. */
  get maximumContent(): number {
    return Math.min(MAXIMUM_CONTENT, this.#length >> 2);
  }

  /** Makes an object durable, and then calls `publish`, which puts it in its place without any waiting. */
  keep(name: string, content: Uint8Array, publish: () => void): Promise<void> {
    return this.#add("object", name, content, (segment, sequence) => {
      publish();
      segment.names.set(name, sequence);
    });
  }

  /** Makes a name's object durable in its place, so that it may be replaced without the journal's knowing. */
  async release(name: string): Promise<void> {
    if (!this.holds(name)) return;
    if (this.#other.damaged) await this.#emptyOther();
    await this.#host.persist([name]);
    await this.#add("forgotten", name, new Uint8Array(0), () => {
      this.#current.names.delete(name);
      this.#other.names.delete(name);
    });
  }

  /** Makes all objects durable in their places, and closes the files. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      if (!this.#current.isEmpty) await this.#rotate(this.#current);
      await this.#emptyOther();
    } finally {
      this.#current.close();
      this.#other.close();
    }
  }

  async #add(
    kind: RecordKind,
    name: string,
    content: Uint8Array,
    whenDurable: (segment: Segment, sequence: number) => void,
  ): Promise<void> {
    const space = recordSpace(name, content);
    while (!this.#hasRoom(space)) await this.#rotate(this.#current);
    const segment = this.#current;
    if (segment.isEmpty) this.#rotateLater(segment);
    segment.enter();
    try {
      const sequence = this.#sequence++;
      segment.append({ kind, sequence, name, content });
      await segment.flush();
      whenDurable(segment, sequence);
    } finally {
      segment.leave();
    }
  }

  #hasRoom(space: number): boolean {
    if (!this.#current.isInPlace()) this.#current.seal();
    return this.#current.hasRoom(space);
  }

  #rotateLater(segment: Segment): void {
    clearTimeout(this.#timer);
    // A failure shows when the room is needed.
    this.#timer = setTimeout(() => void this.#rotate(segment).catch(() => {}), this.#longestWait);
    this.#timer.unref();
  }

  /** Goes on in the other file, as soon as it is empty, and begins to empty `full`. */
  async #rotate(full: Segment): Promise<void> {
    if (!this.#other.isEmpty) await this.#emptyOther();
    if (this.#current !== full) return;
    this.#current = this.#other;
    this.#other = full;
    this.#emptyOther().catch(() => {});
  }

  #emptyOther(): Promise<void> {
    return this.#emptying ??= this.#empty(this.#other).finally(() => this.#emptying = undefined);
  }

  async #empty(segment: Segment): Promise<void> {
    if (segment.isEmpty) return;
    await segment.unused();
    if (segment.damaged) await this.#restore(segment);
    try {
      await this.#host.persist(segment.names.keys());
    } catch (error) {
      segment.damaged = true;
      throw error;
    }
    segment.empty();
  }

  /** Writes a segment's objects again: after a failed flush of a file, flushing it again proves nothing. */
  async #restore(segment: Segment): Promise<void> {
    for (const { name, sequence, content } of scanRecords(segment.read())) {
      const isWanted = () => segment.names.get(name) === sequence && !this.#current.names.has(name);
      if (isWanted()) await this.#host.restore(name, content, isWanted);
    }
  }
}

/**
 * Puts every object that the journal files below `folder` hold in its place, durably, and removes these files.
 *
 * @returns How many there were
 */
export async function recoverJournal(folder: string, host: JournalHost): Promise<number> {
  const files = segmentPaths(folder).map((path) => ({ path, records: readRecords(path) }));
  const records = files.flatMap((file) => file.records).sort((a, b) => a.sequence - b.sequence);
  const latest = new Map(records.map((record) => [record.name, record]));
  const objects = [...latest.values()].filter((record) => record.kind === "object");
  for (const { name, content } of objects) await host.restore(name, content, () => true);
  await host.persist(objects.map((record) => record.name));
  for (const file of files) if (file.records.length > 0) rmSync(file.path);
  return objects.length;
}

function segmentPaths(folder: string): [string, string] {
  return [`${folder}/1`, `${folder}/2`];
}

function readRecords(path: string): JournalRecord[] {
  if (!existsSync(path)) return [];
  const descriptor = openSync(path, "r");
  try {
    // Mostly there are none, and the file needn't be read.
    const head = new Uint8Array(RECORD_HEADER);
    if (readAt(descriptor, head, 0) < RECORD_HEADER || !beginsWithRecord(head)) return [];
    const bytes = new Uint8Array(fstatSync(descriptor).size);
    return [...scanRecords(bytes.subarray(0, readAt(descriptor, bytes, 0)))];
  } finally {
    closeSync(descriptor);
  }
}
