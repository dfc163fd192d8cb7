/**
 * Frames of single bits, which follow one another without padding, the first pixel in the lowest bit (PS3.5 8.1.1): they may
 * begin within a byte.
 *
 * @module
 */

import { concatenate } from "../../../streams/concatenate.ts";
import type { Fragment, ValueReference } from "../data_element.ts";
import { partOf } from "./pixel_frame.ts";
import { chunksOf } from "../writing/stream_pieces.ts";
import { streamOf } from "../../../streams/stream_of.ts";

/**
 * The `count` bits from bit `first` on, moved so that they begin with a byte, the bits behind them 0: a copy, or what was left
 * in its source as it is read. Throws `DataSetError` for a source that gives its value only as a whole.
 */
export function bitsOf(whole: Fragment, first: number, count: number): Fragment {
  const shift = first % 8;
  const part = partOf(whole, (first - shift) / 8, Math.ceil((shift + count) / 8));
  if (part instanceof Uint8Array) return withoutRest(moved(part, shift, Math.ceil(count / 8)), count);
  return { length: Math.ceil(count / 8), stream: () => streamOf(movedChunks(part, shift, count)) };
}

/** `length` bytes of bits that begin with bit `shift` of the first byte. */
function moved(bytes: Uint8Array, shift: number, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    copy[index] = bytes[index]! >> shift | (bytes[index + 1] ?? 0) << 8 - shift;
  }
  return copy;
}

/** Bytes whose last has only the bits that remain of `count`. */
function withoutRest(bytes: Uint8Array, count: number): Uint8Array {
  const rest = count % 8;
  if (rest > 0) bytes[bytes.length - 1]! &= (1 << rest) - 1;
  return bytes;
}

async function* movedChunks(
  reference: ValueReference,
  shift: number,
  count: number,
): AsyncGenerator<Uint8Array, void> {
  let left = Math.ceil(count / 8);
  // The last byte waits for the bits that come after it.
  let last: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunksOf([{ reference, swapUnit: 1 }])) {
    const bytes = concatenate([last, chunk]);
    const whole = Math.min(left - 1, bytes.length - 1);
    if (whole > 0) yield moved(bytes, shift, whole);
    left -= Math.max(0, whole);
    last = bytes.slice(Math.max(0, whole));
  }
  yield withoutRest(moved(last, shift, left), count);
}
