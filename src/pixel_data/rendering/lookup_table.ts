/**
 * Lookup tables: of modality and VOI (PS3.3 C.11.1, C.11.2), and of palettes (C.7.6.3.1.5, C.7.9.2).
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { malformed } from "../pixel_data_error.ts";

/** A table. What is below or above it gets its first or last entry. */
export interface LookupTable {
  /** The value that the first entry is for. */
  readonly first: number;
  readonly entries: ArrayLike<number>;
  /** The largest that an entry can be. */
  readonly maximum: number;
}

/** The entry for a value. */
export function lookUp({ first, entries }: LookupTable, value: number): number {
  const index = Math.floor(value) - first;
  return entries[index < 0 ? 0 : index >= entries.length ? entries.length - 1 : index]!;
}

/** The table in an item of a LUT sequence. Throws `PixelDataError`. */
export function lookupTableOf(item: DataSet): LookupTable {
  return tableOf("LUT", item.get("LUTDescriptor"), item.get("LUTData"));
}

type Words = Uint16Array | Int16Array | Uint8Array | undefined;

function tableOf(name: string, descriptor: Words, data: Words): LookupTable {
  const { count, first, bits } = readDescriptor(name, descriptor);
  if (data === undefined || data.length === 0) throw malformed(`Cannot read the ${name}: found no data`);
  const entries = asEntries(data, count);
  if (entries.length < count) {
    throw malformed(`Cannot read the ${name}: found ${entries.length} entries, expected ${count}`);
  }
  // Some say 16 bits, and have 8.
  const stored = bits > 8 && highest(entries) < 256 ? 8 : bits;
  return { first, entries: entries.subarray(0, count), maximum: (1 << stored) - 1 };
}

function readDescriptor(name: string, descriptor: Words): { count: number; first: number; bits: number } {
  if (descriptor === undefined || descriptor.length < 3) {
    throw malformed(`Cannot read the ${name}: found a descriptor of ${descriptor?.length ?? 0} values, expected 3`);
  }
  const bits = descriptor[2]! & 0xffff;
  if (bits < 1 || bits > 16) throw malformed(`Cannot read the ${name}: found ${bits} bits an entry, expected 8 to 16`);
  return { count: (descriptor[0]! & 0xffff) || 0x1_0000, first: descriptor[1]!, bits };
}

/** Entries of 8 bits may be two in a word, the first in the lower byte. */
function asEntries(data: NonNullable<Words>, count: number): Uint16Array {
  if (!(data instanceof Uint8Array) && data.length < count && data.length * 2 >= count) {
    return Uint16Array.from({ length: data.length * 2 }, (_, index) => data[index >> 1]! >> 8 * (index % 2) & 0xff);
  }
  return data instanceof Uint16Array ? data : Uint16Array.from(data);
}

function highest(entries: Uint16Array): number {
  let highest = 0;
  for (const entry of entries) if (entry > highest) highest = entry;
  return highest;
}

/** The tables of red, green and blue of a palette, segmented or not. Throws `PixelDataError` where one is missing. */
export function paletteOf(dataSet: DataSet): readonly [LookupTable, LookupTable, LookupTable] {
  const table = (name: "Red" | "Green" | "Blue") => {
    const descriptor = dataSet.get(`${name}PaletteColorLookupTableDescriptor`);
    const segmented = dataSet.get(`Segmented${name}PaletteColorLookupTableData`);
    const what = `${name} Palette Color Lookup Table`;
    const data = segmented === undefined
      ? dataSet.get(`${name}PaletteColorLookupTableData`)
      : expanded(segmented, readDescriptor(what, descriptor).count);
    return tableOf(what, descriptor, data);
  };
  return [table("Red"), table("Green"), table("Blue")];
}

/** Opcodes of segments (C.7.9.2). */
const DISCRETE = 0;
const LINEAR = 1;
const INDIRECT = 2;

/** The entries that segments stand for, at most `count`. */
function expanded(segments: Uint16Array, count: number): Uint16Array {
  const entries = new Uint16Array(count);
  let filled = 0;
  const add = (value: number) => {
    if (filled < count) entries[filled++] = value;
  };
  const problem = (why: string) => malformed(`Cannot read a segmented Palette Color Lookup Table: ${why}`);
  /** Adds a segment of values; returns where the next one begins. */
  const addValues = (at: number): number => {
    const [opcode, length] = [segments[at]!, segments[at + 1]!];
    if (opcode === DISCRETE) {
      if (at + 2 + length > segments.length) throw problem("a segment ends beyond its data");
      for (const value of segments.subarray(at + 2, at + 2 + length)) add(value);
      return at + 2 + length;
    }
    if (opcode !== LINEAR) throw problem(`found the opcode ${opcode}, expected 0, 1 or 2`);
    if (filled === 0 || at + 3 > segments.length) throw problem("found a linear segment without its two ends");
    const [from, to] = [entries[filled - 1]!, segments[at + 2]!];
    for (let step = 1; step <= length; step++) add(Math.round(from + (to - from) * step / length));
    return at + 3;
  };
  for (let at = 0; at + 1 < segments.length && filled < count;) {
    if (segments[at] !== INDIRECT) {
      at = addValues(at);
      continue;
    }
    let copied = (segments[at + 2] ?? 0) + (segments[at + 3] ?? 0) * 0x1_0000;
    for (let left = segments[at + 1]!; left > 0 && filled < count; left--) {
      if (copied + 1 >= segments.length) throw problem("an indirect segment points beyond its data");
      copied = addValues(copied);
    }
    at += 4;
  }
  return entries.subarray(0, filled);
}
