/**
 * Blanks parts of native pixel data while they pass.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { nameTag } from "../dicom/names.ts";
import { DataSetError } from "../errors.ts";
import type { NativePixelEdit } from "../transform/pixel_edit.ts";
import type { Rectangle } from "./pixel_treatment.ts";

/** Which pixels become blank: those within rectangles, or all others. */
export interface BlankedArea {
  /** The rectangles. */
  readonly rectangles: readonly Rectangle[];
  /** Whether what lies in none of them is blanked. */
  readonly outside: boolean;
}

/** The most columns or rows that an image can have, which are numbers of 16 bits. */
const LONGEST_SIDE = 0xffff;

/** How native pixels lie in memory (PS3.5 8.1 and 8.2, PS3.3 C.7.6.3). */
interface PixelLayout {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samples: number;
  /** Bytes of a sample. */
  readonly bytes: number;
  /** Whether all samples of a kind come before those of the next. */
  readonly byPlane: boolean;
  /** What a sample of a blank pixel is, by its kind. */
  readonly blank: readonly number[];
}

/** An edit that blanks an area in every frame. Throws `DataSetError` for pixels of which it can't be said where they lie. */
export function blankPixels(dataSet: DataSet, area: BlankedArea): NativePixelEdit {
  const layout = layoutOf(dataSet);
  for (const { x, y, width, height } of area.rectangles) {
    const isRight = [x, y, width, height].every((side) => Number.isInteger(side) && side >= 0 && side <= LONGEST_SIDE);
    if (!isRight || width === 0 || height === 0) throw unclear("a rectangle has sides that no image has");
  }
  return new Blanking(layout, area);
}

function layoutOf(dataSet: DataSet): PixelLayout {
  const number = (tag: number, otherwise?: number) => {
    const value = dataSet.getAll(tag)[0] ?? otherwise;
    if (typeof value === "number" && Number.isInteger(value)) return value;
    throw unclear(`${nameTag(tag)} has no value`);
  };
  const [rows, columns] = [number(0x0028_0010), number(0x0028_0011)];
  const [samples, bits, frames] = [number(0x0028_0002, 1), number(0x0028_0100), number(0x0028_0008, 1)];
  const photometric = dataSet.getText(0x0028_0004) ?? "";
  if (rows < 1 || columns < 1 || samples < 1 || samples > 4 || frames < 1) throw unclear("it has no pixels");
  if (bits % 8 !== 0 || bits < 8 || bits > 64) throw unclear(`a sample has ${bits} bits`);
  if (/_42[02]|^YBR_PARTIAL/.test(photometric)) throw unclear(`pixels share samples in ${photometric}`);
  const byPlane = samples > 1 && number(0x0028_0006, 0) === 1;
  return { rows, columns, frames, samples, bytes: bits / 8, byPlane, blank: blankOf(dataSet, photometric, samples) };
}

/** Black: nothing of it can be told apart, whatever windows are laid over it. */
function blankOf(dataSet: DataSet, photometric: string, samples: number): readonly number[] {
  const stored = dataSet.getAll(0x0028_0101)[0];
  const bits = typeof stored === "number" && stored >= 1 && stored <= 16 ? stored : 8;
  const isSigned = dataSet.getAll(0x0028_0103)[0] === 1;
  if (photometric === "MONOCHROME1") return [isSigned ? 0 : 2 ** bits - 1];
  if (photometric === "YBR_FULL") return [0, 2 ** (bits - 1), 2 ** (bits - 1)];
  return new Array(samples).fill(0);
}

class Blanking implements NativePixelEdit {
  readonly #layout: PixelLayout;
  /** Spans of columns that become blank, by row. */
  readonly #spans: readonly (readonly (readonly [number, number])[])[];
  #littleEndian = true;

  constructor(layout: PixelLayout, area: BlankedArea) {
    this.#layout = layout;
    this.#spans = spansOf(layout, area);
  }

  begin(
    { length, littleEndian, tag }: { readonly tag: number; readonly length: number; readonly littleEndian: boolean },
  ): void {
    const { rows, columns, frames, samples, bytes } = this.#layout;
    const expected = rows * columns * frames * samples * bytes;
    this.#littleEndian = littleEndian;
    if (length === expected || length === expected + expected % 2) return;
    throw unclear(`${nameTag(tag)} has ${length} bytes where its image has ${expected}`);
  }

  /** Goes over the rows that the bytes have a part of. */
  change(bytes: Uint8Array, offset: number): void {
    const { columns, samples, byPlane, bytes: size, rows } = this.#layout;
    const pixel = byPlane ? size : samples * size;
    const rowLength = columns * pixel;
    const planes = byPlane ? samples : 1;
    for (let row = Math.floor(offset / rowLength); row * rowLength < offset + bytes.length; row++) {
      const plane = Math.floor(row / rows) % planes;
      for (const [first, end] of this.#spans[row % rows]!) {
        const start = row * rowLength + first * pixel - offset;
        this.#fill(bytes, start, start + (end - first) * pixel, byPlane ? plane : -1);
      }
    }
  }

  /** Fills from `start` to before `end` as far as that is in the bytes, with samples of a plane or of whole pixels. */
  #fill(bytes: Uint8Array, start: number, end: number, plane: number): void {
    const { blank, bytes: size, samples } = this.#layout;
    const from = Math.max(0, start);
    const to = Math.min(bytes.length, end);
    if (from >= to) return;
    if (blank.every((value) => value === 0)) return void bytes.fill(0, from, to);
    for (let at = from; at < to; at++) {
      const sample = Math.floor((at - start) / size);
      const value = blank[plane < 0 ? sample % samples : plane]!;
      const place = (at - start) % size;
      bytes[at] = Math.floor(value / 256 ** (this.#littleEndian ? place : size - 1 - place)) & 0xff;
    }
  }
}

/** The spans of columns that become blank, for each row. */
function spansOf({ rows, columns }: PixelLayout, { rectangles, outside }: BlankedArea): [number, number][][] {
  return Array.from({ length: rows }, (_, row) => {
    const inside = rectangles.filter(({ y, height }) => row >= y && row < y + height)
      .map(({ x, width }): [number, number] => [Math.min(x, columns), Math.min(x + width, columns)])
      .sort(([one], [other]) => one - other);
    if (!outside) return inside;
    const spans: [number, number][] = [];
    let covered = 0;
    for (const [first, end] of inside) {
      if (first > covered) spans.push([covered, first]);
      covered = Math.max(covered, end);
    }
    if (covered < columns) spans.push([covered, columns]);
    return spans;
  });
}

function unclear(problem: string): DataSetError {
  return new DataSetError(`Cannot blank pixels: ${problem}`);
}
