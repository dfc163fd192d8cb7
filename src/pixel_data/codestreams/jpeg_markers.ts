/**
 * Markers of JPEG and JPEG-LS codestreams (ITU-T T.81 annex B, T.87 annex C).
 *
 * @module
 */

import { codestreamProblem } from "./codestream_header.ts";

/** Codes of markers, without the 0xFF in front. */
export const SOI = 0xd8;
export const EOI = 0xd9;
export const SOS = 0xda;
export const DQT = 0xdb;
export const DHT = 0xc4;
export const DRI = 0xdd;
export const APP0 = 0xe0;
export const APP14 = 0xee;
export const SOF55 = 0xf7;

/** A marker and its parameters. */
export interface Segment {
  /** Its code, without the 0xFF in front. */
  readonly marker: number;
  /** Where its parameters begin, behind their length. */
  readonly start: number;
  /** Where they end. */
  readonly end: number;
}

/**
 * Walks over the segments of a codestream up to its end; what a scan has of entropy-coded data is passed over. Throws
 * `PixelDataError` for what is no such codestream, or has no end.
 */
export function* segmentsOf(bytes: Uint8Array, format: string): Generator<Segment> {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw codestreamProblem(format, "found no SOI at its beginning");
  let position = 2;
  for (;;) {
    while (bytes[position] === 0xff && bytes[position + 1] === 0xff) position++;
    if (position + 1 >= bytes.length) throw codestreamProblem(format, `found no EOI in its ${bytes.length} bytes`);
    const marker = bytes[position + 1]!;
    if (bytes[position] !== 0xff || marker < 0xc0) {
      throw codestreamProblem(format, `found no marker at offset ${position}`);
    }
    if (marker === EOI) return yield { marker, start: position + 2, end: position + 2 };
    const start = position + 4;
    const end = position + 2 + (bytes[position + 2]! << 8 | bytes[position + 3]!);
    if (!(end <= bytes.length) || end < start) {
      throw codestreamProblem(format, `the segment at offset ${position} ends beyond its ${bytes.length} bytes`);
    }
    yield { marker, start, end };
    position = marker === SOS ? endOfScan(bytes, end, format === "JPEG-LS") : end;
  }
}

/** Where the next marker after a scan's data is: JPEG stuffs a byte behind 0xFF, JPEG-LS a bit (T.87 A.1). */
export function endOfScan(bytes: Uint8Array, start: number, stuffsBits: boolean): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]!;
    const isData = stuffsBits ? next < 0x80 : next === 0;
    if (!isData && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}
