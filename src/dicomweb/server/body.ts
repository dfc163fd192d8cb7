/**
 * Bodies of answers: segments one after the other, of which a range can be asked for, and conditions on what the client has
 * already (RFC 9110 13 and 14).
 *
 * @module
 */

import type { Context } from "hono";
import { streamOf } from "../../streams/stream_of.ts";
import { RequestProblem } from "./request_problem.ts";

/** Bytes that are somewhere else. */
export interface StoredBytes {
  /** How many there are; undefined where nobody knows: then they are opened as a whole. */
  readonly length: number | undefined;
  /** The bytes from `start` to before `end`. */
  open(start: number, end: number): ReadableStream<Uint8Array>;
}

/** A part of a body. */
export type Segment = Uint8Array | StoredBytes;

/** What is answered. */
export interface Representation {
  /** Its media type. */
  readonly contentType: string;
  /** Its bytes. */
  readonly segments: readonly Segment[];
  /** Strong entity tag, without quotes; undefined where the same request may give other bytes next time. */
  readonly etag?: string | undefined;
  /** Headers besides. */
  readonly headers?: Readonly<Record<string, string>>;
  /** 206 for an answer that lacks something; 200 otherwise. */
  readonly status?: 200 | 206;
}

/** The answer: all of it, the range that is asked for, or nothing where the client has it. */
export function respond(c: Context, representation: Representation): Response {
  const { contentType, segments, etag, headers: others, status = 200 } = representation;
  const length = lengthOf(segments);
  const headers: Record<string, string> = {
    "Content-Type": contentType,
    // What is kept has to be asked for again: it may be gone, and so may the right to have it.
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

/** Whether the client has what this entity tag is of: then an answer needs no bytes, for none are sent. */
export function isKnown(c: Context, etag: string | undefined): boolean {
  return etag !== undefined && hasTag(c.req.header("if-none-match"), etag);
}

function hasTag(list: string | undefined, etag: string): boolean {
  if (list === undefined) return false;
  return list.trim() === "*" || list.split(",").some((tag) => tag.trim().replace(/^W\//, "") === `"${etag}"`);
}

const RANGE = /^\s*bytes\s*=\s*(\d{0,40})\s*-\s*(\d{0,40})\s*$/i;

/**
 * The range that a request asks for; undefined where it asks for none, for several, or for one of another version: then it
 * gets all. Throws `RequestProblem` for a range of which there is no byte.
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

/** Bytes in all; undefined where it isn't known of a segment. */
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

/** The same without a stream around it, for who reads it at once. */
export async function* chunksOf(
  segments: readonly Segment[],
  start = 0,
  end = Infinity,
): AsyncGenerator<Uint8Array, void> {
  let offset = 0;
  for (const segment of segments) {
    const length = segment.length ?? Infinity;
    const first = Math.max(0, start - offset);
    // A length that nobody knows stands in bodies that are given as a whole.
    const last = end === Infinity ? length : Math.min(length, end - offset);
    offset += length;
    if (first >= last) continue;
    if (segment instanceof Uint8Array) yield segment.subarray(first, last);
    else yield* chunksOfStream(segment.open(first, last));
  }
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
