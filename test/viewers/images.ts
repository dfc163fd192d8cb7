/**
 * Images whose pixels are known, as scanners of several kinds send them: 8 × 8 fields of one value each, with noise around
 * their middles so that codecs have something to get wrong.
 *
 * @module
 */

import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";

/** Fields of a row and of a column. */
export const FIELDS = 8;
/** Pixels of a field in each direction. */
export const FIELD = 32;
/** Rows, and columns. */
export const SIZE = FIELDS * FIELD;
/** Around the middle of a field, pixels of noise. */
const EDGE = 8;

/** The study that all are of. */
export const STUDY_UID = "2.25.7001";

/** An image of one or several frames. */
export interface KnownImage {
  /** What it is, for those who read the test. */
  readonly name: string;
  readonly dataSet: DataSet;
  readonly seriesInstanceUid: string;
  /** Stored values, frame by frame; the three samples of a pixel are side by side. */
  readonly frames: readonly (Uint8Array | Int16Array)[];
  /** What a field shows with the window that the image has: 0 to 255, one value or red, green and blue. */
  shown(frame: number, column: number, row: number): readonly number[];
  /** As a file, uncompressed. */
  readonly file: Uint8Array<ArrayBuffer>;
}

const WINDOW = { center: 40, width: 400 } as const;

/** What linear windowing makes of a value (PS3.3 C.11.2.1.2.1). */
function windowed(value: number, { center, width } = WINDOW as { center: number; width: number }): number {
  const shown = ((value - (center - 0.5)) / (width - 1) + 0.5) * 255;
  return Math.min(255, Math.max(0, shown));
}

let noise = 1;

/** -1, 0 or 1, the same in every run. */
function speckle(): number {
  noise = (Math.imul(noise, 1103515245) + 12345) >>> 0;
  return (noise >>> 16) % 3 - 1;
}

/** Samples of a frame, by the value of each field. */
function samplesOf(
  Type: Uint8ArrayConstructor | Int16ArrayConstructor,
  samples: number,
  field: (column: number, row: number, sample: number) => number,
): Uint8Array<ArrayBuffer> | Int16Array<ArrayBuffer> {
  const all = new Type(SIZE * SIZE * samples);
  for (let at = 0; at < all.length; at++) {
    const pixel = Math.floor(at / samples);
    const [x, y] = [pixel % SIZE, Math.floor(pixel / SIZE)];
    const isEdge = [x % FIELD, y % FIELD].some((one) => one < EDGE || one >= FIELD - EDGE);
    all[at] = field(Math.floor(x / FIELD), Math.floor(y / FIELD), at % samples) + (isEdge ? 4 * speckle() : 0);
  }
  return all;
}

interface ImageKind {
  readonly name: string;
  readonly sopClassUid: string;
  readonly modality: string;
  readonly attributes: ConstructorParameters<typeof DataSet>[0];
  readonly frames: readonly (Uint8Array<ArrayBuffer> | Int16Array<ArrayBuffer>)[];
  readonly shown: KnownImage["shown"];
}

/** What makes one, as its number of series. */
function imageOf(number: number, kind: ImageKind): KnownImage {
  const seriesInstanceUid = `${STUDY_UID}.${number}`;
  const first = kind.frames[0]!;
  const is16 = first instanceof Int16Array;
  const dataSet = new DataSet({
    SOPClassUID: kind.sopClassUid,
    SOPInstanceUID: `${seriesInstanceUid}.1`,
    ...{ StudyInstanceUID: STUDY_UID, SeriesInstanceUID: seriesInstanceUid, Modality: kind.modality },
    ...{ StudyDate: "20260102", StudyTime: "101500", StudyDescription: "Test of viewers", AccessionNumber: "A1" },
    ...{
      ReferringPhysicianName: "",
      StudyID: "1",
      PatientName: "Viewed^Vera",
      PatientID: "VIEWED-1",
      PatientBirthDate: "19700101",
      PatientSex: "F",
    },
    ...{ SeriesNumber: number, SeriesDescription: kind.name, InstanceNumber: 1, ImageType: ["ORIGINAL", "PRIMARY"] },
    ...{ Rows: SIZE, Columns: SIZE, HighBit: is16 ? 15 : 7, BitsStored: is16 ? 16 : 8, BitsAllocated: is16 ? 16 : 8 },
    ...{ SamplesPerPixel: 1, PhotometricInterpretation: "MONOCHROME2", PixelRepresentation: is16 ? 1 : 0 },
    ...kind.attributes as Record<string, string>,
  });
  const pixels = new Uint8Array(first.byteLength * kind.frames.length);
  kind.frames.forEach((frame, index) => pixels.set(new Uint8Array(frame.buffer), index * first.byteLength));
  if (is16) dataSet.set("PixelData", new Uint16Array(pixels.buffer), { vr: "OW" });
  else dataSet.set("PixelData", pixels, { vr: "OB" });
  const file = writeFile({ dataSet, transferSyntax: UID.ExplicitVRLittleEndian });
  return { name: kind.name, dataSet, seriesInstanceUid, frames: kind.frames, shown: kind.shown, file };
}

