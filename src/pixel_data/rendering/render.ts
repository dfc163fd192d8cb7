/**
 * Frames rendered as JPEG, PNG and GIF, for clients that can't show DICOM (PS3.18 8.7.4 and 10.4).
 *
 * @module
 */

import { sliceOfTime } from "../../scheduling/time_slices.ts";
import type { FrameCodecs } from "../frame_codecs.ts";
import { decodedFrame, hasFrames, type ImageInstance } from "../instance_frames.ts";
import { renderColour, renderPalette } from "./colour_picture.ts";
import { renderGray } from "./gray_scale.ts";
import { drawIcon, iconKindOf } from "./icon.ts";
import { drawOverlays } from "./overlays.ts";
import type { Picture } from "./picture.ts";
import { encodeGif } from "./gif.ts";
import { jpegWithProfile, profileOf } from "./icc_profile.ts";
import { encodePng } from "./png.ts";
import { applyShutters } from "./shutters.ts";
import { inViewport, type Viewport } from "./viewport.ts";
import type { Window } from "./window.ts";

/** Media types of pictures. */
export type PictureType = "image/jpeg" | "image/png" | "image/gif";

/** How to render. */
export interface RenderOptions {
  /** The media type; `image/jpeg`. */
  readonly type?: PictureType | undefined;
  /** Quality of a JPEG, 1 to 100; 90. */
  readonly quality?: number | undefined;
  /** The window, in values of the modality; by default the data set's first, its VOI LUT, or all values that the frame has. */
  readonly window?: Window | undefined;
  /** Which part, in which size; by default all of it as it is. */
  readonly viewport?: Viewport | undefined;
  /** Whether overlays are drawn; false. */
  readonly overlays?: boolean | undefined;
  /** Whether display shutters cover what they should; false. */
  readonly shutters?: boolean | undefined;
  /** Whether JPEG and PNG of an image in colour have its ICC profile; false. */
  readonly iccProfile?: boolean | undefined;
  /** Ends the work. */
  readonly signal?: AbortSignal | undefined;
}

/** A picture in a media type. */
export interface RenderedPicture {
  /** What the bytes are. */
  readonly type: PictureType;
  /** The file. */
  readonly bytes: Uint8Array;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

const QUALITY = 90;

/** Default columns and rows of a thumbnail. */
const THUMBNAIL = 128;

/**
 * Renders a frame of an instance, counted from 0. Rejects with `PixelDataError` for what can't be rendered, and as
 * `decodedFrame()` does.
 */
export async function renderFrame(
  instance: ImageInstance,
  index: number,
  codecs: FrameCodecs,
  options: RenderOptions = {},
): Promise<RenderedPicture> {
  const picture = await drawFrame(instance, index, codecs, options);
  const profile = options.iccProfile && picture.samples === 3 ? profileOf(instance.dataSet) : undefined;
  return await encodePicture(picture, codecs, { ...options, profile });
}

/** A frame of an instance, counted from 0, as pixels. Rejects as `renderFrame()` does. */
export async function drawFrame(
  instance: ImageInstance,
  index: number,
  codecs: FrameCodecs,
  options: Omit<RenderOptions, "type" | "quality"> = {},
): Promise<Picture> {
  const { dataSet } = instance;
  const { window, viewport, overlays, shutters, signal } = options;
  const frame = await decodedFrame(instance, index, codecs, { signal });
  const slice = sliceOfTime();
  const pause = () => {
    signal?.throwIfAborted();
    return slice();
  };
  const { samplesPerPixel, photometricInterpretation } = frame.description;
  const picture = samplesPerPixel === 3
    ? await renderColour(frame, pause)
    : photometricInterpretation === "PALETTE COLOR"
    ? await renderPalette(dataSet, frame, pause)
    : await renderGray(dataSet, frame, index, pause, window);
  if (shutters) await applyShutters(picture, dataSet, pause);
  if (overlays) await drawOverlays(picture, dataSet, frame, index, pause);
  return viewport === undefined ? picture : await inViewport(picture, viewport, pause);
}

/** How to render a thumbnail. */
export interface ThumbnailOptions extends Omit<RenderOptions, "window"> {
  /** The frame, counted from 0; that in the middle. */
  readonly frame?: number | undefined;
  /** Called with the reason when the picture is an icon instead of the frame. Default: no report. */
  readonly onProblem?: ((error: unknown) => void) | undefined;
}

/** The index of the frame that stands for all: that in the middle. */
export function middleFrame({ dataSet, frames }: ImageInstance): number {
  const count = Math.max(1, frames?.count ?? dataSet.get("NumberOfFrames") ?? 1);
  return Math.floor((count - 1) / 2);
}

/**
 * A small picture of an instance: of the frame in its middle, or an icon of what it is where it is no image, or can't be
 * rendered. Rejects only with the reason of the signal, or where no picture can be encoded at all.
 */
export async function renderThumbnail(
  instance: ImageInstance,
  codecs: FrameCodecs,
  options: ThumbnailOptions = {},
): Promise<RenderedPicture> {
  const { viewport = { width: THUMBNAIL, height: THUMBNAIL }, signal, onProblem = () => {} } = options;
  if (hasFrames(instance)) {
    try {
      const frame = options.frame ?? middleFrame(instance);
      const picture = await drawFrame(instance, frame, codecs, { ...options, viewport });
      return await encodePicture(picture, codecs, options);
    } catch (error) {
      signal?.throwIfAborted();
      onProblem(error);
    }
  }
  return await renderIcon(instance.dataSet.getText("SOPClassUID") ?? "", codecs, { ...options, viewport });
}

/** The icon of a SOP class. It fits into the viewport. Rejects where no picture can be encoded. */
export async function renderIcon(
  sopClassUid: string,
  codecs: FrameCodecs,
  options: Pick<RenderOptions, "type" | "quality" | "viewport" | "signal"> = {},
): Promise<RenderedPicture> {
  const { width, height } = options.viewport ?? { width: THUMBNAIL, height: THUMBNAIL };
  return await encodePicture(drawIcon(iconKindOf(sopClassUid), Math.min(width, height)), codecs, options);
}

/** How to encode. */
export interface PictureEncoding extends Pick<RenderOptions, "type" | "quality" | "signal"> {
  /** The ICC profile of the colours. Default: none. */
  readonly profile?: Uint8Array | undefined;
}

/** Encodes a picture in a media type. */
async function encodePicture(
  picture: Picture,
  codecs: FrameCodecs,
  { type = "image/jpeg", quality = QUALITY, signal, profile }: PictureEncoding = {},
): Promise<RenderedPicture> {
  const { width, height } = picture;
  if (type === "image/png") return { type, bytes: await encodePng(picture, profile), width, height };
  if (type === "image/gif") return { type, bytes: await encodeGif(picture), width, height };
  const jpeg = await codecs.encodeJpeg(picture, Math.min(100, Math.max(1, Math.round(quality))), signal);
  return { type, bytes: profile === undefined ? jpeg : jpegWithProfile(jpeg, profile), width, height };
}
