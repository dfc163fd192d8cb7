/**
 * Frames of native Pixel Data (PS3.5 8.1 and 8.2).
 *
 * @module
 */

import { DataSetError } from "../../../errors.ts";
import { nameTag } from "../../names.ts";
import { swapBytes } from "../../values/binary_values.ts";
import { vrDefinition } from "../../vr.ts";
import { bitsOf } from "./bit_frames.ts";
import type { Fragment } from "../data_element.ts";
import type { DataElement, DataSet } from "../data_set.ts";
import { partOf, PixelFrame } from "./pixel_frame.ts";
import { swappedReference } from "../swapped_reference.ts";

/** Photometric interpretations in which two pixels share their chrominance (PS3.3 C.7.6.3.1.2). */
const SUBSAMPLED = new Set(["YBR_FULL_422", "YBR_PARTIAL_422"]);

/** Samples of a pixel whose chrominance is its own, and of one that shares it. */
const SAMPLES = 3;
const SHARED_SAMPLES = 2;

/** Bits of the words that OW is swapped by. */
const WORD = 16;

/** The frames of native Pixel Data. Throws `DataSetError` for missing frames, and for frames that aren't as declared. */
export function nativeFrames(
  dataSet: DataSet,
  element: DataElement,
  count: number,
  warn: (warning: DataSetError) => void,
): readonly PixelFrame[] {
  const frame = nativeFrameFinder(dataSet, element, count, warn);
  return Array.from({ length: count }, (_, index) => frame(index));
}

/** Gives each frame of native Pixel Data by its index from 0. Throws as `nativeFrames()` does. */
export function nativeFrameFinder(
  dataSet: DataSet,
  element: DataElement,
  count: number,
  warn: (warning: DataSetError) => void,
): (index: number) => PixelFrame {
  const { Rows = 0, Columns = 0, SamplesPerPixel = 1, BitsAllocated = 0 } = dataSet.attributes;
  const interpretation = dataSet.getText("PhotometricInterpretation") ?? "";
  const subsampled = SUBSAMPLED.has(interpretation);
  const samples = Rows * Columns * BitsAllocated / 8;
  const length = samples * (subsampled ? SHARED_SAMPLES : SamplesPerPixel);
  const whole = littleEndianValue(element);
  const expected = `${count} frames of ${length} bytes`;
  if (whole === undefined) throw frameProblem(element, "it is a sequence", expected);
  const found = `it has ${whole.length} bytes`;
  if (length === 0 || Math.ceil(length * count) > whole.length) throw frameProblem(element, found, expected);
  if (subsampled && isFilledBy(whole, samples * SAMPLES * count)) {
    const why = `${found}, as many as if no pixels shared their chrominance (YBR_FULL)`;
    throw frameProblem(element, why, `${expected}, which are ${interpretation}`);
  }
  if (whole.length > even(Math.ceil(length * count))) warn(frameProblem(element, found, expected));
  if (BitsAllocated > WORD && isBigEndianWords(element)) warn(wordsProblem(element, BitsAllocated));
  if (count === 1) return () => new PixelFrame([partOf(whole, 0, Math.ceil(length))]);
  if (!Number.isInteger(length)) {
    return (index) => new PixelFrame([bitsOf(whole, 8 * length * index, 8 * length)]);
  }
  return (index) => new PixelFrame([partOf(whole, index * length, length)]);
}

function even(length: number): number {
  return length + length % 2;
}

function isFilledBy({ length }: Fragment, bytes: number): boolean {
  return length === bytes || length === even(bytes);
}

/** The value as it would be in Little Endian: a view of it, but a copy of one in words the other way round. */
function littleEndianValue(element: DataElement): Fragment | undefined {
  if (element.kind !== "value" && element.kind !== "referenced") return undefined;
  const value = element.kind === "value" ? element.bytes : element.reference;
  const { unit } = vrDefinition(element.vr);
  // What is in UN is Little Endian in every transfer syntax (PS3.5 6.2.2), and its unit is 1.
  if (element.littleEndian || unit === 1) return value;
  return value instanceof Uint8Array ? swapBytes(value, unit) : swappedReference(value, unit);
}

function isBigEndianWords(element: DataElement): boolean {
  return element.vr === "OW" && (element.kind === "value" || element.kind === "referenced") && !element.littleEndian;
}

/** PS3.5 7.3 swaps words of 16 bits, the lower one first (8.1.1); some swap whole pixels, which can't be told apart. */
function wordsProblem(element: DataElement, bits: number): DataSetError {
  const { tag } = element;
  return new DataSetError(
    `Cannot be sure of ${nameTag(tag)}: its pixels of ${bits} bits are Big Endian words of OW, the lower word first`,
    { tag, expected: "the words in the order of PS3.5 8.1.1" },
  );
}

/** The error that says why frames cannot be found. */
export function frameProblem({ tag }: DataElement, found: string, expected: string): DataSetError {
  return new DataSetError(`Cannot find the frames of ${nameTag(tag)}: ${found}, expected ${expected}`, {
    tag,
    expected,
  });
}
