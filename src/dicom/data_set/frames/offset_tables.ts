/**
 * The Basic and the Extended Offset Table of encapsulated Pixel Data (PS3.5 A.4, PS3.3 C.7.6.3.1.8): where the items of each
 * frame's first fragment begin, counted from the first fragment's item.
 *
 * @module
 */

import { DataSetError } from "../../../errors.ts";
import { SHORTEST_HEADER } from "../../encoding/element_header.ts";
import { uint32 } from "../../encoding/integers.ts";
import { binaryValues } from "../../values/binary_values.ts";
import { EncapsulatedElement, type Fragment, ValueElement } from "../data_element.ts";
import type { DataSetLike } from "../data_set_like.ts";

/** Pixel Data, of whose fragments the tables tell. */
export const PIXEL_DATA = 0x7fe0_0010;

/** Extended Offset Table. */
export const EXTENDED_OFFSET_TABLE = 0x7fe0_0001;

/** What the Basic Offset Table has 32 bits for. */
export const HIGHEST_BASIC_OFFSET = 0xffff_ffff;

/** The offsets in a Basic Offset Table; none when it is empty. */
export function basicOffsets(table: Fragment | undefined): readonly number[] {
  if (!(table instanceof Uint8Array)) return [];
  return Array.from({ length: Math.floor(table.length / 4) }, (_, index) => uint32(table, index * 4, true));
}

/** A Basic Offset Table with these offsets. */
export function basicTable(offsets: readonly number[]): Uint8Array {
  const table = new DataView(new ArrayBuffer(offsets.length * 4));
  for (const [index, offset] of offsets.entries()) table.setUint32(index * 4, offset, true);
  return new Uint8Array(table.buffer);
}

/**
 * The index of each frame's first fragment, by where that fragment's item begins: as the fragments are, or once those of odd
 * length are padded. Undefined when the table is wrong.
 */
export function startsByOffset(
  offsets: readonly number[],
  fragments: readonly Fragment[],
  count: number,
): number[] | undefined {
  if (offsets.length !== count) return undefined;
  return startsIn(itemOffsets(fragments, false), offsets) ?? startsIn(itemOffsets(fragments, true), offsets);
}

function startsIn(items: readonly number[], offsets: readonly number[]): number[] | undefined {
  const indexes = new Map(items.map((offset, index) => [offset, index]));
  const starts = offsets.map((offset) => indexes.get(offset) ?? -1);
  const ascending = starts.every((start, index) => start > (starts[index - 1] ?? -1));
  return ascending && starts[0] === 0 ? starts : undefined;
}

/** Where the item of each fragment begins. */
function itemOffsets(fragments: readonly Fragment[], padded: boolean): number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const { length } of fragments) {
    offsets.push(offset);
    offset += SHORTEST_HEADER + length + (padded ? length % 2 : 0);
  }
  return offsets;
}

/**
 * The offsets once fragments of odd length are padded. Undefined when they stay as they are: where nothing is padded, and
 * where they are not those of the fragments.
 */
function paddedOffsets(offsets: readonly number[], fragments: readonly Fragment[]): number[] | undefined {
  if (offsets.length === 0 || fragments.every(({ length }) => length % 2 === 0)) return undefined;
  const padded = itemOffsets(fragments, true);
  const moved = new Map(itemOffsets(fragments, false).map((offset, index) => [offset, padded[index]!]));
  const all = offsets.map((offset) => moved.get(offset));
  return all.every((offset) => offset !== undefined) ? all : undefined;
}

/** Pixel Data whose Basic Offset Table holds once its fragments are padded. */
export function withPaddedOffsets(element: EncapsulatedElement): EncapsulatedElement {
  const [table, ...fragments] = element.fragments;
  const offsets = table instanceof Uint8Array && table.length % 4 === 0 ? basicOffsets(table) : [];
  const padded = paddedOffsets(offsets, fragments);
  if (padded === undefined) return element;
  if (padded.at(-1)! > HIGHEST_BASIC_OFFSET) {
    const expected = `at most ${HIGHEST_BASIC_OFFSET}`;
    throw new DataSetError(
      `Cannot pad fragments: an offset of the Basic Offset Table would be beyond, expected ${expected}`,
      {
        expected,
      },
    );
  }
  return new EncapsulatedElement(element.tag, element.vr, [basicTable(padded), ...fragments]);
}

/** An Extended Offset Table that holds once the fragments of the Pixel Data beside it are padded. */
export function extendedWithPaddedOffsets(table: ValueElement, dataSet: DataSetLike): ValueElement {
  const pixelData = dataSet.element(PIXEL_DATA);
  if (pixelData?.kind !== "encapsulated" || table.length % 8 !== 0) return table;
  const littleEndian = table.littleEndian || table.vr === "UN";
  const offsets = Array.from(binaryValues(table.bytes, "OV", littleEndian), Number);
  const padded = paddedOffsets(offsets, pixelData.fragments.slice(1));
  if (padded === undefined) return table;
  const values = new DataView(new ArrayBuffer(table.length));
  for (const [index, offset] of padded.entries()) values.setBigUint64(index * 8, BigInt(offset), true);
  return new ValueElement(table.tag, table.vr, new Uint8Array(values.buffer), { writtenVr: table.writtenVr });
}
