/**
 * Frames decoded and encoded: the one way to all codecs.
 *
 * @module
 */

import { nameTransferSyntax } from "../dicom/names.ts";
import type { CodecTask, TaskRunner } from "./codec_task.ts";
import { inPieces, sliceOfTime } from "../scheduling/time_slices.ts";
import { decodedPhotometricInterpretation, encodedPhotometricInterpretation, pixelsOfPairs } from "./colour.ts";
import { compressionOf, isNative } from "./compression.ts";
import {
  type FrameDescription,
  frameLength,
  hasSharedChrominance,
  limitFrame,
  MAXIMUM_FRAME_LENGTH,
  nativeFrameLength,
} from "./frame_description.ts";
import { performTask } from "./perform_task.ts";
import { malformed, unsupported } from "./pixel_data_error.ts";
import { type FrameWork, pixelsOfPlanes } from "./samples.ts";

/** How codecs run. */
export interface FrameCodecsOptions {
  /**
   * Where codecs run that may hang or give garbage for bytes from outside: a `CodecPool`. Without one, RLE and JPEG work, by
   * code of our own in this process; JPEG-LS, JPEG 2000 and HTJ2K are refused.
   */
  readonly runner?: TaskRunner | undefined;
  /** Bytes that a decoded frame may have; 512 MiB, which is also the most. */
  readonly maxFrameLength?: number;
}

/** A decoded frame: samples pixel by pixel, in Little Endian. */
export interface DecodedFrame {
  /** As many as `frameLength()` says. */
  readonly bytes: Uint8Array;
  /** How the samples lie, and which colours they are. */
  readonly description: FrameDescription;
}

/**
 * Decodes and encodes frames. What a frame costs is bounded: by the size that its data set says, and by the deadline of the
 * runner. Disposing of it disposes of the runner.
 *
 * @example
 * ```ts
 * import { FrameCodecs, describeFrames } from "@gantry/dicom/pixel-data";
 * import { pixelFrames, readFile } from "@gantry/dicom/data-set";
 * import { denoCodecPool } from "@gantry/dicom/deno";
 *
 * async function firstFrame(file: Uint8Array) {
 *   await using codecs = new FrameCodecs({ runner: denoCodecPool() });
 *   const { dataSet, transferSyntax } = readFile(file);
 *   const [frame] = pixelFrames(dataSet);
 *   return await codecs.decode(frame!.bytes(), transferSyntax, describeFrames(dataSet));
 * }
 * ```
 */
export class FrameCodecs implements AsyncDisposable {
  /** Frames that are worked on at the same time. */
  readonly parallel: number;
  /** Bytes that a decoded frame may have. */
  readonly maxFrameLength: number;
  readonly #runner: TaskRunner | undefined;

  /** Codecs that run by these options. */
  constructor({ runner, maxFrameLength = MAXIMUM_FRAME_LENGTH }: FrameCodecsOptions = {}) {
    this.#runner = runner;
    this.parallel = runner?.parallel ?? 1;
    this.maxFrameLength = Math.min(maxFrameLength, MAXIMUM_FRAME_LENGTH);
  }

  /** Whether frames of a transfer syntax can be decoded, native ones included. */
  canDecode(transferSyntax: string): boolean {
    const codec = compressionOf(transferSyntax)?.codec;
    if (codec === undefined) return isNative(transferSyntax);
    return this.#runner !== undefined || codec === "rle" || codec === "jpeg";
  }

  /** Whether frames can be encoded in a transfer syntax, native ones included. */
  canEncode(transferSyntax: string): boolean {
    const compression = compressionOf(transferSyntax);
    if (compression === undefined) return isNative(transferSyntax);
    return compression.encodes && (this.#runner !== undefined || compression.codec === "rle");
  }

  /**
   * Decodes a frame of a data set in a transfer syntax. Native frames have their words in Little Endian, as `pixelFrames()`
   * gives them. Rejects with `PixelDataError`, which says what was found and expected, with `LimitError`, or with the
   * reason of the signal.
   */
  async decode(
    frame: Uint8Array,
    transferSyntax: string,
    description: FrameDescription,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<DecodedFrame> {
    limitFrame(description, this.maxFrameLength);
    const codec = compressionOf(transferSyntax)?.codec;
    const bytes = codec === undefined
      ? await native(frame, transferSyntax, description)
      : await this.#run({ operation: "decode", codec, description }, frame, signal);
    if (bytes.length !== frameLength(description)) {
      throw malformed(`Cannot decode a frame: ${bytes.length} bytes came out, expected ${frameLength(description)}`);
    }
    const photometricInterpretation = decodedPhotometricInterpretation(description);
    return { bytes, description: { ...description, photometricInterpretation, planarConfiguration: 0 } };
  }

  /**
   * Encodes a native frame without loss. The frame is as its description says. Rejects as `decode()` does; also for what the
   * transfer syntax can't hold, or no codec here encodes.
   */
  async encode(
    frame: Uint8Array,
    transferSyntax: string,
    description: FrameDescription,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Uint8Array> {
    limitFrame(description, this.maxFrameLength);
    const compression = compressionOf(transferSyntax);
    if (compression?.encodes !== true) {
      throw unsupported(`Cannot encode a frame: nothing here encodes ${nameTransferSyntax(transferSyntax)}`);
    }
    const { codec } = compression;
    encodedPhotometricInterpretation(codec, description);
    return await this.#run({ operation: "encode", codec, description }, frame, signal);
  }

  /** Encodes a picture of 8 bits, gray or RGB, as baseline JPEG. Rejects as `encode()` does. */
  async encodeJpeg(
    picture: { readonly width: number; readonly height: number; readonly samples: 1 | 3; readonly pixels: Uint8Array },
    quality: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const { width, height, samples, pixels } = picture;
    return await this.#run({ operation: "picture", width, height, samples, quality }, pixels, signal);
  }

  /** Disposes of the runner. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner?.[Symbol.asyncDispose]();
  }

  async #run(task: CodecTask, bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (this.#runner === undefined || isShort(task)) {
      return await performTask(task, bytes, undefined);
    }
    return await this.#runner.run(task, bytes, signal);
  }
}

/** Bytes of a frame up to which RLE is done here: it is as fast as the way to another process, but holds up everything else. */
const LONGEST_HERE = 4 * 1024 * 1024;

function isShort(task: CodecTask): boolean {
  return task.operation !== "picture" && task.codec === "rle" && frameLength(task.description) <= LONGEST_HERE;
}

/** Pixels that are worked on at a time. */
const PIXELS_AT_ONCE = 0x1_0000;

async function native(frame: Uint8Array, transferSyntax: string, description: FrameDescription): Promise<Uint8Array> {
  if (!isNative(transferSyntax)) {
    throw unsupported(`Cannot decode a frame: nothing here decodes ${nameTransferSyntax(transferSyntax)}`);
  }
  const expected = nativeFrameLength(description);
  if (frame.length !== expected) {
    throw malformed(`Cannot read a frame: found ${frame.length} bytes, expected ${expected}`);
  }
  const isByPlane = description.planarConfiguration === 1 && description.bitsAllocated > 1 &&
    description.samplesPerPixel > 1;
  if (hasSharedChrominance(description)) return await made(pixelsOfPairs(frame, description));
  return isByPlane ? await made(pixelsOfPlanes(frame, description)) : frame;
}

/** Does all of it, yielding to other work in between. */
async function made({ output, count, make }: FrameWork): Promise<Uint8Array> {
  await inPieces(count, PIXELS_AT_ONCE, sliceOfTime(), make);
  return output;
}
