/**
 * A position in bytes that arrive in chunks.
 *
 * @module
 */

import { concatenate } from "../../streams/concatenate.ts";
import {
  type Encoding,
  LONGEST_HEADER,
  type MutableElementHeader,
  readElementHeader,
  SHORTEST_HEADER,
} from "./element_header.ts";

const NONE = new Uint8Array(0);

/** Bytes of the buffer for a value that comes in parts, at first. */
const SMALLEST_BUFFER = 256;

/**
 * How many times as large it grows: the one before the last takes little on top, and one that was made for a value that
 * doesn't come is at most so many times what came, of which nothing but that is in memory.
 */
const GROWTH = 32;

/** Reads element headers and values across chunk boundaries. It copies only what lies on both sides of one. */
export class ChunkCursor {
  /** The present chunk, where in it the cursor is, and how many bytes were before it. */
  #bytes: Uint8Array = NONE;
  #position = 0;
  #base: number;
  /** The beginning of a header whose rest is to come; made when there is one. */
  #carry: Uint8Array = NONE;
  #carried = 0;
  /** A value that is taken: a view of a chunk, or what came of it so far in a buffer that grows up to its length. */
  #value: Uint8Array = NONE;
  #filled = 0;

  /** A cursor at the first byte, whose offset is `base`. */
  constructor(base = 0) {
    this.#base = base;
  }

  /** Bytes before the cursor. */
  get offset(): number {
    return this.#base + this.#position - this.#carried;
  }

  /** Whether only a part of a header is there. */
  get insideHeader(): boolean {
    return this.#carried > 0;
  }

  /** The part of a header that is there: a copy. */
  partOfHeader(): Uint8Array {
    return this.#carry.slice(0, this.#carried);
  }

  /** Moves to the end of what was pushed; returns what it moved over, a view. */
  takeRest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#position);
    this.#position = this.#bytes.length;
    return rest;
  }

  /** Adds a chunk. It has to stay as it is until the cursor has come to its end, and views of it are no longer in use. */
  push(chunk: Uint8Array): void {
    const unread = this.#bytes.subarray(this.#position);
    this.#base += this.#position;
    this.#position = 0;
    this.#bytes = unread.length === 0 ? chunk : concatenate([unread, chunk]);
  }

  /** The next 8 bytes, without moving; undefined when they are not there yet. */
  peekHeader(): Uint8Array | undefined {
    if (this.#carried === 0 && this.#bytes.length - this.#position >= SHORTEST_HEADER) {
      return this.#bytes.subarray(this.#position, this.#position + SHORTEST_HEADER);
    }
    this.#carryMore();
    return this.#carried < SHORTEST_HEADER ? undefined : this.#carry.subarray(0, SHORTEST_HEADER);
  }

  /** Reads a header with its offsets, and moves behind it. False when it is not wholly there yet. */
  readHeader(encoding: Encoding, header: MutableElementHeader): boolean {
    const offset = this.offset;
    let size: number;
    if (this.#carried === 0) {
      size = readElementHeader(this.#bytes, this.#position, this.#bytes.length, encoding, header);
      if (size === 0) {
        this.#carryMore();
        return false;
      }
      this.#position += size;
    } else {
      this.#carryMore();
      size = readElementHeader(this.#carry, 0, this.#carried, encoding, header);
      if (size === 0) return false;
      // What was gathered beyond the header is the value's.
      this.#position -= this.#carried - size;
      this.#carried = 0;
    }
    header.offset = offset;
    header.valueOffset = offset + size;
    return true;
  }

  /** Moves over up to `count` bytes; returns how many are still to come. */
  skip(count: number): number {
    const available = Math.min(count, this.#bytes.length - this.#position);
    this.#position += available;
    return count - available;
  }

  /** Moves over `count` bytes that are not going to be pushed, after all that were. */
  leaveOut(count: number): void {
    this.#base += this.#position + count;
    this.#position = 0;
    this.#bytes = NONE;
  }

  /** As `skip()`, and keeps the bytes for `taken()`. */
  take(count: number): number {
    const start = this.#position;
    const left = this.skip(count);
    const bytes = this.#bytes.subarray(start, this.#position);
    if (left === 0 && this.#filled === 0) this.#value = bytes;
    else this.#keep(bytes, this.#filled + count);
    return left;
  }

  /** All that was taken since the last call: a view of a chunk when it lies in one. */
  taken(): Uint8Array {
    const value = this.#value;
    this.#value = NONE;
    this.#filled = 0;
    return value;
  }

  /** Copies a part of a value of `length` bytes, so that no chunk has to outlive the next one. */
  #keep(bytes: Uint8Array, length: number): void {
    const end = this.#filled + bytes.length;
    if (end > this.#value.length) {
      const grown = new Uint8Array(Math.max(end, nextSize(this.#value.length, length)));
      grown.set(this.#value.subarray(0, this.#filled));
      this.#value = grown;
    }
    this.#value.set(bytes, this.#filled);
    this.#filled = end;
  }

  #carryMore(): void {
    const count = Math.min(LONGEST_HEADER - this.#carried, this.#bytes.length - this.#position);
    if (count === 0) return;
    if (this.#carry === NONE) this.#carry = new Uint8Array(LONGEST_HEADER);
    this.#carry.set(this.#bytes.subarray(this.#position, this.#position + count), this.#carried);
    this.#carried += count;
    this.#position += count;
  }
}

/** The size of the buffer after one of `size` bytes, for a value of `length` bytes. */
function nextSize(size: number, length: number): number {
  const next = Math.max(GROWTH * size, SMALLEST_BUFFER);
  if (next >= length) return length;
  return Math.min(next, Math.ceil(length / GROWTH));
}
