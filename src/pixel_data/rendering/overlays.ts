/**
 * Overlays on a picture (PS3.3 C.9.2).
 *
 * @module
 */

import type { DataElement, DataSet } from "../../dicom/data_set/data_set.ts";
import type { Pause } from "../../scheduling/time_slices.ts";
import type { DecodedFrame } from "../frame_codecs.ts";
import type { Picture } from "./picture.ts";
import { containersOf } from "./stored_values.ts";

/** Groups that overlays may have, and how far one is from the next. */
const FIRST_GROUP = 0x6000;
const GROUPS = 16;

/** Elements of an overlay's group. */
const ROWS = 0x0010;
const COLUMNS = 0x0011;
const FRAMES = 0x0015;
const ORIGIN = 0x0050;
const FIRST_FRAME = 0x0051;
const BIT_POSITION = 0x0102;
const DATA = 0x3000;

/** Draws the overlays of a data set on a frame of it, counted from 0, in white. The picture is changed. */
export async function drawOverlays(
  picture: Picture,
  dataSet: DataSet,
  frame: DecodedFrame,
  index: number,
  pause: Pause,
): Promise<void> {
  for (let group = 0; group < GROUPS; group++) {
    const overlay = await overlayOf(dataSet, FIRST_GROUP + 2 * group, frame, { index, pause });
    if (overlay !== undefined) await draw(picture, overlay, pause);
  }
}

interface Overlay {
  readonly rows: number;
  readonly columns: number;
  /** Where its upper left corner is, from 0. */
  readonly top: number;
  readonly left: number;
  isSet(index: number): boolean;
}

async function overlayOf(
  dataSet: DataSet,
  group: number,
  frame: DecodedFrame,
  { index, pause }: { readonly index: number; readonly pause: Pause },
): Promise<Overlay | undefined> {
  const tag = (element: number) => (group * 0x1_0000 + element) >>> 0;
  const numbers = (element: number) => dataSet.getAll(tag(element)).map(Number);
  const [rows, columns] = [numbers(ROWS)[0], numbers(COLUMNS)[0]];
  if (rows === undefined || columns === undefined) return undefined;
  const [top = 1, left = 1] = numbers(ORIGIN);
  const place = { rows, columns, top: top - 1, left: left - 1 };
  const bytes = bytesOf(dataSet.element(tag(DATA)));
  if (bytes === undefined) return await embedded(place, frame, numbers(BIT_POSITION)[0] ?? 0, pause);
  // An overlay of its own number of frames begins at one of the image; one of a single frame is for all.
  const frames = numbers(FRAMES)[0] ?? 1;
  const own = frames > 1 ? index - ((numbers(FIRST_FRAME)[0] ?? 1) - 1) : 0;
  if (own < 0 || own >= frames) return undefined;
  const first = own * rows * columns;
  return { ...place, isSet: (at) => (bytes[first + at >> 3]! >> (first + at) % 8 & 1) === 1 };
}

function bytesOf(element: DataElement | undefined): Uint8Array | undefined {
  if (element?.kind !== "value" || element.length === 0) return undefined;
  return element.bytes;
}

/** An overlay in bits of the pixels that are not used (retired). */
async function embedded(
  place: Omit<Overlay, "isSet">,
  frame: DecodedFrame,
  bit: number,
  pause: Pause,
): Promise<Overlay | undefined> {
  const { bitsAllocated, highBit, bitsStored, rows, columns } = frame.description;
  const isUnused = bit > highBit || bit < highBit - bitsStored + 1;
  if (bit >= bitsAllocated || !isUnused || place.rows !== rows || place.columns !== columns) return undefined;
  const samples = await containersOf(frame, pause);
  return { ...place, isSet: (index) => (samples[index]! >>> bit & 1) === 1 };
}

async function draw(
  picture: Picture,
  { rows, columns, top, left, isSet }: Overlay,
  pause: Pause,
): Promise<void> {
  const { width, height, samples, pixels } = picture;
  for (let y = Math.max(0, -top); y < Math.min(rows, height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(columns, width - left); x++) {
      if (!isSet(y * columns + x)) continue;
      const at = ((y + top) * width + x + left) * samples;
      pixels.fill(255, at, at + samples);
    }
    await pause();
  }
}