const SLOPE = 2;
const INTERCEPT = -1024;

/** A slice of a CT: signed values with a slope and an intercept, and a window. */
export function ct(number: number, name = "CT"): KnownImage {
  const hounsfield = (column: number, row: number) => -200 + (row * FIELDS + column) * 8;
  return imageOf(number, {
    ...{ name, sopClassUid: UID.CTImageStorage, modality: "CT" },
    attributes: {
      ...{ RescaleSlope: SLOPE, RescaleIntercept: INTERCEPT, RescaleType: "HU" },
      ...{ WindowCenter: WINDOW.center, WindowWidth: WINDOW.width, PixelSpacing: [0.8, 0.8], SliceThickness: 1 },
      ...{
        ImagePositionPatient: [0, 0, 0],
        ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
        FrameOfReferenceUID: "2.25.7",
      },
    },
    frames: [samplesOf(Int16Array, 1, (column, row) => (hounsfield(column, row) - INTERCEPT) / SLOPE)],
    shown: (_, ...at) => [windowed(hounsfield(...at))],
  });
}

/** An Enhanced MR of four frames, where each frame says its place, its window and what its values are. */
export function enhancedMr(number: number): KnownImage {
  const value = (frame: number, column: number, row: number) => ((row * FIELDS + column + frame * 9) % 64) * 20;
  const window = (frame: number) => ({ center: 600 + frame * 20, width: 1200 });
  const frames = [0, 1, 2, 3];
  return imageOf(number, {
    ...{ name: "MR multi-frame", sopClassUid: UID.EnhancedMRImageStorage, modality: "MR" },
    attributes: {
      ...{ NumberOfFrames: frames.length, FrameOfReferenceUID: "2.25.8", ContentDate: "20260102", ContentTime: "1015" },
      SharedFunctionalGroupsSequence: [{
        PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
        PixelMeasuresSequence: [{ PixelSpacing: [0.8, 0.8], SliceThickness: 3, SpacingBetweenSlices: 3 }],
        PixelValueTransformationSequence: [{ RescaleSlope: 1, RescaleIntercept: 0, RescaleType: "US" }],
      }],
      PerFrameFunctionalGroupsSequence: frames.map((frame) => ({
        FrameContentSequence: [{ InStackPositionNumber: frame + 1, StackID: "1" }],
        PlanePositionSequence: [{ ImagePositionPatient: [0, 0, 3 * frame] }],
        FrameVOILUTSequence: [{ WindowCenter: window(frame).center, WindowWidth: window(frame).width }],
      })),
    },
    frames: frames.map((frame) => samplesOf(Int16Array, 1, (column, row) => value(frame, column, row))),
    shown: (frame, ...at) => [windowed(value(frame, ...at), window(frame))],
  });
}

/** Colours of an ultrasound. */
export function ultrasound(number: number, count = 1): KnownImage {
  const value = (frame: number, column: number, row: number, sample: number) =>
    [10 + column * 30, 10 + row * 30, 10 + ((column + row + 3 * frame) % FIELDS) * 30][sample]!;
  const frames = Array.from({ length: count }, (_, frame) => frame);
  return imageOf(number, {
    name: count === 1 ? "US, RGB" : "US, RGB, cine",
    sopClassUid: count === 1 ? UID.UltrasoundImageStorage : UID.UltrasoundMultiFrameImageStorage,
    modality: "US",
    attributes: {
      ...{ SamplesPerPixel: 3, PhotometricInterpretation: "RGB", PlanarConfiguration: 0 },
      ...(count > 1 && { NumberOfFrames: count, FrameTime: 40, FrameIncrementPointer: 0x0018_1063, CineRate: 25 }),
    },
    frames: frames.map((frame) => samplesOf(Uint8Array, 3, (...at) => value(frame, ...at))),
    shown: (frame, ...at) => [0, 1, 2].map((sample) => value(frame, ...at, sample)),
  });
}
