/**
 * A data set that can be read from any place, without its Pixel Data: what is in front of it and behind it, and where it is.
 *
 * @module
 */

import { UNDEFINED_LENGTH } from "../../encoding/element_header.ts";
import type { Vr } from "../../vr.ts";
import { type ByteSource, referenceInto } from "./byte_source.ts";
import type { DataSet } from "../data_set.ts";
import { DataSetReader, type DataSetReaderOptions } from "./data_set_reader.ts";

/** Float, Double Float and plain Pixel Data follow from here. */
const FIRST_PIXEL_DATA = 0x7fe0_0008;

/** Bytes that are read first: enough for most of what stands before Pixel Data. Then ever more, up to the last. */
const FIRST_WINDOW = 0x4000;
const LAST_WINDOW = 0x4_0000;

/** Where the Pixel Data of a data set is. */
export interface PixelDataPlace {
  /** Its tag: one of three. */
  readonly tag: number;
  /** Its VR. */
  readonly vr: Vr;
  /** Byte ordering of its words. */
  readonly littleEndian: boolean;
  /** Where its value begins, or its first item, in bytes. */
  readonly offset: number;
  /** Bytes of its value; undefined where it is encapsulated. */
  readonly length: number | undefined;
}

/** What there is besides Pixel Data. */
export interface DataSetHead {
  /** All elements but Pixel Data; behind encapsulated Pixel Data none are read. Long values stay in the source. */
  readonly dataSet: DataSet;
  /** Where Pixel Data is; undefined for a data set without it. */
  readonly pixelData: PixelDataPlace | undefined;
  /** The transfer syntax UID that the data set was found in. */
  readonly transferSyntax: string;
}

/**
 * Reads the head of a data set, of which no more is read than that. It must not be deflated. Throws `DataSetError` and
 * `LimitError`, and what the source fails with.
 */
export async function readDataSetHead(source: ByteSource, options: DataSetReaderOptions = {}): Promise<DataSetHead> {
  const reading = {
    maxValueLength: Infinity,
    maxLength: Infinity,
    reference: (offset: number, length: number) => referenceInto(source, offset, length),
    ...options,
  };
  const reader = new DataSetReader({ ...reading, stopAt: FIRST_PIXEL_DATA });
  await feed(reader, source, 0);
  reader.end();
  const { dataSet, transferSyntax, stoppedAt } = reader;
  if (stoppedAt === undefined) return { dataSet, pixelData: undefined, transferSyntax };
  const { tag, vr, littleEndian, length, valueOffset: offset } = stoppedAt;
  const pixelData = { tag, vr, littleEndian, offset, length: length === UNDEFINED_LENGTH ? undefined : length };
  const behind = offset + length;
  if (pixelData.length !== undefined && behind < source.size) {
    const rest = new DataSetReader({ ...reading, transferSyntax, baseOffset: behind }, dataSet);
    await feed(rest, source, behind);
    rest.end();
  }
  return { dataSet, pixelData, transferSyntax };
}

/** Gives a reader what it has use for, by ever larger windows. */
async function feed(reader: DataSetReader, source: ByteSource, start: number): Promise<void> {
  let size = FIRST_WINDOW;
  for (let offset = start; !reader.stopped && offset < source.size;) {
    const end = Math.min(source.size, offset + size);
    for await (const chunk of source.slice(offset, end).stream()) reader.push(chunk);
    const { skippableBytes } = reader;
    // What ends too early is found out at the end of reading.
    if (end + skippableBytes > source.size) return;
    if (skippableBytes > 0) reader.leaveOut();
    offset = end + skippableBytes;
    size = Math.min(LAST_WINDOW, 2 * size);
  }
}

/** The bytes of a source from `start` to before `end`; fewer where it ends earlier. */
export async function bytesOfSource(source: ByteSource, start: number, end: number): Promise<Uint8Array> {
  const last = Math.min(end, source.size);
  const bytes = new Uint8Array(Math.max(0, last - start));
  let length = 0;
  if (bytes.length === 0) return bytes;
  for await (const chunk of source.slice(start, last).stream()) {
    bytes.set(chunk.subarray(0, bytes.length - length), length);
    length = Math.min(bytes.length, length + chunk.length);
  }
  return bytes.subarray(0, length);
}

/** Whether a tag is that of Float, Double Float or plain Pixel Data. */
export function isPixelData(tag: number): boolean {
  return tag === 0x7fe0_0008 || tag === 0x7fe0_0009 || tag === 0x7fe0_0010;
}
