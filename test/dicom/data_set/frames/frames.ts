/** What tests of frames share. */

import type { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import { pixelFrames } from "../../../../src/dicom/data_set/frames/pixel_frames.ts";

/** The bytes of all frames, in hexadecimal. */
export function framesOf(dataSet: DataSet): string[] {
  return pixelFrames(dataSet).map((frame) => frame.bytes().toHex());
}
