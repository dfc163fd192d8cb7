/**
 * Bytes that can be read from any place, as often as needed.
 *
 * @module
 */

import { concatenate } from "../encoding/chunk_cursor.ts";
import type { ValueReference } from "./data_element.ts";

/** A `Blob` or `File` is one. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** The part from `start` to before `end`. */
  slice(start: number, end: number): {
    /** Its bytes from the first to the last. */
    stream(): ReadableStream<Uint8Array>;
  };
}

/** A reference to `length` bytes of a source. */
export function referenceInto(source: ByteSource, offset: number, length: number): ValueReference {
  return { length, stream: () => source.slice(offset, offset + length).stream() };
}

/** All bytes of a stream in one. */
export async function collectBytes(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return pieces.length === 1 ? pieces[0]! : concatenate(pieces);
}
