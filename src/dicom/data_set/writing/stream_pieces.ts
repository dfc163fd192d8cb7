/**
 * Encoded data sets as streams.
 *
 * @module
 */

import { DataSetError } from "../../../errors.ts";
import { ByteSwapper } from "../../values/byte_swapper.ts";
import type { ValueReference } from "../data_element.ts";
import type { Piece } from "./encoded_output.ts";

/** The bytes of all pieces in their order. What is not there yet is fetched when it is asked for. */
export async function* chunksOf(pieces: readonly Piece[]): AsyncGenerator<Uint8Array, void> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece;
    else yield* fetched(piece.reference, piece.swapUnit);
  }
}

/** The bytes of a reference in words of `swapUnit` bytes turned round. Throws `DataSetError` when it has not its length. */
async function* fetched(reference: ValueReference, swapUnit: number): AsyncGenerator<Uint8Array, void> {
  let total = 0;
  const swapper = new ByteSwapper(swapUnit);
  for await (const chunk of reference.stream()) {
    total += chunk.length;
    if (total > reference.length) break;
    const bytes = swapper.push(chunk);
    if (bytes.length > 0) yield bytes;
  }
  if (total !== reference.length) {
    const found = total > reference.length ? "more" : String(total);
    const expected = `${reference.length} bytes`;
    throw new DataSetError(`Cannot write a value from its source: it gave ${found} bytes, expected ${expected}`, {
      expected,
    });
  }
  const rest = swapper.end();
  if (rest.length > 0) yield rest;
}

/** Deflates, and makes the length even (PS3.5 A.5). */
export function deflate(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let odd = false;
  const padding = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      odd = odd !== (chunk.length % 2 === 1);
      controller.enqueue(chunk);
    },
    flush(controller) {
      if (odd) controller.enqueue(new Uint8Array(1));
    },
  });
  return stream.pipeThrough(new CompressionStream("deflate-raw") as TransformStream<Uint8Array, Uint8Array>)
    .pipeThrough(padding);
}
