/**
 * Frames of Pixel Data, native and encapsulated (PS3.5 section 8 and A.4).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { concatenate } from "../encoding/chunk_cursor.ts";
import { SHORTEST_HEADER } from "../encoding/element_header.ts";
import { uint32 } from "../encoding/integers.ts";
import { describeTag } from "../tag.ts";
import { type DataElement, EncapsulatedElement, type Fragment } from "./data_element.ts";
import type { DataSet } from "./data_set.ts";
import { chunksOf, streamOf } from "./stream_pieces.ts";

/** Pixel Data, Double Float Pixel Data and Float Pixel Data, of which a data set has one (PS3.3 C.7.6.3, C.7.6.24). */
const PIXEL_DATA = 0x7fe0_0010;
const PIXEL_DATA_TAGS = [PIXEL_DATA, 0x7fe0_0009, 0x7fe0_0008] as const;

/** Photometric interpretations in which two pixels share their chrominance (PS3.3 C.7.6.3.1.2). */
const SUBSAMPLED = new Set(["YBR_FULL_422", "YBR_PARTIAL_422"]);

/** One frame. */
export class PixelFrame {
  /** The parts that it is made of: one, or the fragments of its codestream. */
  readonly parts: readonly Fragment[];

  /** A frame of these parts. */
  constructor(parts: readonly Fragment[]) {
    this.parts = parts;
  }

  /** Bytes in all. */
  get length(): number {
    return this.parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** Its bytes: a view where it has one part, else a copy. Throws `DataSetError` when they were left in their source. */
  bytes(): Uint8Array {
    const present = this.parts.filter((part) => part instanceof Uint8Array);
    if (present.length < this.parts.length) {
      throw new DataSetError("Cannot give the bytes of a frame: they were left in their source, expected stream()");
    }
    return present.length === 1 ? present[0]! : concatenate(present);
  }

  /** Its bytes as they are read. */
  stream(): ReadableStream<Uint8Array> {
    return streamOf(
      chunksOf(this.parts.map((part) => part instanceof Uint8Array ? part : { reference: part, swapUnit: 1 })),
    );
  }
}

/**
 * The frames of a data set, without copying them unless they begin within a byte. Those of encapsulated Pixel Data are found by the Extended or the Basic
 * Offset Table, by their number, or by where codestreams begin. None when there is no Pixel Data.
 *
 * Throws `DataSetError` when frames cannot be told from one another or are not all there.
 */
export function pixelFrames(dataSet: DataSet): readonly PixelFrame[] {
  const element = PIXEL_DATA_TAGS.map((tag) => dataSet.element(tag)).find((element) => element !== undefined);
  if (element === undefined) return [];
  const count = Math.max(1, dataSet.get("NumberOfFrames") ?? 1);
  return element.kind === "encapsulated"
    ? encapsulatedFrames(dataSet, element, count)
    : nativeFrames(dataSet, element, count);
}

function nativeFrames(dataSet: DataSet, element: DataElement, count: number): readonly PixelFrame[] {
  const { Rows = 0, Columns = 0, SamplesPerPixel = 1, BitsAllocated = 0 } = dataSet.attributes;
  const subsampled = SUBSAMPLED.has(dataSet.getText("PhotometricInterpretation") ?? "");
  const length = Rows * Columns * (subsampled ? 2 : SamplesPerPixel) * BitsAllocated / 8;
  const whole = element.kind === "value"
    ? element.bytes
    : element.kind === "referenced"
    ? element.reference
    : undefined;
  if (whole === undefined || length === 0 || Math.ceil(length * count) > whole.length) {
    const found = whole === undefined ? "it is a sequence" : `it has ${whole.length} bytes`;
    throw problem(element, found, `${count} frames of ${length} bytes`);
  }
  if (count === 1) return [new PixelFrame([part(whole, 0, Math.ceil(length))])];
  if (!Number.isInteger(length)) return bitFrames(element, 8 * length, count);
  return Array.from({ length: count }, (_, index) => new PixelFrame([part(whole, index * length, length)]));
}

/** Frames of single bits follow one another without padding, the first pixel in the lowest bit (PS3.5 8.1.1); so they are copied. */
function bitFrames(element: DataElement, bits: number, count: number): readonly PixelFrame[] {
  if (element.kind !== "value" || !(element.littleEndian || element.vr === "OB")) {
    throw problem(element, `a frame has ${bits} bits`, "a whole number of bytes");
  }
  const { bytes } = element;
  return Array.from({ length: count }, (_, index) => new PixelFrame([bitsOf(bytes, index * bits, bits)]));
}

function bitsOf(bytes: Uint8Array, first: number, count: number): Uint8Array {
  const shift = first % 8;
  const start = (first - shift) / 8;
  const copy = new Uint8Array(Math.ceil(count / 8));
  for (let index = 0; index < copy.length; index++) {
    copy[index] = bytes[start + index]! >> shift | (bytes[start + index + 1] ?? 0) << 8 - shift;
  }
  const rest = count % 8;
  if (rest > 0) copy[copy.length - 1]! &= (1 << rest) - 1;
  return copy;
}

function part(whole: Fragment, offset: number, length: number): Fragment {
  if (whole instanceof Uint8Array) return whole.subarray(offset, offset + length);
  if (offset === 0 && length === whole.length) return whole;
  if (whole.slice !== undefined) return whole.slice(offset, length);
  throw new DataSetError("Cannot give a frame: Pixel Data was left in a source that gives it only as a whole");
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
    throw problem(element, `its ${fragments.length} fragments have no usable offset table`, `${count} frames`);
  }
  const frames = starts.map((start, index) => fragments.slice(start, starts[index + 1]));
  const lengths = dataSet.get("ExtendedOffsetTableLengths");
  return frames.map((parts, index) => {
    const [only, another] = parts;
    const length = Number(lengths?.[index] ?? Infinity);
    // In its one fragment a frame may be followed by a byte of padding (PS3.3 C.7.6.3.1.8).
    const padded = only !== undefined && another === undefined && length === only.length - 1;
    return new PixelFrame(padded ? [part(only, 0, length)] : parts);
  });
}

