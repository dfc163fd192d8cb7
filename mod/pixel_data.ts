/**
 * Pixel Data: frames described, decoded, encoded, and rendered as pictures; instances in another transfer syntax.
 *
 * @module
 */

export * from "../src/pixel_data/compression.ts";
export * from "../src/pixel_data/frame_codecs.ts";
export * from "../src/pixel_data/frame_description.ts";
export * from "../src/pixel_data/pixel_data_error.ts";
export type { CodecTask, DecodeTask, EncodeTask, PictureTask, TaskRunner } from "../src/pixel_data/codec_task.ts";
