/**
 * Compressed images to blank, and what becomes of them.
 *
 * @module
 */

import { blankingBy } from "../../src/deidentify/blank_compressed.ts";
import type { PixelRule } from "../../src/deidentify/pixel_treatment.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { pixelFrames, setEncapsulatedFrames } from "../../src/dicom/data_set/frames/pixel_frames.ts";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { describeFrames, type FrameDescription } from "../../src/pixel_data/frame_description.ts";
import { image } from "../transform/support.ts";
import { deidentified } from "./support.ts";

/** An image of compressed frames. */
export function compressed(description: FrameDescription, frames: readonly Uint8Array[], values = {}): DataSet {
  const { rows, columns, samplesPerPixel, photometricInterpretation, bitsAllocated, bitsStored, highBit } = description;
  const dataSet = image({
    ...{ Rows: rows, Columns: columns, SamplesPerPixel: samplesPerPixel, NumberOfFrames: frames.length },
    ...{ PhotometricInterpretation: photometricInterpretation, BitsAllocated: bitsAllocated, BitsStored: bitsStored },
    ...{ HighBit: highBit, BurnedInAnnotation: "YES", ...(samplesPerPixel > 1 && { PlanarConfiguration: 0 }) },
    ...values,
  });
  setEncapsulatedFrames(dataSet, frames);
  return dataSet;
}

/** A frame in which the left half of the first two rows is black. */
export function blankedFrame(frame: Uint8Array, { rows, columns, samplesPerPixel, bitsAllocated }: FrameDescription) {
  const pixel = samplesPerPixel * bitsAllocated / 8;
  const blanked = frame.slice();
  for (let row = 0; row < Math.min(2, rows); row++) {
    blanked.fill(0, row * columns * pixel, (row * columns + columns / 2) * pixel);
  }
  return blanked;
}

/** A rule that blanks the left half of the first two rows. */
export const leftOf = ({ columns }: FrameDescription): PixelRule[] => [
  { treatment: { blank: [{ x: 0, y: 0, width: columns / 2, height: 2 }] } },
];

/** What comes out: a file, and its decoded frames. */
export async function blanked(
  dataSet: DataSet,
  transferSyntax: string,
  pixels: PixelRule[],
  codecs = new FrameCodecs(),
) {
  const file = writeFile({ dataSet, transferSyntax });
  const output = await deidentified(file, { pixels, blankEncapsulated: blankingBy(codecs) });
  const description = describeFrames(output.dataSet);
  const frames = await Promise.all(
    pixelFrames(output.dataSet).map(async (frame) =>
      (await codecs.decode(frame.bytes(), output.transferSyntax, description)).bytes
    ),
  );
  return { ...output, frames };
}
