/**
 * Frames of Pixel Data that stays where it is: each is found without reading the others.
 *
 * Native frames follow one another. Those of encapsulated Pixel Data are found by an offset table; without a right one, by
 * going from item to item, of which the headers alone are read.
 *
 * @module
 */

import { DataSetError } from "../../../errors.ts";
import { SHORTEST_HEADER } from "../../encoding/element_header.ts";
import { tagAt, uint32 } from "../../encoding/integers.ts";
import { ITEM, SEQUENCE_DELIMITATION } from "../../encoding/nesting.ts";
import { nameTag } from "../../names.ts";
import { type ByteSource, referenceInto } from "../reading/byte_source.ts";
import { type Fragment, ReferencedElement } from "../data_element.ts";
import type { DataSet } from "../data_set.ts";
import { bytesOfSource, type DataSetHead, type PixelDataPlace } from "../reading/data_set_head.ts";
import { nativeFrameFinder } from "./native_frames.ts";
import { basicOffsets } from "./offset_tables.ts";
import { PixelFrame } from "./pixel_frame.ts";

/** Most frames and fragments of one Pixel Data that are looked for. */
const MAXIMUM_FRAMES = 0x10_0000;
/** Longest offset table that is read, in bytes. */
const MAXIMUM_TABLE = 8 * MAXIMUM_FRAMES;
/** Bytes that are read at a time from item to item: many headers where fragments are small. */
const WINDOW = 0x2000;

/** The frames of one data set. */
export interface LocatedFrames {
  /** How many there are. */
  readonly count: number;
  /** A frame, by its index from 0. Rejects with `DataSetError` where it can't be told from the others, or is not there. */
  frame(index: number): Promise<PixelFrame>;
}

/** Finds the frames. Throws `DataSetError` for a data set without frames, and for frames that differ from what it declares. */
export async function locateFrames(source: ByteSource, { dataSet, pixelData }: DataSetHead): Promise<LocatedFrames> {
  if (pixelData === undefined) throw new DataSetError("Cannot find frames: there is no Pixel Data");
  const declared = dataSet.get("NumberOfFrames") ?? 1;
  const count = declared >= 1 ? declared : 1;
  if (count > MAXIMUM_FRAMES) throw problem(pixelData, `${count} frames`, `at most ${MAXIMUM_FRAMES}`);
  if (pixelData.length === undefined) return await EncapsulatedFrames.open(source, dataSet, pixelData, count);
  const { tag, vr, littleEndian, offset, length } = pixelData;
  if (offset + length > source.size) throw problem(pixelData, `${source.size - offset} bytes`, `${length}`);
  const element = new ReferencedElement(tag, vr, referenceInto(source, offset, length), { littleEndian });
  const frame = nativeFrameFinder(dataSet, element, count, () => {});
  return { count, frame: (index) => Promise.resolve(frame(index)) };
}

/**
 * The whole bitstream of encapsulated Pixel Data, in all its fragments: a video is one bitstream, whatever its frames (PS3.5
 * 8.2.5 and following). Throws `DataSetError` for a data set without one.
 */
export async function locateBitstream(source: ByteSource, { dataSet, pixelData }: DataSetHead): Promise<PixelFrame> {
  if (pixelData === undefined) throw new DataSetError("Cannot find a bitstream: there is no Pixel Data");
  if (pixelData.length !== undefined) throw problem(pixelData, "native Pixel Data", "encapsulated Pixel Data");
  return await (await EncapsulatedFrames.open(source, dataSet, pixelData, 1)).frame(0);
}

function problem({ tag }: PixelDataPlace, found: string, expected: string): DataSetError {
  return new DataSetError(`Cannot find the frames of ${nameTag(tag)}: found ${found}, expected ${expected}`, {
    tag,
    expected,
  });
}

/** A fragment: where its bytes begin, and how many there are. */
interface Item {
  readonly offset: number;
  readonly length: number;
  /** Whether it begins as a codestream does: JPEG (SOI) or JPEG 2000 (SOC). */
  readonly begins: boolean;
}

