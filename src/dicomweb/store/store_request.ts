/**
 * The instances of a request to store them: in one part or many, as files or as metadata with bulk data (PS3.18 10.5.1).
 *
 * @module
 */

import { LimitError } from "../../errors.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { type MediaRange, parseMediaRange } from "../media_range.ts";
import { type MultipartLimits, type MultipartPart, readMultipart } from "../multipart/multipart_reader.ts";
import { METADATA_TYPES } from "./metadata.ts";

/** Bounds of a request. */
export interface StoreLimits extends MultipartLimits {
  /** Bytes of all metadata in JSON or XML, and of the names of bulk data, which are held in memory; default 32 MiB. */
  readonly maxMetadataLength?: number;
}

/** A part of a request. */
export type StorePart =
  /** A Part 10 file. */
  | { readonly type: "file"; readonly body: ReadableStream<Uint8Array>; readonly settled: Promise<void> }
  /** Metadata of instances. */
  | { readonly type: "metadata"; readonly form: "json" | "xml"; readonly bytes: Uint8Array }
  /** Bulk data that metadata may refer to by its Content-Location. */
  | { readonly type: "bulk-data"; readonly location: string; readonly part: MultipartPart }
  /** Any other part; `mediaType` is empty if the part states none. */
  | { readonly type: "other"; readonly number: number; readonly mediaType: string };

const DEFAULT_MAXIMUM_METADATA_LENGTH = 32 * 1024 * 1024;

/** Whether requests of this media type are supported. */
export function isStorable({ type, parameters }: MediaRange): boolean {
  return type === "application/dicom" || Object.hasOwn(METADATA_TYPES, type) ||
    (type === "multipart/related" && parameters.get("boundary") !== undefined);
}

/**
 * The parts of a body, one by one, as `readMultipart()` gives them; a body of another type is one part.
 *
 * @throws {MultipartError} and {LimitError}, as `readMultipart()` does
 */
export async function* readStoreParts(
  body: ReadableStream<Uint8Array>,
  mediaType: MediaRange,
  { maxMetadataLength = DEFAULT_MAXIMUM_METADATA_LENGTH, ...limits }: StoreLimits = {},
): AsyncGenerator<StorePart, void, void> {
  const left = { maximum: maxMetadataLength, bytes: maxMetadataLength };
  if (mediaType.type !== "multipart/related") {
    return yield await toStorePart(onlyPart(body, mediaType), mediaType, left);
  }
  for await (const part of readMultipart(body, mediaType.parameters.get("boundary") ?? "", limits)) {
    const type = parseMediaRange(part.headers.get("content-type") ?? "");
    // Some clients state it once for all parts.
    yield await toStorePart(part, type ?? parseMediaRange(mediaType.parameters.get("type") ?? ""), left);
  }
}

function onlyPart(body: ReadableStream<Uint8Array>, { type }: MediaRange): MultipartPart {
  // No part follows that could be read meanwhile.
  return { number: 1, headers: new Map([["content-type", type]]), body, settled: new Promise(() => {}) };
}

async function toStorePart(
  part: MultipartPart,
  mediaType: MediaRange | undefined,
  left: { readonly maximum: number; bytes: number },
): Promise<StorePart> {
  const type = mediaType?.type ?? "";
  if (type === "application/dicom") return { type: "file", body: part.body, settled: part.settled };
  // Bulk data of an encapsulated document may be XML, too.
  const location = part.headers.get("content-location");
  const form = Object.hasOwn(METADATA_TYPES, type) ? METADATA_TYPES[type] : undefined;
  if (form !== undefined && (location === undefined || type.startsWith("application/dicom+"))) {
    return { type: "metadata", form, bytes: await readWhole(part.body, left) };
  }
  if (location !== undefined) {
    // The location is remembered until all metadata has arrived.
    takeMemory(left, location.length);
    return { type: "bulk-data", location: location.trim(), part };
  }
  return { type: "other", number: part.number, mediaType: type };
}

async function readWhole(
  body: ReadableStream<Uint8Array>,
  left: { readonly maximum: number; bytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    takeMemory(left, chunk.length);
    chunks.push(chunk.slice());
  }
  return concatenate(chunks);
}

function takeMemory(left: { readonly maximum: number; bytes: number }, bytes: number): void {
  left.bytes -= bytes;
  if (left.bytes >= 0) return;
  throw new LimitError(`Cannot read the request: its metadata has more bytes than ${left.maximum}`, {
    limit: "maxMetadataLength",
    maximum: left.maximum,
  });
}
