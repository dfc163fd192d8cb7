/**
 * RLE decompression (PS3.5 annex G).
 *
 * @module
 */

import { uint32 } from "../../dicom/encoding/integers.ts";
import { type FrameDescription, frameLength } from "../frame_description.ts";
import { malformed } from "../pixel_data_error.ts";

/** Bytes of the header: the number of segments, and where each begins. */
export const RLE_HEADER = 64;

/** Most segments of a frame. */
export const MOST_SEGMENTS = 15;

/**
 * Decodes a frame: pixel by pixel, in Little Endian. Throws `PixelDataError` where segments are missing, or too many or too
 * few bytes come out of one.
 */
export function decodeRle(bytes: Uint8Array, description: FrameDescription): Uint8Array<ArrayBuffer> {
  const { rows, columns, samplesPerPixel, bitsAllocated } = description;
  if (bitsAllocated === 1) throw malformed("Cannot decode RLE: found Bits Allocated 1, expected 8, 16 or 32");
  const sampleLength = bitsAllocated / 8;
  const segments = sampleLength * samplesPerPixel;
  const offsets = segmentOffsets(bytes, segments);
  const output = new Uint8Array(frameLength(description));
  for (let segment = 0; segment < segments; segment++) {
    // The most significant byte of a sample comes first (G.2).
    const sample = Math.floor(segment / sampleLength);
    const first = sample * sampleLength + sampleLength - 1 - segment % sampleLength;
    const data = bytes.subarray(offsets[segment]!, offsets[segment + 1]!);
    const done = unpack(data, output, first, segments);
    if (done !== rows * columns) {
      const found = `found ${done} bytes in segment ${segment + 1}`;
      throw malformed(`Cannot decode RLE: ${found}, expected ${rows * columns}`);
    }
  }
  return output;
}

/** Where the segments begin, and where the last one ends. */
function segmentOffsets(bytes: Uint8Array, expected: number): number[] {
  if (bytes.length < RLE_HEADER) {
    throw malformed(`Cannot decode RLE: found ${bytes.length} bytes, expected a header of 64`);
  }
  const found = uint32(bytes, 0, true);
  if (found !== expected) throw malformed(`Cannot decode RLE: found ${found} segments, expected ${expected}`);
  const offsets = Array.from({ length: expected }, (_, index) => uint32(bytes, 4 + 4 * index, true));
  offsets.push(bytes.length);
  if (offsets[0] !== RLE_HEADER || offsets.some((offset, index) => index > 0 && offset < offsets[index - 1]!)) {
    throw malformed("Cannot decode RLE: the offsets of its segments do not ascend from 64 to its end");
  }
  return offsets;
}

/** Unpacks a segment into every `step`-th byte from `start` on; returns how many came out, no more than there is room for. */
function unpack(data: Uint8Array, output: Uint8Array, start: number, step: number): number {
  const room = output.length / step;
  const end = data.length;
  let done = 0;
  let at = start;
  for (let position = 0; position < end && done < room;) {
    const control = data[position++]!;
    if (control === 128) continue;
    if (control > 128) {
      if (position >= end) break;
      const count = Math.min(257 - control, room - done);
      const value = data[position++]!;
      if (step === 1) {
        output.fill(value, at, at + count);
        at += count;
      } else for (let index = 0; index < count; index++, at += step) output[at] = value;
      done += count;
    } else {
      const count = Math.min(control + 1, room - done, end - position);
      if (step === 1) {
        output.set(data.subarray(position, position + count), at);
        at += count;
      } else for (let index = 0; index < count; index++, at += step) output[at] = data[position + index]!;
      position += control + 1;
      done += count;
    }
  }
  return done;
}