class EncapsulatedFrames implements LocatedFrames {
  readonly count: number;
  readonly #source: ByteSource;
  readonly #place: PixelDataPlace;
  /** Where the item of the first fragment begins. */
  readonly #first: number;
  /** Where the item of each frame's first fragment begins, from there; undefined where no table says it. */
  #offsets: readonly number[] | undefined;
  /** Lengths without padding, where they are stated. */
  readonly #lengths: readonly number[];
  /** All fragments by frame, once they have been found by going from item to item. */
  #walked: Promise<readonly (readonly Item[])[]> | undefined;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  private constructor(
    source: ByteSource,
    place: PixelDataPlace,
    count: number,
    tables: { first: number; offsets: readonly number[] | undefined; lengths: readonly number[] },
  ) {
    this.count = count;
    this.#source = source;
    this.#place = place;
    this.#first = tables.first;
    this.#offsets = tables.offsets;
    this.#lengths = tables.lengths;
  }

  static async open(
    source: ByteSource,
    dataSet: DataSet,
    place: PixelDataPlace,
    count: number,
  ): Promise<EncapsulatedFrames> {
    const header = await bytesOfSource(source, place.offset, place.offset + SHORTEST_HEADER);
    if (tagOf(header) !== ITEM) throw problem(place, "no item", "a Basic Offset Table");
    const length = uint32(header, 4, true);
    const start = place.offset + SHORTEST_HEADER;
    if (length > MAXIMUM_TABLE) {
      throw problem(place, `a Basic Offset Table of ${length} bytes`, `at most ${MAXIMUM_TABLE}`);
    }
    const first = start + length;
    const extended = await numbersOf(dataSet, "ExtendedOffsetTable");
    const basic = extended.length === count || length === 0
      ? []
      : basicOffsets(await bytesOfSource(source, start, first));
    const offsets = [extended, basic].find((table) => isTable(table, count));
    const lengths = await numbersOf(dataSet, "ExtendedOffsetTableLengths");
    return new EncapsulatedFrames(source, place, count, { first, offsets, lengths });
  }

  async frame(index: number): Promise<PixelFrame> {
    const items = await this.#byTable(index) ?? (await (this.#walked ??= this.#walk()))[index] ?? [];
    if (items.length === 0) throw problem(this.#place, "no fragment of the frame", "at least one");
    const [only, another] = items;
    const length = this.#lengths[index] ?? Infinity;
    // In its one fragment a frame may be followed by a byte of padding (PS3.3 C.7.6.3.1.8).
    const padded = another === undefined && length === only!.length - 1;
    return new PixelFrame(
      items.map((item): Fragment => referenceInto(this.#source, item.offset, padded ? length : item.length)),
    );
  }

  /** The fragments of a frame by the table; undefined without a table, or with a wrong one. */
  async #byTable(index: number): Promise<readonly Item[] | undefined> {
    const offset = this.#offsets?.[index];
    if (offset === undefined) return undefined;
    const next = this.#offsets![index + 1];
    const end = next === undefined ? Infinity : this.#first + next;
    const items: Item[] = [];
    for (let at = this.#first + offset; at < end && items.length <= MAXIMUM_FRAMES;) {
      const item = await this.#itemAt(at);
      if (item === "end" && next === undefined) return items;
      if (typeof item === "string") return this.#distrust();
      items.push(item);
      at = item.offset + item.length;
      if (at > end) return this.#distrust();
    }
    return items;
  }

  #distrust(): undefined {
    this.#offsets = undefined;
  }

  /** Goes from item to item, and tells the frames apart. */
  async #walk(): Promise<readonly (readonly Item[])[]> {
    const items: Item[] = [];
    for (let at = this.#first;;) {
      const item = await this.#itemAt(at);
      if (item === "end") break;
      if (item === "none") throw problem(this.#place, `no item at offset ${at}`, "an item or the end of the sequence");
      if (items.length >= MAXIMUM_FRAMES) throw problem(this.#place, "more fragments", `at most ${MAXIMUM_FRAMES}`);
      items.push(item);
      at = item.offset + item.length;
    }
    if (this.count === 1) return [items];
    if (items.length === this.count) return items.map((item) => [item]);
    const starts = [...items.keys()].filter((index) => items[index]!.begins);
    if (starts.length !== this.count || starts[0] !== 0) {
      throw problem(this.#place, `${items.length} fragments without a usable offset table`, `${this.count} frames`);
    }
    return starts.map((start, index) => items.slice(start, starts[index + 1]));
  }

  async #itemAt(at: number): Promise<Item | "end" | "none"> {
    if (at < this.#windowStart || at + SHORTEST_HEADER + 2 > this.#windowStart + this.#window.length) {
      this.#window = await bytesOfSource(this.#source, at, at + WINDOW);
      this.#windowStart = at;
    }
    const header = this.#window.subarray(at - this.#windowStart, at - this.#windowStart + SHORTEST_HEADER + 2);
    // One that ends without saying so has no more items.
    if (header.length === 0) return "end";
    if (header.length < SHORTEST_HEADER) return "none";
    const tag = tagOf(header);
    if (tag === SEQUENCE_DELIMITATION) return "end";
    const length = uint32(header, 4, true);
    const offset = at + SHORTEST_HEADER;
    if (tag !== ITEM || offset + length > this.#source.size) return "none";
    const begins = header[8] === 0xff && (header[9] === 0xd8 || header[9] === 0x4f);
    return { offset, length, begins };
  }
}

/** Encapsulated Pixel Data is Little Endian in every transfer syntax. */
function tagOf(header: Uint8Array): number {
  return header.length < SHORTEST_HEADER ? 0 : tagAt(header, 0, true);
}

function isTable(offsets: readonly number[], count: number): boolean {
  return offsets.length === count && offsets[0] === 0 &&
    offsets.every((offset, index) => index === 0 || offset > offsets[index - 1]!);
}

/** The numbers of an Extended Offset Table, which may be so long that it was left in its source; empty without a table. */
async function numbersOf(
  dataSet: DataSet,
  keyword: "ExtendedOffsetTable" | "ExtendedOffsetTableLengths",
): Promise<readonly number[]> {
  const element = dataSet.element(keyword);
  if (element?.kind !== "referenced") {
    return element === undefined ? [] : Array.from(dataSet.get(keyword) ?? [], Number);
  }
  const { reference } = element;
  if (reference.length > MAXIMUM_TABLE || reference.length % 8 !== 0) return [];
  const bytes = new Uint8Array(reference.length);
  let length = 0;
  for await (const chunk of reference.stream()) {
    bytes.set(chunk.subarray(0, bytes.length - length), length);
    length += chunk.length;
  }
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 8 }, (_, index) => Number(view.getBigUint64(8 * index, true)));
}
