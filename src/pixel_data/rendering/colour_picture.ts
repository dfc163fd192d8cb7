/**
 * Frames in colour as pictures (PS3.3 C.7.6.3.1.2).
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { inPieces, type Pause } from "../../scheduling/time_slices.ts";
import { fullToRgb, partialToRgb } from "../colour.ts";
import type { DecodedFrame } from "../frame_codecs.ts";
import { unsupported } from "../pixel_data_error.ts";
import { lookUp, paletteOf } from "./lookup_table.ts";
import type { Picture } from "./picture.ts";
import { AT_A_TIME, containersOf, storedBits } from "./stored_values.ts";

/** Renders a frame with three samples a pixel. Throws `PixelDataError` for colours that are not known here. */
export async function renderColour(frame: DecodedFrame, pause: Pause): Promise<Picture> {
  const { rows, columns, bitsStored, highBit, photometricInterpretation } = frame.description;
  const samples = await containersOf(frame, pause);
  // What is above 8 bits, or below, goes into 8.
  const shift = highBit - 7;
  const span = 2 ** bitsStored - 1;
  const pixels = samples instanceof Uint8Array ? samples.slice() : new Uint8Array(samples.length);
  if (bitsStored > 8 || shift !== 0 || !(samples instanceof Uint8Array)) {
    const low = highBit - bitsStored + 1;
    await inPieces(pixels.length, AT_A_TIME, pause, (start, end) => {
      for (let at = start; at < end; at++) {
        const sample = samples[at]!;
        pixels[at] = bitsStored >= 8 ? sample >>> shift & 0xff : Math.round((sample >>> low & span) * 255 / span);
      }
    });
  }
  const toRgb = (convert: (samples: Uint8Array) => void) =>
    inPieces(pixels.length / 3, AT_A_TIME, pause, (start, end) => convert(pixels.subarray(3 * start, 3 * end)));
  switch (photometricInterpretation) {
    case "RGB":
      break;
    case "YBR_FULL":
      await toRgb(fullToRgb);
      break;
    case "YBR_PARTIAL":
      await toRgb(partialToRgb);
      break;
    default:
      throw unsupported(`Cannot render a frame: found ${photometricInterpretation}, expected RGB or YBR`);
  }
  return { width: columns, height: rows, samples: 3, pixels };
}

/** Renders a frame of PALETTE COLOR. Throws `PixelDataError` for a palette that is missing or broken. */
export async function renderPalette(dataSet: DataSet, frame: DecodedFrame, pause: Pause): Promise<Picture> {
  const { description } = frame;
  const { rows, columns } = description;
  const { shift, bits, value } = storedBits(description);
  if (bits > 16) throw unsupported(`Cannot render a frame: found a palette with ${bits} bits, expected at most 16`);
  const samples = await containersOf(frame, pause);
  const tables = paletteOf(dataSet).map((table) =>
    Uint8Array.from(
      { length: 2 ** bits },
      (_, stored) => Math.round(lookUp(table, value(stored)) * 255 / table.maximum),
    )
  );
  const [red, green, blue] = tables;
  const mask = 2 ** bits - 1;
  const pixels = new Uint8Array(rows * columns * 3);
  await inPieces(rows * columns, AT_A_TIME, pause, (start, end) => {
    for (let from = start, to = 3 * start; from < end; from++, to += 3) {
      const stored = samples[from]! >>> shift & mask;
      pixels[to] = red![stored]!;
      pixels[to + 1] = green![stored]!;
      pixels[to + 2] = blue![stored]!;
    }
  });
  return { width: columns, height: rows, samples: 3, pixels };
}
