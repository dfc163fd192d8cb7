/**
 * Scans of baseline and extended sequential JPEG (ITU-T T.81 annex F).
 *
 * @module
 */

import { codestreamProblem } from "../codestreams/codestream_header.ts";
import type { JpegHeader } from "../codestreams/jpeg_header.ts";
import { EntropyReader, type HuffmanTable } from "./huffman.ts";
import { inverseDct } from "./inverse_dct.ts";
import type { Scan, ScanComponent } from "./jpeg_scans.ts";
import { NATURAL } from "./standard_tables.ts";

/** The samples of a component, as many as its sampling factors give it. */
export interface Plane {
  readonly samples: Uint8Array | Uint16Array;
  /** Samples of a row, those that fill the last block included. */
  readonly stride: number;
  /** Samples of a row, and rows, that belong to the image. */
  readonly width: number;
  readonly height: number;
  /** Blocks of a row, and rows of them, that belong to the image: a scan of this component alone has those (A.2.2). */
  readonly blocks: number;
  readonly blockRows: number;
}

/** Empty planes for the components of a frame. */
export function planesOf(header: JpegHeader): Plane[] {
  const { rows, columns, parts, precision } = header;
  const { across, down } = mcusOf(header);
  const [widest, highest] = largestFactors(header);
  return parts.map(({ h, v }): Plane => {
    const stride = across * h * 8;
    const length = stride * down * v * 8;
    const width = Math.ceil(columns * h / widest);
    const height = Math.ceil(rows * v / highest);
    return {
      samples: precision === 8 ? new Uint8Array(length) : new Uint16Array(length),
      ...{ stride, width, height, blocks: Math.ceil(width / 8), blockRows: Math.ceil(height / 8) },
    };
  });
}

/** The largest sampling factors of a frame, horizontal and vertical. */
export function largestFactors({ parts }: JpegHeader): [number, number] {
  return [Math.max(...parts.map(({ h }) => h)), Math.max(...parts.map(({ v }) => v))];
}

function mcusOf(header: JpegHeader): { across: number; down: number } {
  const [h, v] = largestFactors(header);
  return { across: Math.ceil(header.columns / (8 * h)), down: Math.ceil(header.rows / (8 * v)) };
}

/** Decodes a scan into the planes of its components. Throws `PixelDataError`. */
export function decodeSequentialScan(
  bytes: Uint8Array,
  header: JpegHeader,
  scan: Scan,
  planes: readonly Plane[],
): void {
  const { restartInterval } = scan;
  const decoders = scan.components.map((component) => new BlockDecoder(component, planes[component.index]!, header));
  const reader = new EntropyReader(bytes, scan.start, scan.end);
  const alone = decoders.length === 1;
  const { across, down } = alone
    ? { across: decoders[0]!.plane.blocks, down: decoders[0]!.plane.blockRows }
    : mcusOf(header);
  for (let mcu = 0, y = 0; y < down; y++) {
    for (let x = 0; x < across; x++, mcu++) {
      if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) {
        if (reader.overrun) throw codestreamProblem("JPEG", `its data end in row ${y + 1} of its blocks`);
        reader.restart();
        for (const decoder of decoders) decoder.restart();
      }
      if (alone) decoders[0]!.decode(reader, x, y);
      else for (const decoder of decoders) decoder.decodeMcu(reader, x, y);
    }
    if (reader.overrun) throw codestreamProblem("JPEG", `its data end in row ${y + 1} of its blocks`);
  }
}

/** Decodes the blocks of one component. */
class BlockDecoder {
  readonly plane: Plane;
  readonly #h: number;
  readonly #v: number;
  readonly #dc: HuffmanTable;
  readonly #ac: HuffmanTable;
  readonly #steps: Uint16Array;
  readonly #precision: number;
  readonly #block = new Int32Array(64);
  #last = 0;

  constructor({ h, v, dc, ac, steps }: ScanComponent, plane: Plane, { precision }: JpegHeader) {
    if (dc === undefined || ac === undefined || steps === undefined) {
      throw codestreamProblem("JPEG", "found a scan before its tables");
    }
    this.plane = plane;
    this.#h = h;
    this.#v = v;
    this.#dc = dc;
    this.#ac = ac;
    this.#steps = steps;
    this.#precision = precision;
  }

  restart(): void {
    this.#last = 0;
  }

  decodeMcu(reader: EntropyReader, x: number, y: number): void {
    for (let row = 0; row < this.#v; row++) {
      for (let column = 0; column < this.#h; column++) {
        this.decode(reader, x * this.#h + column, y * this.#v + row);
      }
    }
  }

  /** Decodes the block in a column and row of blocks. */
  decode(reader: EntropyReader, x: number, y: number): void {
    const block = this.#block;
    const steps = this.#steps;
    block.fill(0);
    this.#last += reader.signed(reader.symbol(this.#dc) & 15);
    block[0] = this.#last * steps[0]!;
    for (let index = 1; index < 64; index++) {
      const symbol = reader.symbol(this.#ac);
      const length = symbol & 15;
      const run = symbol >> 4;
      if (length === 0) {
        if (run < 15) break;
        index += 15;
        continue;
      }
      index += run;
      const value = reader.signed(length);
      if (index > 63) throw codestreamProblem("JPEG", "found more than 64 coefficients in a block");
      block[NATURAL[index]!] = value * steps[index]!;
    }
    const { samples, stride } = this.plane;
    inverseDct(block, samples, y * 8 * stride + x * 8, stride, this.#precision);
  }
}
