/**
 * Frames put together from Pixel Data as they pass by.
 *
 * @module
 */

import type { CodecName } from "../compression.ts";
import { malformed } from "../pixel_data_error.ts";

/** Frames whose offsets are remembered; those of more are told apart by where codestreams begin. */
export const MOST_OFFSETS = 0x10_0000;

/** Cuts native Pixel Data into frames. */
export class NativeFrames {
  readonly #length: number;
  readonly #emit: (frame: Uint8Array) => void;
  #left: number;
  #frame: Uint8Array;
  #filled = 0;

  /** A cutter into `count` frames of `length` bytes. What comes behind them is left out. */
  constructor(length: number, count: number, emit: (frame: Uint8Array) => void) {
    this.#length = length;
    this.#left = count;
    this.#emit = emit;
    this.#frame = new Uint8Array(length);
  }

  /** Takes the next bytes, which are the caller's again. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#left > 0;) {
      const part = bytes.subarray(at, at + this.#length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#length) continue;
      this.#left--;
      this.#emit(this.#frame);
      this.#filled = 0;
      if (this.#left > 0) this.#frame = new Uint8Array(this.#length);
    }
  }

  /** Throws `PixelDataError` where frames are missing. */
  end(): void {
    if (this.#left > 0) throw malformed(`Cannot read Pixel Data: ${this.#left} frames are missing at its end`);
  }
}

/** What tells frames of several fragments apart. */
export interface EncapsulatedFramesOptions {
  readonly codec: CodecName;
  /** Number of Frames (0028,0008). */
  readonly count: number;
  /** Where frames begin by the Extended Offset Table; empty without one. */
  readonly offsets: readonly number[];
  /** Bytes that a frame may have. */
  readonly maxFrameLength: number;
}

/**
 * Joins the fragments of encapsulated Pixel Data into frames: by an offset table, or by where codestreams begin. A fragment
 * of RLE is always a frame (PS3.5 A.4.2).
 */
export class EncapsulatedFrames {
  readonly #options: EncapsulatedFramesOptions;
  readonly #emit: (frame: Uint8Array) => void;
  #starts: ReadonlySet<number>;
  #first: number | undefined;
  /** The frame so far: its first fragment, or a copy of several, with room for more. */
  #frame: Uint8Array = NO_BYTES;
  #length = 0;
  #frames = 0;
  #items = 0;

  /** A joiner that gives its frames to `emit`. */
  constructor(options: EncapsulatedFramesOptions, emit: (frame: Uint8Array) => void) {
    this.#options = options;
    this.#emit = emit;
    this.#starts = startsOf(options.offsets, options.count);
  }

  /** Takes the next item, whose tag was at `offset`, and whose bytes are the joiner's. Throws `PixelDataError`. */
  push(bytes: Uint8Array, offset: number): void {
    if (this.#items++ === 0) {
      const { count } = this.#options;
      if (this.#starts.size === 0 && count <= MOST_OFFSETS && bytes.length === 4 * count) {
        this.#starts = startsOf(basicOffsets(bytes), count);
      }
      return;
    }
    this.#first ??= offset;
    if (this.#length > 0 && this.#begins(bytes, offset - this.#first)) this.#complete();
    const { maxFrameLength } = this.#options;
    if (this.#length + bytes.length > maxFrameLength) {
      throw malformed(`Cannot read Pixel Data: a frame has more than ${maxFrameLength} bytes`);
    }
    this.#append(bytes);
  }

  /** Fragments may be many and short: they are not kept one by one. */
  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (this.#length === 0) this.#frame = bytes;
    else {
      if (length > this.#frame.length) {
        const larger = new Uint8Array(2 * length);
        larger.set(this.#frame.subarray(0, this.#length));
        this.#frame = larger;
      }
      this.#frame.set(bytes, this.#length);
    }
    this.#length = length;
  }

  /** Gives the last frame. Throws `PixelDataError` where there are more or fewer than there should be. */
  end(): void {
    if (this.#length > 0) this.#complete();
    const { count } = this.#options;
    if (this.#frames !== count) {
      throw malformed(`Cannot read Pixel Data: found ${this.#frames} frames, expected ${count}`);
    }
  }

  #begins(bytes: Uint8Array, offset: number): boolean {
    const { count, codec } = this.#options;
    if (count === 1) return false;
    if (this.#starts.size > 0) return this.#starts.has(offset);
    return codec === "rle" || (bytes[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f));
  }

  #complete(): void {
    this.#frames++;
    if (this.#frames <= this.#options.count) this.#emit(this.#frame.subarray(0, this.#length));
    this.#frame = NO_BYTES;
    this.#length = 0;
  }
}

const NO_BYTES = new Uint8Array(0);

function startsOf(offsets: readonly number[], count: number): ReadonlySet<number> {
  return new Set(offsets.length === count ? offsets : []);
}

function basicOffsets(table: Uint8Array): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: table.length >> 2 }, (_, index) => view.getUint32(4 * index, true));
}
