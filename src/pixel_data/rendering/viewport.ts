/**
 * A part of a picture, in a size that fits (PS3.18 8.3.5.1.3).
 *
 * @module
 */

import type { Pause } from "../../scheduling/time_slices.ts";
import { malformed } from "../pixel_data_error.ts";
import type { Picture } from "./picture.ts";

/** Where a picture is to be shown, and which part of it. */
export interface Viewport {
  /** Columns that the picture may have; it gets as large as both let it, and keeps its proportions. */
  readonly width: number;
  /** Rows that it may have. */
  readonly height: number;
  /** The left end of the part, in pixels of the image; 0. */
  readonly left?: number | undefined;
  /** Its upper end; 0. */
  readonly top?: number | undefined;
  /** Its width; up to the end of the image. A negative one turns the picture over. */
  readonly partWidth?: number | undefined;
  /** Its height; up to the end of the image. A negative one turns the picture over. */
  readonly partHeight?: number | undefined;
}

/** Columns, and rows, of a viewport. */
const MAXIMUM_SIDE = 16384;

/** Most pixels of a picture that is larger than its part of the image: any client can ask for many. */
const MAXIMUM_PIXELS = 0x100_0000;

/**
 * Reads a viewport as the query parameter has it: `vw,vh`, or `vw,vh,sx,sy,sw,sh` where the last four may be empty. Throws
 * `PixelDataError` for anything else.
 */
export function parseViewport(text: string): Viewport {
  const parts = text.split(",").map((part) => part.trim());
  const numbers = parts.map((part) => part === "" ? undefined : Number(part));
  const [width, height, left, top, partWidth, partHeight] = numbers;
  const isRight = (parts.length === 2 || parts.length === 6) && width !== undefined && height !== undefined &&
    numbers.every((number) => number === undefined || Number.isFinite(number));
  if (!isRight) {
    throw malformed(`Cannot understand a viewport: found ${parts.length} values, expected vw,vh or vw,vh,sx,sy,sw,sh`);
  }
  return { width, height, left, top, partWidth, partHeight };
}

/** The part of a picture, turned over and scaled, to no more than 16 million pixels if it has fewer. Rejects with `PixelDataError` for a part or a size that is none. */
export async function inViewport(picture: Picture, viewport: Viewport, pause: Pause): Promise<Picture> {
  const part = partOf(picture, viewport);
  const flipX = (viewport.partWidth ?? 1) < 0;
  const flipY = (viewport.partHeight ?? 1) < 0;
  const [width, height] = [viewport.width, viewport.height].map(Math.floor);
  if (!(width! >= 1 && height! >= 1 && width! <= MAXIMUM_SIDE && height! <= MAXIMUM_SIDE)) {
    throw malformed(`Cannot render into ${viewport.width} by ${viewport.height}, expected 1 to ${MAXIMUM_SIDE} pixels`);
  }
  const fitting = Math.min(width! / part.width, height! / part.height);
  const largest = Math.max(1, Math.sqrt(MAXIMUM_PIXELS / (part.width * part.height)));
  const scale = Math.min(fitting, largest);
  const columns = axis(part.left, part.width, Math.max(1, Math.round(part.width * scale)), picture.width, flipX);
  const rows = axis(part.top, part.height, Math.max(1, Math.round(part.height * scale)), picture.height, flipY);
  return await resample(picture, columns, rows, pause);
}

interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function partOf({ width, height }: Picture, { left = 0, top = 0, partWidth, partHeight }: Viewport): Part {
  const part = {
    ...{ left, top },
    width: Math.min(Math.abs(partWidth ?? width - left), width - left),
    height: Math.min(Math.abs(partHeight ?? height - top), height - top),
  };
  if (left >= 0 && top >= 0 && part.width > 0 && part.height > 0) return part;
  throw malformed(`Cannot render a part at ${left}, ${top}: it is outside of the ${width} by ${height} pixels`);
}

/** For each pixel on one axis of the result: from which of the source it comes, with which weights out of 1. */
interface Axis {
  readonly length: number;
  readonly starts: Int32Array;
  readonly weights: readonly Float32Array[];
}

/** Smaller pictures are averaged over the area of each pixel, larger ones interpolated between the middles of two. */
function axis(start: number, extent: number, length: number, limit: number, flipped: boolean): Axis {
  const step = extent / length;
  const starts = new Int32Array(length);
  const weights = Array.from({ length }, (_, place): Float32Array => {
    const index = flipped ? length - 1 - place : place;
    let [from, to] = [start + index * step, start + (index + 1) * step];
    if (step < 1) [from, to] = [(from + to) / 2 - 0.5, (from + to) / 2 + 0.5];
    const [low, high] = [Math.max(0, from), Math.min(limit, to)];
    const first = Math.min(limit - 1, Math.floor(low));
    starts[place] = first;
    const count = Math.max(1, Math.ceil(high) - first);
    const shares = Float32Array.from({ length: count }, (_, offset) => {
      const at = first + offset;
      return Math.max(0, Math.min(high, at + 1) - Math.max(low, at));
    });
    const sum = shares.reduce((sum, share) => sum + share, 0);
    return sum > 0 ? shares.map((share) => share / sum) : Float32Array.of(1);
  });
  return { length, starts, weights };
}

async function resample(
  { width, samples, pixels }: Picture,
  columns: Axis,
  rows: Axis,
  pause: Pause,
): Promise<Picture> {
  const output = new Uint8Array(columns.length * rows.length * samples);
  const line = new Float32Array(width * samples);
  let to = 0;
  for (let y = 0; y < rows.length; y++) {
    line.fill(0);
    for (const [offset, weight] of rows.weights[y]!.entries()) {
      const from = (rows.starts[y]! + offset) * width * samples;
      for (let at = 0; at < line.length; at++) line[at]! += pixels[from + at]! * weight;
    }
    for (let x = 0; x < columns.length; x++) {
      const weights = columns.weights[x]!;
      const start = columns.starts[x]! * samples;
      for (let sample = 0; sample < samples; sample++) {
        let sum = 0.5;
        for (let offset = 0; offset < weights.length; offset++) {
          sum += line[start + offset * samples + sample]! * weights[offset]!;
        }
        output[to++] = sum;
      }
    }
    await pause();
  }
  return { width: columns.length, height: rows.length, samples, pixels: output };
}
