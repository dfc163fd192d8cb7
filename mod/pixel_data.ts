/**
 * Pixel Data: frames described, decoded, encoded, and rendered as pictures; instances in another transfer syntax.
 *
 * @module
 */

export * from "../src/pixel_data/compression.ts";
export * from "../src/pixel_data/frame_codecs.ts";
export * from "../src/pixel_data/frame_description.ts";
export * from "../src/pixel_data/pixel_data_error.ts";
export * from "../src/pixel_data/transcoding/transcode.ts";
export * from "../src/pixel_data/transcoding/transcoding_by.ts";
export * from "../src/pixel_data/instance_frames.ts";
export * from "../src/pixel_data/rendering/render.ts";
export { parseViewport, type Viewport } from "../src/pixel_data/rendering/viewport.ts";
export type { Window, WindowFunction } from "../src/pixel_data/rendering/window.ts";
export type { Picture } from "../src/pixel_data/rendering/picture.ts";
export type { CodecTask, DecodeTask, EncodeTask, PictureTask, TaskRunner } from "../src/pixel_data/codec_task.ts";
