/**
 * From stored values to shades of gray: modality, VOI, presentation (PS3.3 C.11, PS3.4 N.2).
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { inPieces, type Pause } from "../../scheduling/time_slices.ts";
import type { DecodedFrame } from "../frame_codecs.ts";
import { macroOf } from "./frame_groups.ts";
import { lookUp, lookupTableOf } from "./lookup_table.ts";
import type { Picture } from "./picture.ts";
import { AT_A_TIME, containersOf, storedBits } from "./stored_values.ts";
import { type Window, windowed, windowOf } from "./window.ts";

/** Bits up to which there is a table of all values. */
const TABLE_BITS = 16;

/**
 * Renders a monochrome frame, counted from 0. A window that is given comes before those of the data set; without any, and
 * without a VOI LUT, what the frame has of values is shown from black to white, or all that 8 bits can hold.
 */
export async function renderGray(
  dataSet: DataSet,
  frame: DecodedFrame,
  index: number,
  pause: Pause,
  window?: Window,
): Promise<Picture> {
  const { description } = frame;
  const { rows, columns } = description;
  const samples = await containersOf(frame, pause);
  const { shift, bits, value } = storedBits(description);
  const isPadding = paddingOf(dataSet);
  const modality = modalityOf(dataSet, index);
  const codes = bits <= TABLE_BITS ? await codesOf(samples, shift, bits, pause) : undefined;
  const values = codes === undefined ? { samples, shift } : { samples: codes, shift: 0 };
  const voi = voiOf(dataSet, index, window) ??
    await byRange(dataSet, frame, values, { isPadding, modality, pause });
  const inverted = isInverted(dataSet, description.photometricInterpretation);
  const shadeOf = (stored: number) => {
    if (isPadding(stored)) return 0;
    const shown = voi(modality(stored));
    return Math.round(inverted ? 255 - shown : shown);
  };
  const pixels = new Uint8Array(rows * columns);
  if (codes !== undefined) {
    const table = new Uint8Array(2 ** bits);
    for (const code of codes) table[code] = shadeOf(value(code));
    const mask = 2 ** bits - 1;
    await inPieces(pixels.length, AT_A_TIME, pause, (start, end) => {
      for (let at = start; at < end; at++) pixels[at] = table[samples[at]! >>> shift & mask]!;
    });
  } else {
    const span = 2 ** bits;
    await inPieces(pixels.length, AT_A_TIME, pause, (start, end) => {
      for (let at = start; at < end; at++) pixels[at] = shadeOf(value((samples[at]! >>> shift) % span));
    });
  }
  return { width: columns, height: rows, samples: 1, pixels };
}

/** The values that samples have in these bits, each once: those of an image are few beside its pixels. */
async function codesOf(
  samples: Uint8Array | Uint16Array | Uint32Array,
  shift: number,
  bits: number,
  pause: Pause,
): Promise<Uint16Array> {
  const has = new Uint8Array(2 ** bits);
  const mask = 2 ** bits - 1;
  await inPieces(samples.length, AT_A_TIME, pause, (start, end) => {
    for (let at = start; at < end; at++) has[samples[at]! >>> shift & mask] = 1;
  });
  const codes = new Uint16Array(2 ** bits);
  let count = 0;
  for (let code = 0; code < has.length; code++) if (has[code] === 1) codes[count++] = code;
  return codes.subarray(0, count);
}

/** MONOCHROME1 shows low values white, unless Presentation LUT Shape (2050,0020) says how they are shown. */
function isInverted(dataSet: DataSet, photometricInterpretation: string): boolean {
  const shape = dataSet.getText("PresentationLUTShape")?.trim();
  return shape === "INVERSE" || (shape !== "IDENTITY" && photometricInterpretation === "MONOCHROME1");
}

/** Which stored values are no part of the image: Pixel Padding Value, up to Pixel Padding Range Limit (C.7.5.1.1.2). */
function paddingOf(dataSet: DataSet): (stored: number) => boolean {
  const value = dataSet.get("PixelPaddingValue");
  if (value === undefined) return () => false;
  const limit = dataSet.get("PixelPaddingRangeLimit") ?? value;
  const [lowest, highest] = [Math.min(value, limit), Math.max(value, limit)];
  return (stored) => stored >= lowest && stored <= highest;
}

/** From stored values to those of the modality: by Modality LUT Sequence, else by Rescale Slope and Intercept. */
function modalityOf(dataSet: DataSet, index: number): (stored: number) => number {
  const item = dataSet.get("ModalityLUTSequence")?.[0];
  if (item !== undefined) {
    const table = lookupTableOf(item);
    return (stored) => lookUp(table, stored);
  }
  const macro = macroOf(dataSet, index, "PixelValueTransformationSequence");
  const [slope, intercept] = [macro.get("RescaleSlope") ?? 1, macro.get("RescaleIntercept") ?? 0];
  return (stored) => stored * slope + intercept;
}

/** From values of the modality to shades from 0 to 255, as the caller or the data set has it. */
function voiOf(dataSet: DataSet, index: number, window: Window | undefined): ((value: number) => number) | undefined {
  if (window !== undefined) return windowed(window);
  const macro = macroOf(dataSet, index, "FrameVOILUTSequence");
  const own = windowOf(macro);
  if (own !== undefined) return windowed(own);
  const item = macro.get("VOILUTSequence")?.[0];
  if (item === undefined) return undefined;
  const table = lookupTableOf(item);
  return (value) => lookUp(table, value) * 255 / table.maximum;
}

/** What stored values mean. */
interface ReadingOfValues {
  readonly isPadding: (stored: number) => boolean;
  readonly modality: (stored: number) => number;
  readonly pause: Pause;
}

/** Shades for an image that says nothing of them; `samples` may have each value once. */
async function byRange(
  dataSet: DataSet,
  { description }: DecodedFrame,
  { samples, shift }: { readonly samples: ArrayLike<number>; readonly shift: number },
  { isPadding, modality, pause }: ReadingOfValues,
): Promise<(value: number) => number> {
  const { bits, value } = storedBits(description);
  const isPlain = bits === 8 && !description.signed && dataSet.get("RescaleSlope") === undefined &&
    dataSet.get("ModalityLUTSequence") === undefined;
  if (isPlain) return (shown) => shown;
  let [lowest, highest] = [Infinity, -Infinity];
  const span = 2 ** bits;
  await inPieces(samples.length, AT_A_TIME, pause, (start, end) => {
    for (let at = start; at < end; at++) {
      const stored = value((samples[at]! >>> shift) % span);
      if (isPadding(stored)) continue;
      if (stored < lowest) lowest = stored;
      if (stored > highest) highest = stored;
    }
  });
  if (lowest > highest) return () => 0;
  const [first, last] = [modality(lowest), modality(highest)];
  const [least, most] = [Math.min(first, last), Math.max(first, last)];
  if (least === most) return () => 128;
  return (shown) => Math.min(255, Math.max(0, (shown - least) * 255 / (most - least)));
}
