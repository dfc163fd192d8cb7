/**
 * Bytes that can be read from any place, as often as needed.
 *
 * @module
 */

import type { ValueReference } from "../data_element.ts";

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
  return {
    length,
    stream: () => source.slice(offset, offset + length).stream(),
    slice: (start, length) => referenceInto(source, offset + start, length),
  };
}
