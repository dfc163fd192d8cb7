/**
 * Frames of an instance: fetched, decoded, and in other transfer syntaxes.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { type PixelFrame, pixelFrames } from "../dicom/data_set/frames/pixel_frames.ts";
import { LimitError } from "../errors.ts";
import { isNative } from "./compression.ts";
import type { DecodedFrame, FrameCodecs } from "./frame_codecs.ts";
import { describeFrames, type FrameDescription } from "./frame_description.ts";
import { malformed } from "./pixel_data_error.ts";

/** An instance as `readFileFrom()` gives it: Pixel Data may be left in their source. */
export interface ImageInstance {
  /** Its data set. */
  readonly dataSet: DataSet;
  /** The transfer syntax UID in which it was read. */
  readonly transferSyntax: string;
  /** Gives its frames, where the data set lacks Pixel Data: as `LocatedFrames`. Default: those of the data set. */
  readonly frames?: FrameLocator | undefined;
}

/** Frames that stay where they are until they are asked for. */
export interface FrameLocator {
  /** How many there are. */
  readonly count: number;
  /** A frame, counted from 0; native frames are in Little Endian. Rejects if it can't be read. */
  frame(index: number): Promise<PixelFrame>;
}

/** Whether an instance has pixels that are integers: an image, and no document, waveform or dose in floating point. */
export function hasFrames({ dataSet, frames }: ImageInstance): boolean {
  const hasPixels = frames !== undefined || dataSet.element("PixelData") !== undefined;
  return hasPixels && dataSet.element("Rows") !== undefined;
}

/**
 * The bytes of a frame as they are stored, counted from 0; native ones in Little Endian. Rejects with `PixelDataError` where
 * the instance has no such frame, with `DataSetError` where frames can't be told from one another, with `LimitError`.
 */
async function storedFrame(instance: ImageInstance, index: number, codecs: FrameCodecs): Promise<Uint8Array> {
  const { dataSet, frames: located } = instance;
  const frames = located === undefined ? pixelFrames(dataSet) : [];
  const count = located?.count ?? frames.length;
  const frame = index < count ? await located?.frame(index) ?? frames[index] : undefined;
  if (frame !== undefined) return await bytesOf(frame, codecs.maxFrameLength);
  throw malformed(`Cannot give frame ${index + 1}: found ${count} frames`);
}

async function bytesOf(frame: PixelFrame, maximum: number): Promise<Uint8Array> {
  if (frame.length > maximum) {
    const message = `Cannot give a frame of ${frame.length} bytes: it is longer than the limit of ${maximum}`;
    throw new LimitError(message, { limit: "maxFrameLength", maximum });
  }
  if (frame.parts.every((part) => part instanceof Uint8Array)) return frame.bytes();
  const bytes = new Uint8Array(frame.length);
  let filled = 0;
  for await (const chunk of frame.stream()) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes;
}

/** A frame, counted from 0, decoded. Rejects as `storedFrame()` and `FrameCodecs.decode()` do. */
export async function decodedFrame(
  instance: ImageInstance,
  index: number,
  codecs: FrameCodecs,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<DecodedFrame> {
  const description = describeFrames(instance.dataSet);
  const stored = await storedFrame(instance, index, codecs);
  return await codecs.decode(stored, instance.transferSyntax, description, options);
}

/** A frame in a transfer syntax. */
export interface TranscodedFrame {
  /** Native in Little Endian, or a codestream. */
  readonly bytes: Uint8Array;
  /** What the data set would have to say of it. */
  readonly description: FrameDescription;
}

/**
 * A frame, counted from 0, in another transfer syntax: as it is stored where that is the same, native, or encoded without
 * loss. Rejects as `decodedFrame()` and `FrameCodecs.encode()` do.
 */
export async function frameIn(
  transferSyntax: string,
  instance: ImageInstance,
  index: number,
  codecs: FrameCodecs,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TranscodedFrame> {
  const same = transferSyntax === instance.transferSyntax ||
    (isNative(transferSyntax) && isNative(instance.transferSyntax));
  if (same) {
    return { bytes: await storedFrame(instance, index, codecs), description: describeFrames(instance.dataSet) };
  }
  const decoded = await decodedFrame(instance, index, codecs, options);
  if (isNative(transferSyntax)) return decoded;
  const bytes = await codecs.encode(decoded.bytes, transferSyntax, decoded.description, options);
  return { bytes, description: decoded.description };
}
