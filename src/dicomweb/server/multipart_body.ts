/**
 * Multipart bodies of answers (PS3.18 8.6.1.2).
 *
 * @module
 */

import { makeBoundary, partHead, partsEnd } from "../multipart_writer.ts";
import type { Representation, Segment } from "./body.ts";
import { hexDigest } from "./digest.ts";

/** A part. */
export interface Part {
  /** Headers; `Content-Type` is one. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its bytes. */
  readonly segments: readonly Segment[];
}

const encoder = new TextEncoder();

/** Secret of this process: with it the same entity tag gives the same boundary, which no outsider can guess. */
let secret: string | undefined;

/**
 * Parts as one body. `type` is that of the first part, without parameters: some clients split at semicolons, also in quotes.
 * With an entity tag the boundary follows from it, so that ranges of several answers fit together.
 */
export async function multipart(
  type: string,
  parts: readonly Part[],
  etag?: string,
): Promise<Pick<Representation, "contentType" | "segments" | "etag">> {
  const boundary = etag === undefined ? makeBoundary() : await boundaryFor(etag);
  const segments = parts.flatMap(({ headers, segments }, index): Segment[] => [
    encoder.encode(partHead(boundary, headers, index === 0)),
    ...segments,
  ]);
  segments.push(encoder.encode(partsEnd(boundary, parts.length === 0)));
  return {
    contentType: multipartType(type, boundary),
    segments,
    etag: etag === undefined ? undefined : `${etag}-${boundary.slice(0, 12)}`,
  };
}

/** The media type of a multipart body. */
export function multipartType(type: string, boundary: string): string {
  return `multipart/related; type="${type}"; boundary=${boundary}`;
}

async function boundaryFor(etag: string): Promise<string> {
  // A worker has no random numbers before its first request.
  secret ??= makeBoundary();
  return await hexDigest(`${secret} ${etag}`, 24);
}
