/**
 * The one data set that a request has for a body (PS3.18 8.6, 8.7.3).
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { DataSetError, LimitError } from "../../errors.ts";
import { type MediaRange, parseMediaRange } from "../media_range.ts";
import type { DicomwebFace } from "../server/face.ts";
import { RequestProblem } from "../server/request_problem.ts";
import { BulkParts } from "../store/bulk_parts.ts";
import { ACCEPTED_ENCODINGS, decodeContent } from "../store/content_encoding.ts";
import { type Metadata, readMetadata, splitMetadata } from "../store/metadata.ts";
import { RequestBody } from "../store/request_body.ts";
import { isStorable, readStoreParts } from "../store/store_request.ts";

/** Problems that `readPayload()` throws. */
export const PAYLOAD_PROBLEMS = ["MalformedBody", "BodyTooLarge", "UnsupportedMediaType"] as const;

const EXPECTED = "application/dicom+json, application/dicom+xml, or multipart/related with one part of these";

/**
 * Reads it: JSON or XML, alone or as the only part of a multipart message. What it says of bulk data somewhere else is
 * refused, and never looked for.
 *
 * @param maximum Bytes that the body may have, decompressed
 * @throws {RequestProblem} on what can't be read, or is too long
 */
export async function readPayload(c: Context, { sink }: DicomwebFace, maximum: number): Promise<DataSet> {
  const mediaType = mediaTypeOf(c);
  const { body, headers } = c.req.raw;
  if (Number(headers.get("content-length") ?? 0) > maximum) throw tooLong(maximum);
  if (body === null) throw new RequestProblem("MalformedBody", "Expected a body with a data set");
  const decoded = decodeContent(body, headers.get("content-encoding"));
  if (decoded === undefined) {
    throw new RequestProblem("UnsupportedMediaType", `Expected Content-Encoding to be one of ${ACCEPTED_ENCODINGS}`, {
      "Accept-Encoding": ACCEPTED_ENCODINGS,
    });
  }
  const request = new RequestBody(decoded, { maxRequestLength: maximum });
  try {
    return await readOnly(request.stream, mediaType, maximum);
  } catch (error) {
    if (error instanceof LimitError) sink?.limitPassed?.(error);
    throw problemOf(error, maximum);
  }
}

function mediaTypeOf(c: Context): MediaRange {
  const mediaType = parseMediaRange(c.req.header("content-type") ?? "");
  if (mediaType !== undefined && mediaType.type !== "application/dicom" && isStorable(mediaType)) return mediaType;
  throw new RequestProblem("UnsupportedMediaType", `Expected Content-Type to be ${EXPECTED}`, { Accept: EXPECTED });
}

async function readOnly(body: ReadableStream<Uint8Array>, mediaType: MediaRange, maximum: number): Promise<DataSet> {
  const found: Metadata[] = [];
  for await (const part of readStoreParts(body, mediaType, { maxMetadataLength: maximum, maxParts: 16 })) {
    if (part.type !== "metadata") {
      throw new RequestProblem("UnsupportedMediaType", `Expected the part to be ${EXPECTED}`);
    }
    found.push(...splitMetadata(part.bytes, part.form));
    if (found.length > 1) break;
  }
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new RequestProblem(
      "MalformedBody",
      `Expected one data set, found ${only === undefined ? "none" : "several"}`,
    );
  }
  return readMetadata(only, NO_BULK_DATA);
}

/** What a data set names is nowhere. */
const NO_BULK_DATA = new BulkParts(() => {
  throw new Error("There is no bulk data");
});

function problemOf(error: unknown, maximum: number): unknown {
  if (error instanceof LimitError) {
    return error.limit === "maxRequestLength" || error.limit === "maxMetadataLength"
      ? tooLong(maximum)
      : new RequestProblem("BodyTooLarge", error.message);
  }
  const isTheClients = error instanceof DataSetError || error instanceof SyntaxError;
  return isTheClients ? new RequestProblem("MalformedBody", error.message) : error;
}

function tooLong(maximum: number): RequestProblem {
  return new RequestProblem("BodyTooLarge", `Expected at most ${maximum} bytes`);
}
