/**
 * The tables and scans of a JPEG codestream (ITU-T T.81 annex B).
 *
 * @module
 */

import { codestreamProblem } from "../codestreams/codestream_header.ts";
import type { JpegComponent, JpegHeader } from "../codestreams/jpeg_header.ts";
import { DHT, DQT, DRI, endOfScan, segmentsOf, SOS } from "../codestreams/jpeg_markers.ts";
import { type HuffmanTable, huffmanTable } from "./huffman.ts";

/** A component in a scan. */
export interface ScanComponent extends JpegComponent {
  /** Its place among the components of the frame. */
  readonly index: number;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
  /** Its quantization table in zigzag order, for what isn't lossless. */
  readonly steps: Uint16Array | undefined;
}

/** A scan, with the tables that hold for it. */
export interface Scan {
  readonly components: readonly ScanComponent[];
  /** Where its entropy-coded data are. */
  readonly start: number;
  readonly end: number;
  /** MCUs between two restart markers; 0 where there are none. */
  readonly restartInterval: number;
  /** Ss: of a lossless scan the predictor. */
  readonly selection: number;
  /** Al: of a lossless scan the point transform. */
  readonly pointTransform: number;
}

/** The scans of a codestream in their order. Throws `PixelDataError` for tables and scans that break the standard. */
export function* scansOf(bytes: Uint8Array, header: JpegHeader): Generator<Scan> {
  const tables = new Tables();
  for (const { marker, start, end } of segmentsOf(bytes, "JPEG")) {
    const segment = bytes.subarray(start, end);
    if (marker === DHT) tables.addHuffman(segment);
    else if (marker === DQT) tables.addQuantization(segment);
    else if (marker === DRI) tables.restartInterval = segment[0]! << 8 | segment[1]!;
    else if (marker === SOS) {
      yield readScan(segment, header, tables, { start: end, end: endOfScan(bytes, end, false) });
    }
  }
}

class Tables {
  restartInterval = 0;
  /** By class (0 DC, 1 AC) times 4 and destination. */
  readonly huffman: (HuffmanTable | undefined)[] = [];
  readonly quantization: (Uint16Array | undefined)[] = [];

  addHuffman(segment: Uint8Array): void {
    for (let at = 0; at < segment.length;) {
      const place = segment[at]!;
      const counts = segment.subarray(at + 1, at + 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      const symbols = segment.slice(at + 17, at + 17 + total);
      if (counts.length < 16 || symbols.length < total || place >> 4 > 1 || (place & 15) > 3) {
        throw codestreamProblem("JPEG", "found no whole Huffman table");
      }
      this.huffman[(place >> 4) * 4 + (place & 15)] = huffmanTable(counts, symbols);
      at += 17 + total;
    }
  }

  addQuantization(segment: Uint8Array): void {
    for (let at = 0; at < segment.length;) {
      const place = segment[at]!;
      const length = place >> 4 === 0 ? 64 : 128;
      const values = segment.subarray(at + 1, at + 1 + length);
      if (values.length < length || place >> 4 > 1 || (place & 15) > 3) {
        throw codestreamProblem("JPEG", "found no whole quantization table");
      }
      this.quantization[place & 15] = Uint16Array.from(
        { length: 64 },
        (_, index) => length === 64 ? values[index]! : values[2 * index]! << 8 | values[2 * index + 1]!,
      );
      at += 1 + length;
    }
  }
}

function readScan(
  segment: Uint8Array,
  { parts }: JpegHeader,
  { huffman, quantization, restartInterval }: Tables,
  data: { readonly start: number; readonly end: number },
): Scan {
  const count = segment[0]!;
  if (segment.length !== 4 + 2 * count || count === 0 || count > parts.length) {
    throw codestreamProblem("JPEG", `found a scan header of ${segment.length} bytes with ${count} components`);
  }
  const components = Array.from({ length: count }, (_, place): ScanComponent => {
    const id = segment[1 + 2 * place]!;
    const tables = segment[2 + 2 * place]!;
    const index = parts.findIndex((part) => part.id === id);
    const part = parts[index];
    if (part === undefined) throw codestreamProblem("JPEG", `found a scan of component ${id}, which its frame lacks`);
    const [dc, ac] = [huffman[tables >> 4], huffman[4 + (tables & 15)]];
    return { ...part, index, dc, ac, steps: quantization[part.quantization] };
  });
  if (new Set(components.map(({ index }) => index)).size < count) {
    throw codestreamProblem("JPEG", "found a component twice in a scan");
  }
  return {
    ...{ components, restartInterval, ...data },
    selection: segment[1 + 2 * count]!,
    pointTransform: segment[3 + 2 * count]! & 15,
  };
}
