/**
 * Why a durable object waits for one flush, and why no crash comes between an object and its account.
 *
 * Making a new file durable makes the file system write its own records too, once for the file and again for its folder.
 * And the account of the objects, an index, would have to be flushed after that. So every object is first a record at the
 * end of a journal file of ours, with its name and its note, which is all that the account needs. The record contains a
 * small object as a whole: one write and one flush, which all callers that wait at that moment share. A large object is in
 * a file of incoming/ that is flushed at the same time as the record. The record says what the end of the file has to look
 * like: start-up checks that where no caller can have been told yet that both flushes had ended. Then the file is put in
 * its place, and the account gets the note, but no caller waits until the disk has either.
 *
 * There are two journal files: when one is full, or has waited for half a minute, the objects that it holds are made durable
 * in their places, several at a time, and so is the account, while the other is used. After a crash, start-up puts every
 * object that the files hold in its place again, and gives its note to the account.
 *
 * Without durability all is the same, but that nothing is flushed, and every object is in a file of its own: that is enough
 * for the end of the process alone.
 *
 * For a caller that doesn't wait for the flush, it begins all the same: soon after, the object is as safe as the others.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "node:timers";
import { syncFolder } from "./file_system.ts";
import { checkNote, encodeStaged, MAXIMUM_CONTENT, recordSpace, scanRecords } from "./journal_record.ts";
import type { RecordKind, StagedFile } from "./journal_record.ts";
import { Segment } from "./journal_segment.ts";

/** How a journal works. */
export interface JournalOptions {
  /** Length of each of the two files in bytes. */
  readonly length: number;
  /** Whether records have to survive the loss of power. Default: true. */
  readonly durable?: boolean;
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
  /** The same with the bytes of the existing object. */
  renew(name: string, isWanted: () => boolean): Promise<void>;
  /** Makes durable whatever the account was told. */
  syncAccount(): Promise<void>;
}

/** A staged file, and what makes it durable. */
export interface Staged extends StagedFile {
  flush(): Promise<void>;
}

/** What to do when an object's record is durable: put it in its place, and tell the account. */
export type Publish = () => void | Promise<void>;

/** Whether to wait until an object is durable. */
interface Waits {
  readonly flush: boolean;
}

const WAITS: Waits = { flush: true };

/** Names of the two files below a journal's folder. */
export function segmentPaths(folder: string): [string, string] {
  return [`${folder}/1`, `${folder}/2`];
}

/** The journal of a store that is open. */
export class Journal {
  readonly #host: JournalHost;
  readonly #options: Required<JournalOptions>;
  #current: Segment;
  #other: Segment;
  #emptying: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  // Records of an earlier life that were never overwritten must not look like the next ones.
  #sequence = Math.floor(Math.random() * 2 ** 48);
  /** Staged objects that are not in their places yet, or never came there, and the segments of their records. */
  readonly #unplaced = new Map<number, Segment>();

  private constructor(host: JournalHost, options: Required<JournalOptions>, current: Segment, other: Segment) {
    this.#host = host;
    this.#options = options;
    this.#current = current;
    this.#other = other;
  }

  /** Opens the two files below `folder`, after `recoverJournal`. */
  static async open(folder: string, options: JournalOptions, host: JournalHost): Promise<Journal> {
    const all = { durable: true, longestWait: 30_000, slowFlush: 3, ...options };
    const [first, second] = segmentPaths(folder);
    const current = new Segment(first, all);
    try {
      const other = new Segment(second, all);
      if (all.durable) await syncFolder(folder);
      return new Journal(host, all, current, other);
    } catch (error) {
      current.close();
      throw error;
    }
  }

  /** Whether the present content of a name is safe here, or will be after the next flush. */
  holds(name: string): boolean {
    return this.#segmentOf(name) !== undefined;
  }

  /** Makes durable what it holds and was kept without waiting for that. */
  async flushed(name: string): Promise<void> {
    const segment = this.#segmentOf(name);
    const kind = segment?.unflushed.get(name);
    if (segment === undefined || kind === undefined) return;
    const sequence = segment.names.get(name);
    const persisted = kind === "staged" ? this.#host.persist([name]) : Promise.resolve();
    await bothEnd(segment.flush(), persisted);
    if (segment.names.get(name) === sequence) segment.unflushed.delete(name);
  }

  #segmentOf(name: string): Segment | undefined {
    return [this.#current, this.#other].find(({ names }) => names.has(name));
  }

  /** Longest object whose bytes it takes; larger ones are staged, and so are all that need not be durable. */
  get maximumContent(): number {
    const { durable, length } = this.#options;
    return durable ? Math.min(MAXIMUM_CONTENT, length >> 2) : -1;
  }

