/**
 * One frame of Pixel Data.
 *
 * @module
 */

import { DataSetError } from "../../../errors.ts";
import { concatenate } from "../../../streams/concatenate.ts";
import type { Fragment } from "../data_element.ts";
import { chunksOf } from "../writing/stream_pieces.ts";
import { streamOf } from "../../../streams/stream_of.ts";

/** One frame. Native ones have their words in Little Endian, whatever transfer syntax they were read in. */
export class PixelFrame {
  /** The parts that it is made of: one, or the fragments of its codestream. */
  readonly parts: readonly Fragment[];

  /** A frame of these parts. */
  constructor(parts: readonly Fragment[]) {
    this.parts = parts;
  }

  /** Bytes in all. */
  get length(): number {
    return this.parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** Its bytes: a view where it has one part, else a copy. Throws `DataSetError` when they were left in their source. */
  bytes(): Uint8Array {
    const present = this.parts.filter((part) => part instanceof Uint8Array);
    if (present.length < this.parts.length) {
      throw new DataSetError("Cannot give the bytes of a frame: they were left in their source, expected stream()");
    }
    return present.length === 1 ? present[0]! : concatenate(present);
  }

  /** Its bytes as they are read. */
  stream(): ReadableStream<Uint8Array> {
    return streamOf(
      chunksOf(this.parts.map((part) => part instanceof Uint8Array ? part : { reference: part, swapUnit: 1 })),
    );
  }
}

/** A part of a value or fragment. Throws `DataSetError` for one whose source gives it only as a whole. */
export function partOf(whole: Fragment, offset: number, length: number): Fragment {
  if (whole instanceof Uint8Array) return whole.subarray(offset, offset + length);
  if (offset === 0 && length === whole.length) return whole;
  if (whole.slice !== undefined) return whole.slice(offset, length);
  throw new DataSetError("Cannot give a frame: Pixel Data was left in a source that gives it only as a whole");
}
