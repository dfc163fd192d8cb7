/**
 * An object on its way into the file store.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { checkObjectName, type CommitOptions, type PendingObject } from "../object_store.ts";
import { syncFile, writeFully } from "./file_system.ts";
import { notKept } from "./not_kept.ts";
import { readOpen } from "./read_file.ts";
import type { TemporaryFile } from "./temporary_file.ts";

/** Bytes that are collected before they are written; larger pieces are written as they come. */
const BUFFER_LENGTH = 256 * 1024;

/** Pieces from this length on are not copied together. */
const LARGE_PIECE = 32 * 1024;

/** How much of a large durable object is left to the end, in bytes: the rest is on the disk by then. */
const WRITE_BEHIND = 32 * 1024 * 1024;

/** Buffers that are kept for the next objects. */
const SPARE_BUFFERS = 8;
const spareBuffers: Uint8Array[] = [];

/** What a pending file asks of the store. */
export interface PendingFileHost {
  readonly durable: boolean;
  /** Takes room for that many bytes; throws if too little is left. */
  takeRoom(bytes: number): void;
  /** Opens a new temporary file for writing and reading. */
  openTemporary(): TemporaryFile;
  /** Puts an object that is written to its end under its name. */
  commit(file: PendingFile, name: string, options: CommitOptions): Promise<void>;
}

/** Keeps the first bytes in memory, so that a small object's file is opened, written and closed in one go. */
export class PendingFile implements PendingObject {
  readonly #host: PendingFileHost;
  #size = 0;
  #buffer: Uint8Array | undefined;
  #buffered = 0;
  #file: TemporaryFile | undefined;
  /** Bytes that are in the file. */
  #written = 0;
  /** Where the bytes begin that no flush has begun for, and their CRC-32. */
  #tailStart = 0;
  #tailCrc = 0;
  #syncing: Promise<void> | undefined;
  /** The flush before that one, when no caller has its result yet: the next `write` ends with it. */
  #awaited: Promise<void> | undefined;
  #ended = false;

  constructor(host: PendingFileHost) {
    this.#host = host;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#ended) throw new TypeError("Cannot write to an object: it was committed or discarded");
    this.#host.takeRoom(bytes.length);
    this.#size += bytes.length;
    const isLarge = bytes.length >= LARGE_PIECE;
    try {
      if (this.#buffered + bytes.length > BUFFER_LENGTH || (isLarge && this.#file !== undefined)) this.#writeBuffered();
      if (bytes.length > BUFFER_LENGTH || (isLarge && this.#file !== undefined)) this.#writeOut(bytes);
      else this.#collect(bytes);
    } catch (error) {
      throw notKept(error);
    }
    const awaited = this.#awaited;
    this.#awaited = undefined;
    return awaited?.catch((error) => Promise.reject(notKept(error)));
  }

  read(start: number): AsyncIterable<Uint8Array> {
    if (this.#ended) throw new TypeError("Cannot read an object: it was committed or discarded");
    const { content } = this;
    if (content !== undefined) return once(content.slice(start));
    try {
      return readOpen(this.complete().descriptor, { start, end: this.#size });
    } catch (error) {
      throw notKept(error);
    }
  }

  async commit(name: string, options: CommitOptions = {}): Promise<void> {
    if (this.#ended) throw new TypeError("Cannot commit an object: it was committed or discarded");
    this.#ended = true;
    try {
      checkObjectName(name);
      await this.#host.commit(this, name, options);
    } catch (error) {
      throw notKept(error);
    } finally {
      await this.#cleanUp();
    }
  }

  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#cleanUp();
  }

  /** All bytes, while they are few enough to be in memory. */
  get content(): Uint8Array | undefined {
    if (this.#buffered < this.#size) return undefined;
    return this.#buffer?.subarray(0, this.#buffered) ?? new Uint8Array(0);
  }

  /** Writes what is still in memory, so that the whole object is in the temporary file, which it returns. */
  complete(): TemporaryFile {
    this.#file ??= this.#host.openTemporary();
    if (this.#buffered > 0 && this.#buffered < this.#size) this.#writeBuffered();
    else if (this.#buffered > 0) writeFully(this.#file.descriptor, this.#buffer!.subarray(0, this.#buffered), 0);
    return this.#file;
  }

  /** What may not be on the disk of an object that is complete: where it begins, and its CRC-32. The rest is there. */
  async tail(): Promise<{ tailStart: number; tailCrc: number }> {
    if (!this.#host.durable) return { tailStart: this.#size, tailCrc: 0 };
    const { content } = this;
    if (content !== undefined) return { tailStart: 0, tailCrc: crc32(content) };
    await this.#syncing;
    return { tailStart: this.#tailStart, tailCrc: this.#tailCrc };
  }

  #collect(bytes: Uint8Array): void {
    this.#buffer ??= spareBuffers.pop() ?? new Uint8Array(BUFFER_LENGTH);
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  #writeBuffered(): void {
    if (this.#buffered === 0) return;
    const bytes = this.#buffer!.subarray(0, this.#buffered);
    this.#buffered = 0;
    this.#writeOut(bytes);
  }

  #writeOut(bytes: Uint8Array): void {
    this.#file ??= this.#host.openTemporary();
    writeFully(this.#file.descriptor, bytes, null);
    this.#written += bytes.length;
    if (!this.#host.durable) return;
    this.#tailCrc = crc32(bytes, this.#tailCrc);
    if (this.#written - this.#tailStart >= WRITE_BEHIND) this.#syncBehind(this.#file.descriptor);
  }

  /** Begins to make durable what is written so far; what is waited for is the time before, so that writing goes on. */
  #syncBehind(descriptor: number): void {
    this.#tailStart = this.#written;
    this.#tailCrc = 0;
    const before = this.#syncing;
    this.#syncing = (before ?? Promise.resolve()).then(() => syncFile(descriptor));
    this.#syncing.catch(() => {});
    this.#awaited = before;
  }

  async #cleanUp(): Promise<void> {
    if (this.#buffer !== undefined && spareBuffers.length < SPARE_BUFFERS) spareBuffers.push(this.#buffer);
    this.#buffer = undefined;
    if (this.#syncing !== undefined) await this.#syncing.catch(() => {});
    this.#file?.discard();
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  if (bytes.length > 0) yield bytes;
}