  /** Makes a small object durable, and then publishes it; without `flush` the end of the process alone does it no harm. */
  keep(name: string, note: string, content: Uint8Array, publish: Publish, { flush }: Waits = WAITS): Promise<void> {
    return this.#add({ kind: "object", name, note, content }, async (segment, sequence) => {
      if (flush) await segment.flush();
      await publish();
      segment.hold(name, sequence, flush ? undefined : "object");
      if (!flush) this.#flushLater(segment, name, sequence, () => segment.flush());
    });
  }

  /** The same for a large object. */
  stage(name: string, note: string, staged: Staged, publish: Publish, { flush }: Waits = WAITS): Promise<void> {
    const { file, length, tailStart, tailCrc } = staged;
    const content = encodeStaged({ file, length, tailStart, tailCrc });
    return this.#add({ kind: "staged", name, note, content }, async (segment, sequence) => {
      if (flush && this.#options.durable) await bothEnd(segment.flush(), staged.flush());
      await publish();
      // Only now may start-up rely on the file without looking at it. What failed, or was not flushed, is looked at.
      if (flush) this.#unplaced.delete(sequence);
      segment.hold(name, sequence, flush ? undefined : "staged");
      if (!flush) this.#flushLater(segment, name, sequence, () => bothEnd(segment.flush(), staged.flush()));
    });
  }

  /** Makes durable what is in its place, while others go on. Until then the segment is in use. */
  async #flushLater(segment: Segment, name: string, sequence: number, flush: () => Promise<void>): Promise<void> {
    if (!this.#options.durable) return;
    segment.enter();
    try {
      await flush();
      this.#unplaced.delete(sequence);
      if (segment.names.get(name) === sequence) segment.unflushed.delete(name);
    } catch {
      // What the page cache has is written again before the journal forgets the object.
      segment.damaged = true;
    } finally {
      segment.leave();
    }
  }

  /** Has a name mean no object any more, durably, and then calls `remove`. */
  async remove(name: string, remove: Publish): Promise<void> {
    if (this.#current.isEmpty && this.#other.isEmpty) return await remove();
    if (this.#other.damaged) await this.#emptyOther();
    await this.#add({ kind: "removed", name, note: "", content: new Uint8Array(0) }, async (segment) => {
      await segment.flush();
      this.#current.names.delete(name);
      this.#other.names.delete(name);
      await remove();
    });
  }

  /**
   * Has no crash bring an object whose record may be written, but which could not be put in its place and was refused. What
   * stands there is made durable first, and so is the account of it: its own records don't count any more either.
   */
  async withdraw(name: string): Promise<void> {
    if (this.#other.damaged) await this.#emptyOther();
    if (this.holds(name)) {
      if (this.#options.durable) await this.#host.persist([name]);
      await this.#host.syncAccount();
    }
    await this.#add({ kind: "forgotten", name, note: "", content: new Uint8Array(0) }, (segment) => segment.flush());
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
    record: { kind: RecordKind; name: string; note: string; content: Uint8Array },
    finish: (segment: Segment, sequence: number) => Promise<void>,
  ): Promise<void> {
    // A record that can't be written must not take a number: nothing behind a gap is found again.
    checkNote(record.note);
    const space = recordSpace(record);
    while (!this.#hasRoom(space)) await this.#rotate(this.#current);
    const segment = this.#current;
    if (segment.isEmpty) this.#rotateLater(segment);
    segment.enter();
    try {
      const sequence = this.#sequence++;
      if (record.kind === "staged") this.#unplaced.set(sequence, segment);
      const [settled = sequence] = this.#unplaced.keys();
      segment.append({ ...record, sequence, settled });
      await finish(segment, sequence);
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
    this.#timer = setTimeout(() => void this.#rotate(segment).catch(() => {}), this.#options.longestWait);
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
    if (this.#options.durable) await this.#persist(segment);
    await this.#host.syncAccount();
    segment.empty();
    for (const [sequence, its] of this.#unplaced) if (its === segment) this.#unplaced.delete(sequence);
  }

  async #persist(segment: Segment): Promise<void> {
    if (segment.damaged) await this.#restore(segment);
    try {
      await this.#host.persist(segment.names.keys());
    } catch (error) {
      segment.damaged = true;
      throw error;
    }
  }

  /** Writes a segment's objects again: after a failed flush of a file, flushing it again proves nothing. */
  async #restore(segment: Segment): Promise<void> {
    for (const { kind, name, sequence, content } of scanRecords(segment.read())) {
      const isWanted = () => segment.names.get(name) === sequence && !this.#current.names.has(name);
      if (!isWanted()) continue;
      if (kind === "staged") await this.#host.renew(name, isWanted);
      else await this.#host.restore(name, content, isWanted);
    }
  }
}

/** Waits for both to end; throws what the first failed with, else the second. */
async function bothEnd(one: Promise<void>, other: Promise<void>): Promise<void> {
  for (const result of await Promise.allSettled([one, other])) if (result.status === "rejected") throw result.reason;
}
