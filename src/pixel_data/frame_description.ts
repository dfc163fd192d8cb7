/**
 * What a data set says of its frames (PS3.3 C.7.6.3).
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { LimitError } from "../errors.ts";
import { malformed, unsupported } from "./pixel_data_error.ts";

/** How the samples of a frame lie in its bytes, and what they mean. */
export interface FrameDescription {
  /** Rows (0028,0010). */
  readonly rows: number;
  /** Columns (0028,0011). */
  readonly columns: number;
  /** Samples per Pixel (0028,0002): 1 or 3. */
  readonly samplesPerPixel: number;
  /** Bits Allocated (0028,0100): 1, 8, 16 or 32. */
  readonly bitsAllocated: number;
  /** Bits Stored (0028,0101). */
  readonly bitsStored: number;
  /** High Bit (0028,0102). */
  readonly highBit: number;
  /** Whether Pixel Representation (0028,0103) is 1: samples are in two's complement. */
  readonly signed: boolean;
  /** Photometric Interpretation (0028,0004). */
  readonly photometricInterpretation: string;
  /** Planar Configuration (0028,0006): 0 is pixel by pixel, 1 is plane by plane. */
  readonly planarConfiguration: 0 | 1;
}

/** The attributes that a description is made of, with what holds where one is missing. */
export interface FrameAttributes {
  /** Rows (0028,0010). */
  readonly Rows?: number | undefined;
  /** Columns (0028,0011). */
  readonly Columns?: number | undefined;
  /** Samples per Pixel (0028,0002); 1. */
  readonly SamplesPerPixel?: number | undefined;
  /** Bits Allocated (0028,0100). */
  readonly BitsAllocated?: number | undefined;
  /** Bits Stored (0028,0101); as many as are allocated. */
  readonly BitsStored?: number | undefined;
  /** High Bit (0028,0102); the last of those stored. */
  readonly HighBit?: number | undefined;
  /** Pixel Representation (0028,0103); 0. */
  readonly PixelRepresentation?: number | undefined;
  /** Photometric Interpretation (0028,0004); MONOCHROME2 or RGB. */
  readonly PhotometricInterpretation?: string | undefined;
  /** Planar Configuration (0028,0006); 0. */
  readonly PlanarConfiguration?: number | undefined;
}

/** Bytes of a frame that is worked on, once it is decoded, unless another limit is given: 512 MiB. */
export const MAXIMUM_FRAME_LENGTH = 0x2000_0000;

/** Photometric interpretations whose native frames have one pair of chrominance samples for two pixels (PS3.3 C.7.6.3.1.2). */
const SHARED_CHROMINANCE: ReadonlySet<string> = new Set(["YBR_FULL_422", "YBR_PARTIAL_422"]);

/** What the data set says of its frames. Throws `PixelDataError` when something is missing or makes no sense. */
export function describeFrames(dataSet: DataSet): FrameDescription {
  const { Rows, Columns, SamplesPerPixel, BitsAllocated, BitsStored, HighBit } = dataSet.attributes;
  const { PixelRepresentation, PlanarConfiguration } = dataSet.attributes;
  return frameDescription({
    ...{ Rows, Columns, SamplesPerPixel, BitsAllocated, BitsStored, HighBit, PixelRepresentation, PlanarConfiguration },
    PhotometricInterpretation: dataSet.getText("PhotometricInterpretation"),
  });
}

/** A description from the attributes. Throws `PixelDataError` when one is missing or makes no sense. */
export function frameDescription(attributes: FrameAttributes): FrameDescription {
  const samplesPerPixel = attributes.SamplesPerPixel ?? 1;
  const bitsAllocated = between("Bits Allocated", attributes.BitsAllocated, 1, 32);
  const bitsStored = between("Bits Stored", attributes.BitsStored ?? bitsAllocated, 1, bitsAllocated);
  if (samplesPerPixel !== 1 && samplesPerPixel !== 3) {
    throw unsupported(`Cannot read pixels: found Samples per Pixel ${samplesPerPixel}, expected 1 or 3`);
  }
  if (![1, 8, 16, 32].includes(bitsAllocated)) {
    throw unsupported(`Cannot read pixels: found Bits Allocated ${bitsAllocated}, expected 1, 8, 16 or 32`);
  }
  return {
    rows: between("Rows", attributes.Rows, 1, 0xffff),
    columns: between("Columns", attributes.Columns, 1, 0xffff),
    ...{ samplesPerPixel, bitsAllocated, bitsStored },
    highBit: between("High Bit", attributes.HighBit ?? bitsStored - 1, bitsStored - 1, bitsAllocated - 1),
    signed: between("Pixel Representation", attributes.PixelRepresentation ?? 0, 0, 1) === 1,
    photometricInterpretation: attributes.PhotometricInterpretation?.trim() ||
      (samplesPerPixel === 1 ? "MONOCHROME2" : "RGB"),
    planarConfiguration: samplesPerPixel > 1 && attributes.PlanarConfiguration === 1 ? 1 : 0,
  };
}

function between(name: string, value: number | undefined, lowest: number, highest: number): number {
  if (value !== undefined && Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw malformed(`Cannot read pixels: found ${name} ${value ?? "missing"}, expected ${lowest} to ${highest}`);
}

/** Bytes of a native frame whose pixels have all their samples. */
export function frameLength({ rows, columns, samplesPerPixel, bitsAllocated }: FrameDescription): number {
  return Math.ceil(rows * columns * samplesPerPixel * bitsAllocated / 8);
}

/** Bytes of a frame as it is in native Pixel Data: shorter where two pixels share their chrominance. */
export function nativeFrameLength(description: FrameDescription): number {
  return hasSharedChrominance(description) ? frameLength(description) * 2 / 3 : frameLength(description);
}

/** Whether two pixels of a native frame share their chrominance: 2 samples a pixel, as Y1 Y2 CB CR. */
export function hasSharedChrominance({ photometricInterpretation, samplesPerPixel }: FrameDescription): boolean {
  return samplesPerPixel === 3 && SHARED_CHROMINANCE.has(photometricInterpretation);
}

/** Throws `LimitError` for frames beyond the limit in bytes, decoded. */
export function limitFrame(description: FrameDescription, maximum = MAXIMUM_FRAME_LENGTH): void {
  const length = frameLength(description);
  if (length <= maximum) return;
  const message = `Cannot work on a frame of ${length} bytes: it is longer than the limit of ${maximum}`;
  throw new LimitError(message, { limit: "maxFrameLength", maximum });
}
