/**
 * JPEG decompression: baseline, extended sequential and lossless processes (ITU-T T.81).
 *
 * @module
 */

import { codestreamProblem } from "../codestreams/codestream_header.ts";
import type { JpegHeader } from "../codestreams/jpeg_header.ts";
import { scansOf } from "./jpeg_scans.ts";
import { decodeLosslessScan, type Samples } from "./lossless.ts";
import { decodeSequentialScan, largestFactors, type Plane, planesOf } from "./sequential.ts";
import { upsampledRows } from "./upsample.ts";

/**
 * Decodes a codestream whose header was read and checked. Gives its samples pixel by pixel, in the colours that are in it: 8
 * bits each, or 16 for a precision above 8. Takes a time that its pixels bound. Throws `PixelDataError`.
 */
export function decodeJpeg(bytes: Uint8Array, header: JpegHeader): Samples {
  const { rows, columns, components, precision, process } = header;
  const count = rows * columns * components;
  const samples = precision <= 8 ? new Uint8Array(count) : new Uint16Array(count);
  if (process !== 3 && precision !== 8 && precision !== 12) {
    throw codestreamProblem("JPEG", `found a precision of ${precision} bits, expected 8 or 12`);
  }
  const planes = process === 3 ? [] : planesOf(header);
  const missing = new Set(header.parts.keys());
  for (const scan of scansOf(bytes, header)) {
    // Each component has one scan, so that the time is bounded.
    for (const { index } of scan.components) {
      if (!missing.delete(index)) throw codestreamProblem("JPEG", "found a component in two scans");
    }
    if (process === 3) decodeLosslessScan(bytes, header, scan, samples);
    else decodeSequentialScan(bytes, header, scan, planes);
  }
  if (missing.size > 0) throw codestreamProblem("JPEG", `found no scan for ${missing.size} of its components`);
  if (process !== 3) join(planes, header, samples);
  return samples;
}

/** Puts the planes together. */
function join(planes: readonly Plane[], header: JpegHeader, samples: Samples): void {
  const { rows, columns, components, parts } = header;
  const [widest, highest] = largestFactors(header);
  for (const [index, plane] of planes.entries()) {
    const { h, v } = parts[index]!;
    if (widest % h !== 0 || highest % v !== 0) {
      throw codestreamProblem("JPEG", `found sampling factors ${h} and ${v} beside ${widest} and ${highest}`);
    }
    const rowAt = upsampledRows(plane, widest / h, highest / v, columns);
    for (let row = 0, at = index; row < rows; row++) {
      const from = rowAt(row);
      for (let x = 0; x < columns; x++, at += components) samples[at] = from[x]!;
    }
  }
}
