/**
 * Metadata of series in DICOM JSON: made once, kept ready as bytes until something changes, and compressed when first asked
 * for so.
 *
 * @module
 */

import { EncapsulatedElement, ReferencedElement } from "../../dicom/data_set/data_element.ts";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { referenceInto } from "../../dicom/data_set/byte_source.ts";
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
import { instancesOf, sourceOf } from "./selection.ts";

/** The metadata of instances, ready to be sent. */
export interface ReadyMetadata {
  /** A JSON array. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same in gzip. */
  compressed(): Promise<Uint8Array<ArrayBuffer>>;
  /** Entity tag, without quotes. */
  readonly etag: string;
  /** Instances that it has. */
  readonly count: number;
  /** Instances that could not be read. */
  readonly missing: number;
}

/** What metadata are made from. */
export interface InstanceMetadata {
  /** Everything; of Pixel Data that there is some. */
  readonly dataSet: DataSet;
  /** Gives the URI of a value that stands elsewhere. */
  readonly bulkDataUri: (value: BulkData) => string | undefined;
}

/** What is told of an instance. Throws what reading it throws. */
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

/** Instances that are read at a time. */
const AT_ONCE = 4;

/** Characters of metadata that are made at a time. */
const MAXIMUM_LENGTH = 128 * 1024 * 1024;

/**
 * Makes the metadata of what a path names. One instance that can't be read is left out, and told to the operator. Throws
 * `RequestProblem` where it has more than `maximum` characters.
 */
export async function makeMetadata(
  face: DicomwebFace,
  url: string,
  uids: PathUids,
  signal: AbortSignal,
  maximum = MAXIMUM_LENGTH,
): Promise<ReadyMetadata> {
  const texts: string[] = [];
  let length = 0;
  let missing = 0;
  const read = async (held: HeldInstance, index: number) => {
    try {
      const { dataSet, bulkDataUri } = await metadataOf(face, held, url, uids);
      const text = toJsonText(dataSet, { bulkDataUri, onWarning: () => {} });
      texts[index] = text;
      length += text.length;
    } catch (error) {
      missing++;
      face.onError(error);
    }
  };
  let count = 0;
  const running = new Set<Promise<void>>();
  for await (const held of instancesOf(face, uids, signal)) {
    const reading: Promise<void> = read(held, count++).finally(() => running.delete(reading));
    running.add(reading);
    // A source that gives instances in turn has to be read in turn.
    if (running.size >= (held.part === undefined ? 1 : AT_ONCE)) await Promise.race(running);
    if (length > maximum) throw tooLong(maximum);
  }
  await Promise.all(running);
  const bytes = new TextEncoder().encode(`[${texts.filter((text) => text !== undefined).join(",")}]`);
  return await ready(bytes, count - missing, missing);
}

function tooLong(maximum: number): RequestProblem {
  const found = `more than ${maximum} characters, after which it was left off`;
  return new RequestProblem(
    "TooManyAnswers",
    `Cannot give the metadata: it has ${found}; ask for that of each instance`,
  );
}

async function ready(bytes: Uint8Array<ArrayBuffer>, count: number, missing: number): Promise<ReadyMetadata> {
  const etag = await hexDigest(bytes);
  let compressed: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return { bytes, etag, count, missing, compressed: () => compressed ??= gzip(bytes) };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Bytes that are kept of all series together. Compressed ones come on top, and are much shorter. */
const MAXIMUM_KEPT = 64 * 1024 * 1024;

interface Entry {
  readonly made: Promise<ReadyMetadata>;
  /** Bytes; 0 while it is made. */
  size: number;
}

/** The metadata of the series that were asked for last. */
export class SeriesMetadata {
  readonly #face: DicomwebFace;
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  constructor(face: DicomwebFace) {
    this.#face = face;
  }

  /** The metadata of a series, for clients who know the server by `url`. */
  async get(url: string, uids: PathUids, signal: AbortSignal): Promise<ReadyMetadata> {
    if (sourceOf(this.#face).observed !== true) return await makeMetadata(this.#face, url, uids, signal);
    const key = `${uids.study}/${uids.series} ${url}`;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return await known.made;
    }
    // Others may wait for the same: it goes on when who asked first has gone.
    const entry: Entry = { made: makeMetadata(this.#face, url, uids, new AbortController().signal), size: 0 };
    this.#entries.set(key, entry);
    try {
      const made = await entry.made;
      this.#keep(key, entry, made);
      return made;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** Says that something of a series is no longer as it was. */
  changed(study: string, series: string): void {
    for (const [key, entry] of this.#entries) {
      if (!key.startsWith(`${study}/${series} `)) continue;
      this.#entries.delete(key);
      this.#size -= entry.size;
    }
  }

  /** Keeps it, unless something has changed meanwhile; what is incomplete is made anew next time. */
  #keep(key: string, entry: Entry, { bytes, missing, count }: ReadyMetadata): void {
    if (this.#entries.get(key) !== entry || entry.size > 0) return;
    if (missing > 0 || count === 0 || bytes.length > MAXIMUM_KEPT / 4) {
      this.#entries.delete(key);
      return;
    }
    entry.size = bytes.length;
    this.#size += entry.size;
    for (const [oldest, { size }] of this.#entries) {
      if (this.#size <= MAXIMUM_KEPT) break;
      if (oldest === key || size === 0) continue;
      this.#entries.delete(oldest);
      this.#size -= size;
    }
  }
}