function extendedOffsets(dataSet: DataSet): readonly number[] {
  return Array.from(dataSet.get("ExtendedOffsetTable") ?? [], Number);
}

function basicOffsets(table: Fragment | undefined): readonly number[] {
  if (!(table instanceof Uint8Array)) return [];
  return Array.from({ length: Math.floor(table.length / 4) }, (_, index) => uint32(table, index * 4, true));
}

/** The index of each frame's first fragment, by where that fragment's item begins; undefined when the table is wrong. */
function startsByOffset(
  offsets: readonly number[],
  fragments: readonly Fragment[],
  count: number,
): number[] | undefined {
  if (offsets.length !== count) return undefined;
  const indexes = new Map<number, number>();
  let offset = 0;
  for (const [index, fragment] of fragments.entries()) {
    indexes.set(offset, index);
    offset += SHORTEST_HEADER + fragment.length;
  }
  const starts = offsets.map((offset) => indexes.get(offset) ?? -1);
  const ascending = starts.every((start, index) => start > (starts[index - 1] ?? -1));
  return ascending && starts[0] === 0 ? starts : undefined;
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
  const basic = new Uint8Array(offsetTable === "basic" && end <= 0xffff_ffff ? offsets.length * 4 : 0);
  const view = new DataView(basic.buffer);
  for (let index = 0; index * 4 < basic.length; index++) view.setUint32(index * 4, offsets[index]!, true);
  dataSet.setElement(new EncapsulatedElement(PIXEL_DATA, "OB", [basic, ...frames]));
}

function problem({ tag }: DataElement, found: string, expected: string): DataSetError {
  return new DataSetError(`Cannot find the frames of ${describeTag(tag)}: ${found}, expected ${expected}`, {
    tag,
    expected,
  });
}
