/**
 * Lossless JPEG scans (ITU-T T.81 annex H).
 *
 * @module
 */

import { codestreamProblem } from "../codestreams/codestream_header.ts";
import type { JpegHeader } from "../codestreams/jpeg_header.ts";
import { EntropyReader, type HuffmanTable } from "./huffman.ts";
import type { Scan } from "./jpeg_scans.ts";

/** Samples of an image, pixel by pixel. */
export type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** Decodes a scan of a lossless codestream into its components' places among the samples. Throws `PixelDataError`. */
export function decodeLosslessScan(bytes: Uint8Array, header: JpegHeader, scan: Scan, samples: Samples): void {
  const { rows, columns, components, precision, parts } = header;
  const { selection, pointTransform, restartInterval } = scan;
  if (parts.some(({ h, v }) => h !== 1 || v !== 1)) {
    throw codestreamProblem("JPEG", "found subsampled components in a lossless frame");
  }
  if (selection < 1 || selection > 7 || pointTransform >= precision) {
    throw codestreamProblem("JPEG", `found predictor ${selection} and point transform ${pointTransform}`);
  }
  if (restartInterval % columns !== 0) {
    throw codestreamProblem("JPEG", `found a restart interval of ${restartInterval}, expected whole rows`);
  }
  const tables = scan.components.map(({ dc }): HuffmanTable => {
    if (dc === undefined) throw codestreamProblem("JPEG", "found a scan before its Huffman table");
    return dc;
  });
  const reader = new EntropyReader(bytes, scan.start, scan.end);
  const start = 1 << precision - pointTransform - 1;
  // The two rows before and at hand; a value has 16 bits, whatever was added (H.1.2.1).
  const lines = tables.map(() => ({ before: new Uint16Array(columns), present: new Uint16Array(columns) }));
  const rowsBetween = restartInterval / columns;
  for (let row = 0; row < rows; row++) {
    const restarts = rowsBetween > 0 && row % rowsBetween === 0 && row > 0;
    if (restarts) {
      if (reader.overrun) throw endsEarly(row);
      reader.restart();
    }
    const isFirst = row === 0 || restarts;
    for (const line of lines) [line.before, line.present] = [line.present, line.before];
    if (tables.length === 1) readRow(reader, tables[0]!, lines[0]!, isFirst ? 0 : selection, start);
    else readRows(reader, tables, lines, isFirst ? 0 : selection, start);
    if (reader.overrun) throw endsEarly(row);
    for (const [place, { present }] of lines.entries()) {
      let at = row * columns * components + scan.components[place]!.index;
      for (let x = 0; x < columns; x++, at += components) samples[at] = present[x]! << pointTransform;
    }
  }
}

interface Lines {
  before: Uint16Array;
  present: Uint16Array;
}

function endsEarly(row: number): Error {
  return codestreamProblem("JPEG", `its data end in row ${row + 1}`);
}

function difference(reader: EntropyReader, table: HuffmanTable): number {
  const length = reader.symbol(table);
  if (length < 16) return reader.signed(length);
  if (length > 16) throw codestreamProblem("JPEG", `found a difference of ${length} bits`);
  return 32768;
}

/** Reads a row of one component. The first row of all, predictor 0, is predicted from the left alone (H.1.2.1). */
function readRow(
  reader: EntropyReader,
  table: HuffmanTable,
  { before, present }: Lines,
  predictor: number,
  start: number,
): void {
  const { length } = present;
  let left = predictor === 0 ? start : before[0]!;
  if (predictor <= 1) {
    for (let x = 0; x < length; x++) {
      left = left + difference(reader, table) & 0xffff;
      present[x] = left;
    }
    return;
  }
  left = left + difference(reader, table) & 0xffff;
  present[0] = left;
  for (let x = 1; x < length; x++) {
    left = predicted(predictor, left, before[x]!, before[x - 1]!) + difference(reader, table) & 0xffff;
    present[x] = left;
  }
}

/** Reads a row of components that take turns. */
function readRows(
  reader: EntropyReader,
  tables: readonly HuffmanTable[],
  lines: readonly Lines[],
  predictor: number,
  start: number,
): void {
  const { length } = lines[0]!.present;
  const count = tables.length;
  for (let x = 0; x < length; x++) {
    for (let place = 0; place < count; place++) {
      const { before, present } = lines[place]!;
      const expected = x === 0
        ? (predictor === 0 ? start : before[0]!)
        : predictor <= 1
        ? present[x - 1]!
        : predicted(predictor, present[x - 1]!, before[x]!, before[x - 1]!);
      present[x] = expected + difference(reader, tables[place]!);
    }
  }
}

/** The predictors of Table H.1, of what is left of a sample, above it, and left of that. */
function predicted(predictor: number, left: number, above: number, corner: number): number {
  switch (predictor) {
    case 2:
      return above;
    case 3:
      return corner;
    case 4:
      return left + above - corner;
    case 5:
      return left + (above - corner >> 1);
    case 6:
      return above + (left - corner >> 1);
    case 7:
      return left + above >> 1;
    default:
      return left;
  }
}
