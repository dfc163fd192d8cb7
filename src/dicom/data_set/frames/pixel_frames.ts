/**
 * Frames of Pixel Data, native and encapsulated (PS3.5 section 8 and A.4).
 *
 * @module
 */

import type { DataSetError } from "../../../errors.ts";
import { SHORTEST_HEADER } from "../../encoding/element_header.ts";
import { EncapsulatedElement, type Fragment } from "../data_element.ts";
import type { DataSet } from "../data_set.ts";
import { frameProblem, nativeFrames } from "./native_frames.ts";
import { basicOffsets, basicTable, HIGHEST_BASIC_OFFSET, PIXEL_DATA, startsByOffset } from "./offset_tables.ts";
import { partOf, PixelFrame } from "./pixel_frame.ts";

export { PixelFrame } from "./pixel_frame.ts";

/** Pixel Data, Double Float Pixel Data and Float Pixel Data, of which a data set has one (PS3.3 C.7.6.3, C.7.6.24). */
const PIXEL_DATA_TAGS = [PIXEL_DATA, 0x7fe0_0009, 0x7fe0_0008] as const;

/** How to look for frames. */
export interface PixelFramesOptions {
  /**
   * Called for native Pixel Data that is longer than its frames, or whose words may be in another order; by default the
   * data set's own `onWarning`.
   */
  readonly onWarning?: ((warning: DataSetError) => void) | undefined;
}

/**
 * The frames of a data set. Native ones have their words in Little Endian; they are views, but copies where they were in Big
 * Endian words or begin within a byte. Those of encapsulated Pixel Data are found by the Extended or the Basic Offset Table,
 * by their number, or by where codestreams begin. None when there is no Pixel Data.
 *
 * Throws `DataSetError` when frames cannot be told from one another, are not all there, or are said to be subsampled and are
 * not.
 */
export function pixelFrames(dataSet: DataSet, options: PixelFramesOptions = {}): readonly PixelFrame[] {
  const element = PIXEL_DATA_TAGS.map((tag) => dataSet.element(tag)).find((element) => element !== undefined);
  if (element === undefined) return [];
  const frames = dataSet.get("NumberOfFrames") ?? 1;
  // An empty value among several is no number.
  const count = frames >= 1 ? frames : 1;
  return element.kind === "encapsulated"
    ? encapsulatedFrames(dataSet, element, count)
    : nativeFrames(dataSet, element, count, options.onWarning ?? dataSet.onWarning ?? (() => {}));
}

function encapsulatedFrames(
  dataSet: DataSet,
  element: EncapsulatedElement,
  count: number,
): readonly PixelFrame[] {
  const [table, ...fragments] = element.fragments;
  const starts = count === 1 ? [0] : startsByOffset(extendedOffsets(dataSet), fragments, count) ??
    startsByOffset(basicOffsets(table), fragments, count) ??
    (fragments.length === count ? [...fragments.keys()] : startsOfCodestreams(fragments, count));
  if (starts === undefined) {
    throw frameProblem(element, `its ${fragments.length} fragments have no usable offset table`, `${count} frames`);
  }
  const frames = starts.map((start, index) => fragments.slice(start, starts[index + 1]));
  const lengths = dataSet.get("ExtendedOffsetTableLengths");
  return frames.map((parts, index) => {
    const [only, another] = parts;
    const length = Number(lengths?.[index] ?? Infinity);
    // In its one fragment a frame may be followed by a byte of padding (PS3.3 C.7.6.3.1.8).
    const padded = only !== undefined && another === undefined && length === only.length - 1;
    return new PixelFrame(padded ? [partOf(only, 0, length)] : parts);
  });
}

function extendedOffsets(dataSet: DataSet): readonly number[] {
  return Array.from(dataSet.get("ExtendedOffsetTable") ?? [], Number);
}

/** The index of each fragment that begins as a JPEG (SOI) or JPEG 2000 (SOC) codestream, if there are as many as frames. */
function startsOfCodestreams(fragments: readonly Fragment[], count: number): number[] | undefined {
  const starts = [...fragments.keys()].filter((index) => {
    const fragment = fragments[index];
    return fragment instanceof Uint8Array && fragment[0] === 0xff && (fragment[1] === 0xd8 || fragment[1] === 0x4f);
  });
  return starts.length === count && starts[0] === 0 ? starts : undefined;
}

/** Which offset table encapsulated Pixel Data gets. */
export type OffsetTable = "basic" | "extended" | "none";

/**
 * Sets encapsulated Pixel Data, one fragment a frame, and the attributes of the offset table; the Basic Offset Table is left
 * empty where its 32 bits don't suffice. Frames are not copied. Number of Frames is the caller's.
 */
export function setEncapsulatedFrames(
  dataSet: DataSet,
  frames: readonly Uint8Array[],
  options: { readonly offsetTable?: OffsetTable } = {},
): void {
  const { offsetTable = "basic" } = options;
  const offsets: number[] = [];
  let end = 0;
  for (const { length } of frames) {
    offsets.push(end);
    end += SHORTEST_HEADER + length + length % 2;
  }
  dataSet.delete("ExtendedOffsetTable");
  dataSet.delete("ExtendedOffsetTableLengths");
  if (offsetTable === "extended") {
    dataSet.set("ExtendedOffsetTable", offsets);
    dataSet.set("ExtendedOffsetTableLengths", frames.map(({ length }) => length));
  }
  const basic = basicTable(offsetTable === "basic" && end <= HIGHEST_BASIC_OFFSET ? offsets : []);
  dataSet.setElement(new EncapsulatedElement(PIXEL_DATA, "OB", [basic, ...frames]));
}
