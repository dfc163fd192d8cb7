/**
 * At most 256 colours for a picture: its own where they are so few, else those of a median cut.
 *
 * @module
 */

import { inPieces, type Pause } from "../../scheduling/time_slices.ts";
import type { Picture } from "./picture.ts";
import { AT_A_TIME } from "./stored_values.ts";

/** A picture whose pixels are indices of colours. */
export interface IndexedPicture {
  /** Red, green and blue of 256 colours; those that no pixel has are black. */
  readonly colours: Uint8Array;
  /** Pixel by pixel, row by row. */
  readonly indices: Uint8Array;
}

/** Colours of a GIF. */
const MOST = 256;

/** Bits of red, green and blue that colours are told apart by where there are too many. */
const BITS = 5;
const SIDE = 1 << BITS;

/** The picture in at most 256 colours. Gray stays as it is. */
export async function indexColours({ samples, pixels }: Picture, pause: Pause): Promise<IndexedPicture> {
  if (samples === 1) {
    return { colours: Uint8Array.from({ length: 3 * MOST }, (_, at) => Math.floor(at / 3)), indices: pixels };
  }
  return await ownColours(pixels, pause) ?? await medianCut(pixels, pause);
}

async function ownColours(pixels: Uint8Array, pause: Pause): Promise<IndexedPicture | undefined> {
  const known = new Map<number, number>();
  const indices = new Uint8Array(pixels.length / 3);
  for (let at = 0, pixel = 0; at < pixels.length; at += 3, pixel++) {
    const colour = pixels[at]! << 16 | pixels[at + 1]! << 8 | pixels[at + 2]!;
    let index = known.get(colour);
    if (index === undefined) {
      if (known.size === MOST) return undefined;
      known.set(colour, index = known.size);
    }
    indices[pixel] = index;
    if (pixel % AT_A_TIME === AT_A_TIME - 1) await pause();
  }
  const colours = new Uint8Array(3 * MOST);
  for (const [colour, index] of known) colours.set([colour >>> 16, colour >>> 8 & 0xff, colour & 0xff], 3 * index);
  return { colours, indices };
}

/** Colours that are near one another: their places in the cube of all colours, and how many pixels have them. */
interface Box {
  readonly places: readonly number[];
  readonly pixels: number;
}

async function medianCut(pixels: Uint8Array, pause: Pause): Promise<IndexedPicture> {
  const counts = new Uint32Array(SIDE ** 3);
  const placeAt = (at: number) => cube(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!);
  await inPieces(pixels.length / 3, AT_A_TIME, pause, (start, end) => {
    for (let at = 3 * start; at < 3 * end; at += 3) counts[placeAt(at)]!++;
  });
  const places = Array.from(counts.keys()).filter((place) => counts[place]! > 0);
  const boxes: Box[] = [{ places, pixels: pixels.length / 3 }];
  while (boxes.length < MOST) {
    const at = indexOfLargest(boxes);
    if (at < 0) break;
    boxes.splice(at, 1, ...split(boxes[at]!, counts));
    await pause();
  }
  const colours = new Uint8Array(3 * MOST);
  const indexOf = new Uint8Array(counts.length);
  for (const [index, box] of boxes.entries()) {
    colours.set(mean(box, counts), 3 * index);
    for (const place of box.places) indexOf[place] = index;
  }
  const indices = new Uint8Array(pixels.length / 3);
  await inPieces(indices.length, AT_A_TIME, pause, (start, end) => {
    for (let pixel = start; pixel < end; pixel++) indices[pixel] = indexOf[placeAt(3 * pixel)]!;
  });
  return { colours, indices };
}

function cube(red: number, green: number, blue: number): number {
  return (red >>> 8 - BITS) * SIDE * SIDE + (green >>> 8 - BITS) * SIDE + (blue >>> 8 - BITS);
}

/** Red, green or blue of a place, from 0 to `SIDE - 1`. */
function axisOf(place: number, axis: number): number {
  return place >>> BITS * (2 - axis) & SIDE - 1;
}

/** The box of most pixels that can be cut; -1 where none can. */
function indexOfLargest(boxes: readonly Box[]): number {
  let largest = -1;
  for (const [index, { places, pixels }] of boxes.entries()) {
    if (places.length > 1 && pixels > (boxes[largest]?.pixels ?? 0)) largest = index;
  }
  return largest;
}

/** Two boxes with about as many pixels each, cut across the longest side. */
function split({ places, pixels }: Box, counts: Uint32Array): readonly [Box, Box] {
  const extents = [0, 1, 2].map((axis) => {
    let [low, high] = [SIDE, 0];
    for (const place of places) {
      const value = axisOf(place, axis);
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return high - low;
  });
  const axis = extents.indexOf(Math.max(...extents));
  const byValue = Array.from({ length: SIDE }, (): number[] => []);
  for (const place of places) byValue[axisOf(place, axis)]!.push(place);
  const sorted = byValue.flat();
  let [before, at] = [0, 0];
  do before += counts[sorted[at++]!]!; while (before < pixels / 2 && at < sorted.length - 1);
  return [{ places: sorted.slice(0, at), pixels: before }, { places: sorted.slice(at), pixels: pixels - before }];
}

function mean({ places, pixels }: Box, counts: Uint32Array): number[] {
  const sums = [0, 0, 0];
  for (const place of places) {
    for (let axis = 0; axis < 3; axis++) sums[axis]! += counts[place]! * axisOf(place, axis);
  }
  return sums.map((sum) => Math.round(sum / pixels * 255 / (SIDE - 1)));
}
