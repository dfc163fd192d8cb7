/**
 * An instance that clients request parts of.
 *
 * @module
 */

import { convertTransferSyntax } from "../../dicom/conversion/convert_transfer_syntax.ts";
import type { ByteSource } from "../../dicom/data_set/reading/byte_source.ts";
import { type DataSetHead, readDataSetHead } from "../../dicom/data_set/reading/data_set_head.ts";
import { type LocatedFrames, locateFrames } from "../../dicom/data_set/frames/located_frames.ts";
import * as UID from "../../dicom/generated/uid.ts";
import { findTransferSyntax } from "../../dicom/transfer_syntaxes.ts";
import { DataSetError, LimitError } from "../../errors.ts";
import type { ImageInstance } from "../../pixel_data/instance_frames.ts";
import { PixelDataError } from "../../pixel_data/pixel_data_error.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { RequestProblem } from "./request_problem.ts";
import { bytesInMemory } from "./selection.ts";

/** An instance whose head was read. */
export interface OpenedInstance {
  /** The instance as the source gave it. */
  readonly held: HeldInstance;
  /** Its data set, not deflated. */
  readonly source: ByteSource;
  /** All of it but Pixel Data. */
  readonly head: DataSetHead;
  /** Most bytes of it that are in memory, or may come to be there. */
  readonly bytes: number;
}

/** Longer values stay in the source: they are longer than any text that is read at once. */
const REFERENCE_ABOVE = 64 * 1024;

/**
 * Longest head, in bytes without the values that stay in the source: it is held in memory, several at a time. The head of an
 * instance with a hundred thousand frames is shorter.
 */
const LONGEST_HEAD = 64 * 1024 * 1024;
const MOST_ELEMENTS = 1_000_000;

/** Opens an instance. Throws what reading it throws, and `RequestProblem` if it is too long to be held where it must be. */
export async function openInstance(held: HeldInstance): Promise<OpenedInstance> {
  const { part, length } = held;
  const isDeflated = findTransferSyntax(held.transferSyntax)?.deflated === true;
  const transferSyntax = isDeflated ? UID.ExplicitVRLittleEndian : held.transferSyntax;
  const isFile = part !== undefined && length !== undefined && !isDeflated;
  const source = isFile
    ? { size: length, slice: (start: number, end: number) => ({ stream: () => streamOf(part(start, end)) }) }
    : await heldBytes(held, isDeflated);
  const head = await readDataSetHead(source, {
    transferSyntax,
    referenceAbove: REFERENCE_ABOVE,
    maxLength: LONGEST_HEAD,
    maxElements: MOST_ELEMENTS,
  });
  return { held, source, head, bytes: isFile ? head.pixelData?.offset ?? source.size : source.size };
}

async function heldBytes(held: HeldInstance, isDeflated: boolean): Promise<ByteSource> {
  const stream = held.stream();
  if (!isDeflated) return await bytesInMemory(stream);
  return await bytesInMemory(
    convertTransferSyntax(stream, { from: held.transferSyntax, to: UID.ExplicitVRLittleEndian }),
  );
}

/** An instance with frames, and their positions. */
export interface FoundFrames {
  /** The instance. */
  readonly opened: OpenedInstance;
  /** Its frames. */
  readonly frames: LocatedFrames;
}

const PIXEL_DATA = 0x7fe0_0010;

/** An instance for codecs: its frames stay in the source until a codec reads them. */
export function imageOf({ opened: { head }, frames }: FoundFrames): ImageInstance {
  const { dataSet, transferSyntax, pixelData } = head;
  // No codec knows frames of floating point.
  return { dataSet, transferSyntax, ...(pixelData?.tag === PIXEL_DATA && { frames }) };
}

/** Most instances that are remembered, with most frames and bytes of all: a viewer requests one frame after the other. */
const REMEMBERED = 64;
const REMEMBERED_FRAMES = 250_000;
const REMEMBERED_BYTES = 128 * 1024 * 1024;

/** Finds frames, and remembers the positions of those of the last instances. */
export class FrameFinder {
  readonly #known = new Map<string, { readonly found: Promise<FoundFrames>; count: number; bytes: number }>();
  /** Number of remembered frames, and of bytes in memory. */
  #frames = 0;
  #bytes = 0;

  /** The frames of an instance. Throws `RequestProblem` if it has none, or if their bounds are unclear. */
  async framesOf(held: HeldInstance): Promise<FoundFrames> {
    const { sopInstanceUid, version, part } = held;
    const key = `${sopInstanceUid} ${version}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return await known.found;
    }
    const found = findFrames(held);
    if (version === undefined || part === undefined) return await found;
    const entry = { found, count: 0, bytes: 0 };
    this.#known.set(key, entry);
    try {
      const { opened, frames } = await found;
      [entry.count, entry.bytes] = [frames.count, opened.bytes];
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
    // Another instance may have displaced it meanwhile.
    if (this.#known.get(key) === entry) {
      this.#frames += entry.count;
      this.#bytes += entry.bytes;
    }
    this.#forget();
    return await found;
  }

  /** Forgets the instances whose last request is longest ago, until the rest has room. */
  #forget(): void {
    for (const [oldest, { count, bytes }] of this.#known) {
      const isShort = this.#frames > REMEMBERED_FRAMES || this.#bytes > REMEMBERED_BYTES;
      if (this.#known.size <= REMEMBERED && !isShort) return;
      this.#known.delete(oldest);
      this.#frames -= count;
      this.#bytes -= bytes;
    }
  }
}

async function findFrames(held: HeldInstance): Promise<FoundFrames> {
  try {
    const opened = await openInstance(held);
    if (opened.head.pixelData === undefined) {
      throw new RequestProblem("UnknownResource", "There are no frames: the instance has no Pixel Data");
    }
    return { opened, frames: await locateFrames(opened.source, opened.head) };
  } catch (error) {
    throw unreadable(error);
  }
}

/** Seconds after which a client may request a frame again. */
const RETRY_AFTER = "2";

/** Makes an error about a data set or its frames one for the client; its message quotes no values. */
export function unreadable(error: unknown): unknown {
  const isTold = error instanceof DataSetError || error instanceof LimitError || error instanceof PixelDataError;
  if (!isTold) return error;
  if (error instanceof PixelDataError && error.reason === "busy") {
    return new RequestProblem("TooManyRenderings", error.message, { "Retry-After": RETRY_AFTER });
  }
  return new RequestProblem("NotAcceptable", error.message);
}
