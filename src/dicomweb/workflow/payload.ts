/**
 * The single data set in the body of a request (PS3.18 8.6, 8.7.3).
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { DataSetError, LimitError } from "../../errors.ts";
import { type MediaRange, parseMediaRange } from "../media_range.ts";
import { bodyTooLong, decodedBody, wrongPart } from "../server/body_problems.ts";
import type { DicomwebFace } from "../server/face.ts";
import { RequestProblem, wrongHeader } from "../server/request_problem.ts";
import { BulkParts } from "../store/bulk_parts.ts";
import { type Metadata, readMetadata, splitMetadata } from "../store/metadata.ts";
import { RequestBody } from "../store/request_body.ts";
import { isStorable, readStoreParts } from "../store/store_request.ts";

/** Problems that `readPayload()` throws. */
export const PAYLOAD_PROBLEMS = ["MalformedBody", "BodyTooLarge", "UnsupportedMediaType"] as const;

const EXPECTED = "application/dicom+json, application/dicom+xml, or multipart/related with one part of these";

/**
 * Reads the data set: JSON or XML, alone or as the only part of a multipart message. References to bulk data elsewhere are
 * refused, and never followed.
 *
 * @param maximum Most bytes of the body, after decompression
 * @throws {RequestProblem} on a body that cannot be read, or is too long
 */
export async function readPayload(c: Context, { sink }: DicomwebFace, maximum: number): Promise<DataSet> {
  const mediaType = mediaTypeOf(c);
  const { body, headers } = c.req.raw;
  const length = Number(headers.get("content-length") ?? 0);
  if (length > maximum) throw bodyTooLong(length, maximum);
  if (body === null) throw new RequestProblem("MalformedBody", "Cannot read the body: found none, expected a data set");
  const decoded = decodedBody(body, headers.get("content-encoding"));
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
  throw wrongHeader("Content-Type", c.req.header("content-type"), EXPECTED, { Accept: EXPECTED });
}

async function readOnly(body: ReadableStream<Uint8Array>, mediaType: MediaRange, maximum: number): Promise<DataSet> {
  const found: Metadata[] = [];
  for await (const part of readStoreParts(body, mediaType, { maxMetadataLength: maximum, maxParts: 16 })) {
    if (part.type !== "metadata") {
      throw part.type === "other"
        ? wrongPart(part, EXPECTED)
        : wrongPart({ number: found.length + 1, mediaType: TYPES_OF_PARTS[part.type] }, EXPECTED);
    }
    found.push(...await splitMetadata(part.bytes, part.form));
    if (found.length > 1) break;
  }
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new RequestProblem(
      "MalformedBody",
      `Cannot read the body: found ${only === undefined ? "no data set" : "several data sets"}, expected one`,
    );
  }
  return await readMetadata(only, NO_BULK_DATA);
}

/** Parts that are no data set by themselves. */
const TYPES_OF_PARTS = { file: "application/dicom", "bulk-data": "bulk data" } as const;

/** No bulk data: a reference to any fails. */
const NO_BULK_DATA = new BulkParts(() => {
  throw new Error("There is no bulk data");
});

function problemOf(error: unknown, maximum: number): unknown {
  if (error instanceof LimitError) {
    return error.limit === "maxRequestLength" || error.limit === "maxMetadataLength"
      ? bodyTooLong(undefined, maximum)
      : new RequestProblem("BodyTooLarge", error.message);
  }
  const isTheClients = error instanceof DataSetError || error instanceof SyntaxError;
  return isTheClients ? new RequestProblem("MalformedBody", error.message) : error;
}
