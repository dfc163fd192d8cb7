/**
 * An instance of which parts are asked for.
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
import { RequestProblem } from "./request_problem.ts";
import { bytesInMemory } from "./selection.ts";

/** An instance whose head was read. */
export interface OpenedInstance {
  /** As the source gave it. */
  readonly held: HeldInstance;
  /** Its data set, not deflated. */
  readonly source: ByteSource;
  /** All of it but Pixel Data. */
  readonly head: DataSetHead;
  /** Bytes of it that are in memory, or may come to be there: at most so many. */
  readonly bytes: number;
}

/** Values that are longer stay in the source: more than any text that is read at once. */
const REFERENCE_ABOVE = 64 * 1024;

/**
 * Longest head, in bytes without the values that stay in the source: it is held in memory, several at a time. That of an
 * instance with a hundred thousand frames is shorter.
 */
const LONGEST_HEAD = 64 * 1024 * 1024;
const MOST_ELEMENTS = 1_000_000;

/** Opens an instance. Throws what reading it throws, and `RequestProblem` where it would have to be held and is too long. */
export async function openInstance(held: HeldInstance): Promise<OpenedInstance> {
  const { part, length } = held;
  const isDeflated = findTransferSyntax(held.transferSyntax)?.deflated === true;
  const transferSyntax = isDeflated ? UID.ExplicitVRLittleEndian : held.transferSyntax;
  const isFile = part !== undefined && length !== undefined && !isDeflated;
  const source = isFile
    ? { size: length, slice: (start: number, end: number) => ({ stream: () => part(start, end) }) }
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

/** An instance with frames, and where they are. */
export interface FoundFrames {
  /** The instance. */
  readonly opened: OpenedInstance;
  /** Its frames. */
  readonly frames: LocatedFrames;
}

const PIXEL_DATA = 0x7fe0_0010;

/** An instance as codecs want it: its frames stay where they are until they are asked for. */
export function imageOf({ opened: { head }, frames }: FoundFrames): ImageInstance {
  const { dataSet, transferSyntax, pixelData } = head;
  // Frames of floating point are none that a codec knows.
  return { dataSet, transferSyntax, ...(pixelData?.tag === PIXEL_DATA && { frames }) };
}

/** Instances that are remembered, with frames and bytes of them in all: a viewer asks for one frame after the other. */
const REMEMBERED = 64;
const REMEMBERED_FRAMES = 250_000;
const REMEMBERED_BYTES = 128 * 1024 * 1024;

/** Finds frames, and remembers where those of the last instances are. */
export class FrameFinder {
  readonly #known = new Map<string, { readonly found: Promise<FoundFrames>; count: number; bytes: number }>();
  /** Frames of those that were found, and their bytes. */
  #frames = 0;
  #bytes = 0;

  /** The frames of an instance. Throws `RequestProblem` where it has none, or they can't be told apart. */
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
    // It may have been forgotten meanwhile.
    if (this.#known.get(key) === entry) {
      this.#frames += entry.count;
      this.#bytes += entry.bytes;
    }
    this.#forget();
    return await found;
  }

  /** Forgets the one that was asked for longest ago, until there is room. */
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

/** Seconds after which a client may ask again for a frame. */
const RETRY_AFTER = "2";

/** What is wrong with a data set or its frames is told; it has no values in it. */
export function unreadable(error: unknown): unknown {
  const isTold = error instanceof DataSetError || error instanceof LimitError || error instanceof PixelDataError;
  if (!isTold) return error;
  if (error instanceof PixelDataError && error.reason === "busy") {
    return new RequestProblem("TooManyRenderings", error.message, { "Retry-After": RETRY_AFTER });
  }
  return new RequestProblem("NotAcceptable", error.message);
}
