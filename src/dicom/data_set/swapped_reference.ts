/**
 * Values in a source whose words are to be turned round.
 *
 * @module
 */

import type { ValueReference } from "./data_element.ts";
import { chunksOf } from "./writing/stream_pieces.ts";
import { streamOf } from "../../streams/stream_of.ts";

/** The same value with the bytes of each word of `unit` bytes in the other order, turned round as they are read. */
export function swappedReference(reference: ValueReference, unit: number): ValueReference {
  const slice = (offset: number, length: number): ValueReference => {
    // A part may begin and end within a word, of which the source has the bytes in the other order.
    const first = offset - offset % unit;
    const end = Math.min(reference.length, Math.ceil((offset + length) / unit) * unit);
    const words = swappedReference(reference.slice!(first, end - first), unit);
    return {
      length,
      stream: () => streamOf(within(words.stream(), offset - first, length)),
      slice: (start, length) => slice(offset + start, length),
    };
  };
  return {
    length: reference.length,
    stream: () => streamOf(chunksOf([{ reference, swapUnit: unit }])),
    ...(reference.slice === undefined ? {} : { slice }),
  };
}

/** The `length` bytes that come behind the first `skip`. */
async function* within(
  stream: ReadableStream<Uint8Array>,
  skip: number,
  length: number,
): AsyncGenerator<Uint8Array, void> {
  let offset = -skip;
  for await (const chunk of stream) {
    const part = chunk.subarray(Math.max(0, -offset), Math.max(0, length - offset));
    if (part.length > 0) yield part;
    offset += chunk.length;
    // The stream is read to its end, which is at most a word away, so that it may find that its source has failed.
  }
}
