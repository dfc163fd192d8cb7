/**
 * One file of the journal.
 *
 * @module
 */

import { closeSync, existsSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate } from "node:timers";
import { readAt, syncFile, writeFully } from "./file_system.ts";
import { align, encodeRecord, type JournalRecord, RECORD_ALIGNMENT } from "./journal_record.ts";

/**
 * A file of fixed length that was written in full when it was made: overwriting it changes no metadata, so that a flush
 * costs the disk one write.
 */
export class Segment {
  /** Names whose present content is safe here and perhaps nowhere else, with the sequence numbers of their records. */
  readonly names: Map<string, number> = new Map();
  /** Those of them whose records no caller has waited for to be durable. */
  readonly unflushed: Map<string, "object" | "staged"> = new Map();
  readonly path: string;
  /** Whether files that stand here could not be made durable: what the page cache says of them can't be trusted. */
  damaged = false;
  readonly #length: number;
  readonly #slowFlush: number;
  readonly #durable: boolean;
  #descriptor: number;
  #position = 0;
  #failure: unknown;
  #slow = false;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;
  #users = 0;
  #whenUnused: (() => void) | undefined;

  /**
   * Opens the file, or makes it, `length` bytes long. What it holds is not looked at. A flush that took longer than
   * `slowFlush` milliseconds makes the next one leave the event loop free. Unless it is `durable`, nothing is flushed.
   */
  constructor(path: string, { length, slowFlush, durable }: { length: number; slowFlush: number; durable: boolean }) {
    this.path = path;
    this.#length = length;
    this.#slowFlush = slowFlush;
    this.#durable = durable;
    this.#descriptor = openOrCreate(path, length);
  }

  /** Whether nothing was written since it was emptied. */
  get isEmpty(): boolean {
    return this.#position === 0;
  }

  /** Whether a record of that size can be added. */
  hasRoom(space: number): boolean {
    return this.#position + space <= this.#length;
  }

  /** Whether the file is still where it was made. */
  isInPlace(): boolean {
    return existsSync(this.path);
  }

  /** Lets nothing more be added. */
  seal(): void {
    this.#position = this.#length;
  }

  /** The present content of a name is in the record of that number, which may not be `unflushed`. */
  hold(name: string, sequence: number, unflushed: "object" | "staged" | undefined): void {
    this.names.set(name, sequence);
    if (unflushed === undefined || !this.#durable) this.unflushed.delete(name);
    else this.unflushed.set(name, unflushed);
  }

  /** Adds a record; it is durable after the next `flush`. There must be room for it. */
  append(record: JournalRecord): void {
    const start = this.#position;
    const bytes = encodeRecord(record);
    this.#position += align(bytes.length);
    try {
      writeFully(this.#descriptor, bytes, start);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /**
   * Makes all records durable. All calls in one turn of the event loop share a flush: a disk does few in a second, and
   * many associations may be waiting. A fast disk's flush is waited for at once, which costs least; a slow one's is not.
   */
  flush(): Promise<void> {
    if (!this.#durable) return Promise.resolve();
    return this.#nextFlush ??= this.#flushTogether();
  }

  async #flushTogether(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    // A failure of the flush before reaches the callers that waited for it, and #failure keeps it for those that wait now.
    await this.#flushing?.catch(() => {});
    this.#nextFlush = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    const start = performance.now();
    try {
      if (this.#slow) await (this.#flushing = syncFile(this.#descriptor));
      else fdatasyncSync(this.#descriptor);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    this.#slow = performance.now() - start > this.#slowFlush;
  }

  /** After a failed write the content of the disk is unknown: records behind it could not be found again. */
  #fail(error: unknown): void {
    this.#failure = error;
    this.seal();
  }

  /** Marks that a record's object is about to be put in place; `leave` follows. */
  enter(): void {
    this.#users++;
  }

  leave(): void {
    if (--this.#users === 0) this.#whenUnused?.();
  }

  /** Resolves when no caller is between `enter` and `leave`; only for a segment that takes no more records. */
  async unused(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => this.#whenUnused = resolve);
    this.#whenUnused = undefined;
  }

  /** All its bytes. */
  read(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    readAt(this.#descriptor, bytes, 0);
    return bytes;
  }

  /** Makes its records count no longer, durably; makes the file anew when it has vanished. */
  empty(): void {
    if (this.isInPlace()) {
      writeFully(this.#descriptor, new Uint8Array(RECORD_ALIGNMENT), 0);
      if (this.#durable) fdatasyncSync(this.#descriptor);
    } else {
      const old = this.#descriptor;
      this.#descriptor = openOrCreate(this.path, this.#length);
      closeSync(old);
    }
    this.names.clear();
    this.unflushed.clear();
    this.damaged = false;
    this.#failure = undefined;
    this.#position = 0;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function openOrCreate(path: string, length: number): number {
  if (existsSync(path) && statSync(path).size === length) return openSync(path, "r+");
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.new`;
  const descriptor = openSync(unfinished, "w+");
  try {
    const zeros = new Uint8Array(Math.min(length, 1 << 20));
    for (let at = 0; at < length; at += zeros.length) {
      writeFully(descriptor, zeros.subarray(0, Math.min(zeros.length, length - at)), at);
    }
    fsyncSync(descriptor);
    renameSync(unfinished, path);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
