/**
 * RLE compression (PS3.5 annex G).
 *
 * @module
 */

import { type FrameDescription, frameLength } from "../frame_description.ts";
import { malformed, unsupported } from "../pixel_data_error.ts";
import { MOST_SEGMENTS, RLE_HEADER } from "./decode_rle.ts";

/** Longest run, and longest stretch of bytes that are written as they are. */
const LONGEST = 128;

/** Encodes a frame that lies pixel by pixel, in Little Endian. Throws `PixelDataError` for what can't be compressed. */
export function encodeRle(frame: Uint8Array, description: FrameDescription): Uint8Array<ArrayBuffer> {
  const { rows, columns, samplesPerPixel, bitsAllocated } = description;
  const sampleLength = bitsAllocated / 8;
  const segments = sampleLength * samplesPerPixel;
  if (bitsAllocated === 1 || segments > MOST_SEGMENTS) {
    throw unsupported(`Cannot encode RLE: found Bits Allocated ${bitsAllocated}, expected 8, 16 or 32`);
  }
  const length = frameLength(description);
  if (frame.length !== length) throw malformed(`Cannot encode RLE: found ${frame.length} bytes, expected ${length}`);
  // A row costs at most one byte more for each 128 (G.3.1); each segment is of even length.
  const longest = rows * (columns + Math.ceil(columns / LONGEST)) + 1;
  const output = new Uint8Array(RLE_HEADER + segments * longest);
  const header = new DataView(output.buffer);
  header.setUint32(0, segments, true);
  const row = new Uint8Array(columns);
  let end = RLE_HEADER;
  for (let segment = 0; segment < segments; segment++) {
    header.setUint32(4 + 4 * segment, end, true);
    const sample = Math.floor(segment / sampleLength);
    let at = sample * sampleLength + sampleLength - 1 - segment % sampleLength;
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, at += segments) row[x] = frame[at]!;
      end = packRow(row, output, end);
    }
    end += end % 2;
  }
  return output.slice(0, end);
}

/** Packs a row, in whose runs no other row has a part (G.3.1). Returns where what it wrote ends. */
function packRow(row: Uint8Array, output: Uint8Array, start: number): number {
  const { length } = row;
  let end = start;
  let literal = 0;
  let position = 0;
  const flush = (to: number) => {
    while (literal < to) {
      const count = Math.min(LONGEST, to - literal);
      output[end++] = count - 1;
      for (let index = 0; index < count; index++) output[end++] = row[literal++]!;
    }
  };
  while (position < length) {
    const value = row[position]!;
    let run = position + 1;
    while (run < length && row[run] === value && run - position < LONGEST) run++;
    const count = run - position;
    // A run of two between other bytes would cost as much as it saves.
    if (count > 2 || (count === 2 && literal === position)) {
      flush(position);
      output[end++] = 257 - count;
      output[end++] = value;
      literal = run;
    }
    position = run;
  }
  flush(length);
  return end;
}
