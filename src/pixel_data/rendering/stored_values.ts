/**
 * Stored values: what the bits of a sample mean (PS3.5 8.1.1).
 *
 * @module
 */

import type { DecodedFrame } from "../frame_codecs.ts";
import type { FrameDescription } from "../frame_description.ts";
import { inPieces, type Pause } from "../../scheduling/time_slices.ts";
import { wordsOf } from "../samples.ts";

/** Pixels, or samples, of a picture that are worked on at a time. */
export const AT_A_TIME = 0x8000;

/** The samples of a frame in their containers, one each; those of single bits as bytes. */
export async function containersOf(
  { bytes, description }: DecodedFrame,
  pause: Pause,
): Promise<Uint8Array | Uint16Array | Uint32Array> {
  switch (description.bitsAllocated) {
    case 1: {
      const bits = new Uint8Array(description.rows * description.columns * description.samplesPerPixel);
      await inPieces(bits.length, AT_A_TIME, pause, (start, end) => {
        for (let at = start; at < end; at++) bits[at] = bytes[at >> 3]! >> at % 8 & 1;
      });
      return bits;
    }
    case 8:
      return bytes;
    case 16:
      return wordsOf(bytes);
    default: {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const words = new Uint32Array(bytes.length >> 2);
      await inPieces(words.length, AT_A_TIME, pause, (start, end) => {
        for (let at = start; at < end; at++) words[at] = view.getUint32(4 * at, true);
      });
      return words;
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
