/**
 * Stored values: what the bits of a sample mean (PS3.5 8.1.1).
 *
 * @module
 */

import type { DecodedFrame } from "../frame_codecs.ts";
import type { FrameDescription } from "../frame_description.ts";
import { wordsOf } from "../samples.ts";

/** The samples of a frame in their containers, one each; those of single bits as bytes. */
export function containersOf({ bytes, description }: DecodedFrame): Uint8Array | Uint16Array | Uint32Array {
  switch (description.bitsAllocated) {
    case 1:
      return Uint8Array.from(
        { length: description.rows * description.columns * description.samplesPerPixel },
        (_, index) => bytes[index >> 3]! >> index % 8 & 1,
      );
    case 8:
      return bytes;
    case 16:
      return wordsOf(bytes);
    default: {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return Uint32Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(4 * index, true));
    }
  }
}

/** What the containers of a frame hold. */
export interface StoredBits {
  /** Bits below the stored ones. */
  readonly shift: number;
  /** Stored bits. */
  readonly bits: number;
  /** Gives the stored value, signed or not, for the stored bits. */
  value(bits: number): number;
}

/** How to get from containers to stored values. */
export function storedBits({ highBit, bitsStored, signed }: FrameDescription): StoredBits {
  const span = 2 ** bitsStored;
  const value = signed ? (bits: number) => bits >= span / 2 ? bits - span : bits : (bits: number) => bits;
  return { shift: highBit - bitsStored + 1, bits: bitsStored, value };
}
