/**
 * Metadata of instances in DICOM JSON: made as bytes, and compressed at the first request for that.
 *
 * @module
 */

import { EncapsulatedElement, ReferencedElement } from "../../dicom/data_set/data_element.ts";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { referenceInto } from "../../dicom/data_set/reading/byte_source.ts";
import type { BulkData } from "../../dicom/models/bulk_data.ts";
import { toJsonText } from "../../dicom/models/to_json.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { bulkPath, isBulk } from "./bulk_values.ts";
import { hexDigest } from "./digest.ts";
import type { DicomwebFace } from "./face.ts";
import { instanceUrl } from "./instance_url.ts";
import { openInstance } from "./opened_instance.ts";
import type { PathUids } from "./path_uids.ts";
import { RequestProblem } from "./request_problem.ts";
import { instancesOf } from "./selection.ts";

/** The metadata of instances, ready to be sent. */
export interface ReadyMetadata {
  /** A JSON array. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same in gzip. */
  compressed(): Promise<Uint8Array<ArrayBuffer>>;
  /** Entity tag, without quotes. */
  readonly etag: string;
  /** Number of its instances. */
  readonly count: number;
  /** Number of instances that could not be read. */
  readonly missing: number;
  /** Positions in `bytes` of instances that state their version; in their order. */
  readonly pieces: ReadonlyMap<string, Piece>;
}

/** The end of a piece is behind it. */
interface Piece {
  readonly start: number;
  readonly end: number;
}

/** What the metadata of an instance is made of. */
export interface InstanceMetadata {
  /** All attributes; for Pixel Data only that it exists. */
  readonly dataSet: DataSet;
  /** Gives the URI of a value that is stored elsewhere. */
  readonly bulkDataUri: (value: BulkData) => string | undefined;
}

/** The metadata of an instance. Throws what reading it throws. */
export async function metadataOf(
  face: DicomwebFace,
  held: HeldInstance,
  url: string,
  uids: PathUids,
): Promise<InstanceMetadata> {
  const { source, head: { dataSet, pixelData } } = await openInstance(held);
  if (pixelData !== undefined) {
    const { tag, vr, offset, length } = pixelData;
    dataSet.setElement(
      length === undefined
        ? new EncapsulatedElement(tag, vr, [])
        : new ReferencedElement(tag, vr, referenceInto(source, offset, length)),
    );
  }
  const base = `${instanceUrl(url, dataSet, uids)}/bulkdata/`;
  return {
    dataSet,
    bulkDataUri: (value) => isBulk(value, face.bulkDataAbove) ? base + bulkPath(value) : undefined,
  };
}

/** Most instances that are read at a time. */
const AT_ONCE = 4;

/** Most characters of metadata. */
const MAXIMUM_LENGTH = 128 * 1024 * 1024;

/** How to make metadata. */
export interface MakingOptions {
  readonly signal: AbortSignal;
  /** The metadata as it was made before: unchanged instances are not read again. */
  readonly before?: ReadyMetadata | undefined;
  /** Most characters. Default: 128 Mi. */
  readonly maximum?: number;
}

/** The metadata of one instance. */
interface Made {
  /** Identifies its version; undefined if it states none. */
  readonly key: string | undefined;
  readonly bytes: Uint8Array;
}

const encoder = new TextEncoder();

/**
 * Makes the metadata of all instances of a path. An instance that cannot be read is left out, and reported to the operator. If
 * no instance has changed, the result is `before`. Throws `RequestProblem` for more than `maximum` characters.
 */
export async function makeMetadata(
  face: DicomwebFace,
  url: string,
  uids: PathUids,
  { signal, before, maximum = MAXIMUM_LENGTH }: MakingOptions,
): Promise<ReadyMetadata> {
  const all: (Made | undefined)[] = [];
  let length = 0;
  let missing = 0;
  const read = async (held: HeldInstance, key: string | undefined, index: number) => {
    try {
      const { dataSet, bulkDataUri } = await metadataOf(face, held, url, uids);
      const text = toJsonText(dataSet, { bulkDataUri, onWarning: () => {} });
      all[index] = { key, bytes: encoder.encode(text) };
      length += text.length;
    } catch (error) {
      missing++;
      face.onError(error);
    }
  };
  let count = 0;
  const running = new Set<Promise<void>>();
  for await (const held of instancesOf(face, uids, signal)) {
    const key = held.version === undefined ? undefined : `${held.sopInstanceUid} ${held.version}`;
    const index = count++;
    const known = key === undefined ? undefined : before?.pieces.get(key);
    if (known !== undefined) {
      all[index] = { key, bytes: before!.bytes.subarray(known.start, known.end) };
      length += known.end - known.start;
    } else {
      const reading: Promise<void> = read(held, key, index).finally(() => running.delete(reading));
      running.add(reading);
      // A source that gives instances in turn has to be read in turn.
      if (running.size >= (held.part === undefined ? 1 : AT_ONCE)) await Promise.race(running);
    }
    if (length > maximum) throw tooLong(maximum);
  }
  await Promise.all(running);
  const made = all.filter((one) => one !== undefined);
  return missing === 0 && isAsBefore(made, before) ? before : await ready(made, missing);
}

function isAsBefore(made: readonly Made[], before: ReadyMetadata | undefined): before is ReadyMetadata {
  if (before === undefined || before.missing > 0 || made.length !== before.count) return false;
  if (made.length !== before.pieces.size) return false;
  const keys = before.pieces.keys();
  return made.every(({ key }) => key === keys.next().value);
}

function tooLong(maximum: number): RequestProblem {
  const found = `more than ${maximum} characters, after which it was left off`;
  return new RequestProblem(
    "TooManyAnswers",
    `Cannot give the metadata: it has ${found}; ask for that of each instance`,
  );
}

async function ready(made: readonly Made[], missing: number): Promise<ReadyMetadata> {
  const bytes = new Uint8Array(
    made.reduce((sum, { bytes }) => sum + bytes.length + 1, 1) + (made.length === 0 ? 1 : 0),
  );
  const pieces = new Map<string, Piece>();
  let at = 0;
  for (const { key, bytes: piece } of made) {
    bytes[at] = at === 0 ? OPENING : COMMA;
    at += 1;
    bytes.set(piece, at);
    if (key !== undefined) pieces.set(key, { start: at, end: at + piece.length });
    at += piece.length;
  }
  if (made.length === 0) bytes[at++] = OPENING;
  bytes[at] = CLOSING;
  const etag = await hexDigest(bytes);
  let compressed: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return { bytes, etag, count: made.length, missing, pieces, compressed: () => compressed ??= gzip(bytes) };
}

const [OPENING, COMMA, CLOSING] = [0x5b, 0x2c, 0x5d];

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
