/**
 * Compressed bodies (RFC 9110 8.4).
 *
 * @module
 */

import { streamOf } from "../../streams/stream_of.ts";

/** Supported codings, and the platform's names for them. */
const FORMATS: Readonly<Record<string, "gzip" | "deflate">> = { gzip: "gzip", "x-gzip": "gzip", deflate: "deflate" };

/** Value of the header Accept-Encoding for a client that sends another coding. */
export const ACCEPTED_ENCODINGS = "gzip, deflate, identity";

/** Compressed bytes that are decoded at a time: they may become a thousand times as many, which need room. */
const PIECE = 1024;

/**
 * The body without its Content-Encoding; undefined for any other than gzip or deflate, or for more than one. The reader has to
 * limit how much comes out: no more than about a MiB is made before the reader requests it.
 */
export function decodeContent(
  body: ReadableStream<Uint8Array>,
  encoding: string | null,
): ReadableStream<Uint8Array> | undefined {
  const coding = encoding?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return body;
  const format = Object.hasOwn(FORMATS, coding) ? FORMATS[coding] : undefined;
  if (format === undefined) return undefined;
  return streamOf(inPieces(body)).pipeThrough(
    new DecompressionStream(format) as TransformStream<Uint8Array, Uint8Array>,
  );
}

async function* inPieces(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of body) {
    for (let start = 0; start < chunk.length; start += PIECE) yield chunk.subarray(start, start + PIECE);
  }
}
