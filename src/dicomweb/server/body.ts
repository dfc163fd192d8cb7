/**
 * Bodies of answers: segments one after the other, with ranges, and with conditions on what the client has already (RFC 9110
 * 13 and 14).
 *
 * @module
 */

import type { Context } from "hono";
import { streamOf } from "../../streams/stream_of.ts";
import { RequestProblem } from "./request_problem.ts";

/** Bytes that are stored elsewhere. */
export interface StoredBytes {
  /** Number of bytes; undefined if it is unknown: then they are opened as a whole. */
  readonly length: number | undefined;
  /** The bytes from `start` to before `end`, in pieces: a stream, or another async iterable. */
  open(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** A part of a body. */
export type Segment = Uint8Array | StoredBytes;

/** The contents of an answer. */
export interface Representation {
  /** Its media type. */
  readonly contentType: string;
  /** Its bytes. */
  readonly segments: readonly Segment[];
  /** Strong entity tag, without quotes; undefined where the same request may give other bytes next time. */
  readonly etag?: string | undefined;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** 206 for an incomplete answer; otherwise 200. */
  readonly status?: 200 | 206;
}

/** The answer: all of the body, the range of the request, or no bytes if the client has them. */
export function respond(c: Context, representation: Representation): Response {
  const { contentType, segments, etag, headers: others, status = 200 } = representation;
  const length = lengthOf(segments);
  const headers: Record<string, string> = {
    "Content-Type": contentType,
    // A client has to ask again for what it keeps: that may be gone, and so may the client's right to it.
    "Cache-Control": "private, no-cache, no-transform",
    "Vary": "Accept",
    ...(etag !== undefined && { ETag: `"${etag}"` }),
    ...others,
  };
  if (isKnown(c, etag)) return c.body(null, 304, headers);
  if (length === undefined || status !== 200) return c.body(streamSegments(segments), status, headers);
  headers["Accept-Ranges"] = "bytes";
  const range = rangeOf(c, length, etag);
  if (range === undefined) {
    return c.body(streamSegments(segments), 200, { ...headers, "Content-Length": String(length) });
  }
  return c.body(streamSegments(segments, range.start, range.end), 206, {
    ...headers,
    "Content-Length": String(range.end - range.start),
    "Content-Range": `bytes ${range.start}-${range.end - 1}/${length}`,
  });
}

/** Whether the client has the body with this entity tag: the answer then needs no bytes, since none are sent. */
export function isKnown(c: Context, etag: string | undefined): boolean {
  return etag !== undefined && hasTag(c.req.header("if-none-match"), etag);
}

function hasTag(list: string | undefined, etag: string): boolean {
  if (list === undefined) return false;
  return list.trim() === "*" || list.split(",").some((tag) => tag.trim().replace(/^W\//, "") === `"${etag}"`);
}

const RANGE = /^\s*bytes\s*=\s*(\d{0,40})\s*-\s*(\d{0,40})\s*$/i;

/**
 * The range of a request; undefined if it has none, several, or one of another version: then it gets all bytes. Throws
 * `RequestProblem` for a range that holds no byte.
 */
function rangeOf(c: Context, length: number, etag: string | undefined): { start: number; end: number } | undefined {
  const found = RANGE.exec(c.req.header("range") ?? "");
  const [, first = "", last = ""] = found ?? [];
  if (found === null || (first === "" && last === "")) return undefined;
  const condition = c.req.header("if-range");
  if (condition !== undefined && condition.trim() !== `"${etag}"`) return undefined;
  const start = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? length : Math.min(length, Number(last) + 1);
  if (first !== "" && last !== "" && Number(last) < start) return undefined;
  if (start < length && start < end) return { start, end };
  throw new RequestProblem("RangeNotSatisfiable", `Cannot give bytes from ${start} on: there are ${length}`, {
    "Content-Range": `bytes */${length}`,
  });
}

/** Number of bytes in all; undefined if a segment's is unknown. */
export function lengthOf(segments: readonly Segment[]): number | undefined {
  let sum = 0;
  for (const { length } of segments) {
    if (length === undefined) return undefined;
    sum += length;
  }
  return sum;
}

/** The bytes from `start` to before `end` of all segments, opened one by one as they are read. */
export function streamSegments(segments: readonly Segment[], start = 0, end = Infinity): ReadableStream<Uint8Array> {
  return streamOf(chunksOf(segments, start, end));
}

/** The same bytes without a stream around them, for a caller that reads them at once. */
export async function* chunksOf(
  segments: readonly Segment[],
  start = 0,
  end = Infinity,
): AsyncGenerator<Uint8Array, void> {
  let offset = 0;
  for (const segment of segments) {
    const length = segment.length ?? Infinity;
    const first = Math.max(0, start - offset);
    // Bodies with a segment of unknown length are sent as a whole.
    const last = end === Infinity ? length : Math.min(length, end - offset);
    offset += length;
    if (first >= last) continue;
    if (segment instanceof Uint8Array) yield segment.subarray(first, last);
    else yield* chunksOfBytes(segment.open(first, last));
  }
}

function chunksOfBytes(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return bytes instanceof ReadableStream ? chunksOfStream(bytes) : bytes;
}

/** The stream stays locked: iterating over it would release it at its end, which takes as long as reading a small instance. */
async function* chunksOfStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isOver = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isOver) await reader.cancel();
  }
}
