/** Images whose pictures are known, for tests. */

import { ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { setEncapsulatedFrames } from "../../../src/dicom/data_set/frames/pixel_frames.ts";
import { readJpegHeader } from "../../../src/pixel_data/codestreams/jpeg_header.ts";
import { decodeJpeg } from "../../../src/pixel_data/jpeg/decode_jpeg.ts";
import { inflateSync } from "node:zlib";
import { readGif } from "../../pixel_data/rendering/read_gif.ts";

export const PIXEL_DATA = 0x7fe0_0010;
export const STUDY = "/studies/1.2.9";
export const SERIES = `${STUDY}/series/1.2.9.1`;
export const INSTANCE = `${SERIES}/instances/1.2.9.1.1`;

/** 16 by 12 pixels of 8 bits; all frames have one gray value each: 10, 20, 30 … */
export function grayImage(frames = 1, more: Partial<{ InstanceNumber: number }> = {}): DataSet {
  const dataSet = new DataSet({
    ...{ Rows: 12, Columns: 16, SamplesPerPixel: 1, PhotometricInterpretation: "MONOCHROME2", NumberOfFrames: frames },
    ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 },
    ...more,
  });
  const pixels = Uint8Array.from({ length: 192 * frames }, (_, at) => grayOf(Math.floor(at / 192)));
  return dataSet.setElement(new ValueElement(PIXEL_DATA, "OB", pixels));
}

/** The value of all pixels of a frame, counted from 0. */
export function grayOf(frame: number): number {
  return 10 * (frame + 1);
}

/** Puts codestreams into an image in place of its frames. */
export function encapsulated(dataSet: DataSet, frames: readonly Uint8Array[]): DataSet {
  setEncapsulatedFrames(dataSet, frames);
  return dataSet;
}

/** A picture that was read. */
export interface ReadPicture {
  readonly width: number;
  readonly height: number;
  /** The first sample of the pixel in its middle. */
  readonly middle: number;
}

/** Reads a PNG of 8 bits whose lines are all without a filter or with the filter Up. */
export function readPng(bytes: Uint8Array): ReadPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height, samples] = [view.getUint32(16), view.getUint32(20), bytes[25] === 2 ? 3 : 1];
  const data: Uint8Array[] = [];
  for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === 0x4944_4154) data.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const raw = inflateSync(Uint8Array.from(data.flatMap((one) => [...one])));
  const line = width * samples;
  let above = new Uint8Array(line);
  const middle = Math.floor(height / 2);
  for (let y = 0; y <= middle; y++) {
    const filter = raw[y * (line + 1)]!;
    if (filter !== 0 && filter !== 2) throw new Error(`The test knows no filter ${filter}`);
    const start = y * (line + 1) + 1;
    above = Uint8Array.from({ length: line }, (_, x) => raw[start + x]! + (filter === 2 ? above[x]! : 0));
  }
  return { width, height, middle: above[Math.floor(width / 2) * samples]! };
}

/** Reads a JPEG. */
export function readJpeg(bytes: Uint8Array): ReadPicture {
  const header = readJpegHeader(bytes, "JPEG");
  const { columns: width, rows: height, components } = header;
  const samples = decodeJpeg(bytes, header);
  return { width, height, middle: samples[(Math.floor(height / 2) * width + Math.floor(width / 2)) * components]! };
}

/** Reads the picture of an answer, by its Content-Type. */
export async function pictureOf(response: Response): Promise<ReadPicture> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get("content-type");
  if (type === "image/png") return readPng(bytes);
  if (type === "image/jpeg") return readJpeg(bytes);
  if (type === "image/gif") {
    const { width, height, pixels } = readGif(bytes);
    return { width, height, middle: pixels[3 * (Math.floor(height / 2) * width + Math.floor(width / 2))]! };
  }
  throw new Error(`Found ${type} (${response.status}): ${new TextDecoder().decode(bytes.subarray(0, 500))}`);
}
