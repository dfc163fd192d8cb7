/** Encoded data sets with pixels, for tests. */

import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { setEncapsulatedFrames } from "../../src/dicom/data_set/frames/pixel_frames.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { encodeRle } from "../../src/pixel_data/rle/encode_rle.ts";
import { describe, frameFor } from "./descriptions.ts";

/** A frame of 16 by 12 pixels of 8 bits. */
export const FRAME = frameFor(describe());

/** A data set with that frame, native in Explicit VR Little Endian or as RLE, which may be broken. */
export function encodedImage(form: "native" | "rle" | "broken"): Uint8Array<ArrayBuffer> {
  const dataSet = new DataSet({
    ...{ Rows: 12, Columns: 16, SamplesPerPixel: 1, PhotometricInterpretation: "MONOCHROME2" },
    ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 },
  });
  if (form === "native") dataSet.set("PixelData", FRAME as Uint8Array<ArrayBuffer>, { vr: "OB" });
  else setEncapsulatedFrames(dataSet, [form === "rle" ? encodeRle(FRAME, describe()) : new Uint8Array(70)]);
  return writeDataSet(dataSet, {
    transferSyntax: form === "native" ? UID.ExplicitVRLittleEndian : UID.RLELossless,
  });
}
