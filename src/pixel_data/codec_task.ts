/**
 * What codecs are asked to do.
 *
 * @module
 */

import type { CodecName } from "./compression.ts";
import type { FrameDescription } from "./frame_description.ts";

/** Decode a frame: samples pixel by pixel come out, in Little Endian, as many bytes as `frameLength()` says. */
export interface DecodeTask {
  /** Tells it from the others. */
  readonly operation: "decode";
  /** The codec that does it. */
  readonly codec: CodecName;
  /** What the data set says of the frame. */
  readonly description: FrameDescription;
}

/** Encode a frame without loss; native bytes go in, as the description says, in Little Endian. */
export interface EncodeTask {
  /** Tells it from the others. */
  readonly operation: "encode";
  /** The codec that does it. */
  readonly codec: CodecName;
  /** What the data set says of the frame. */
  readonly description: FrameDescription;
}

/** Encode a picture as baseline JPEG; its samples go in pixel by pixel, a byte each. */
export interface PictureTask {
  /** Tells it from the others. */
  readonly operation: "picture";
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Samples of a pixel: 1 for gray, 3 for RGB. */
  readonly samples: 1 | 3;
  /** 1 to 100. */
  readonly quality: number;
}

/** A task of a codec. */
export type CodecTask = DecodeTask | EncodeTask | PictureTask;

/** Does tasks, somewhere. Rejects with `PixelDataError`, or with the reason of the signal. */
export interface TaskRunner extends AsyncDisposable {
  /** Tasks that are worked on at the same time. */
  readonly parallel: number;
  /** Does a task. The bytes are the runner's until it settles. */
  run(task: CodecTask, bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}
