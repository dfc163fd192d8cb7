/**
 * What a codestream says of itself, read before any codec sees it.
 *
 * @module
 */

import type { FrameDescription } from "../frame_description.ts";
import { malformed, type PixelDataError } from "../pixel_data_error.ts";

/** The image in a codestream. */
export interface CodestreamHeader {
  /** Its height. */
  readonly rows: number;
  /** Its width. */
  readonly columns: number;
  /** Samples of a pixel. */
  readonly components: number;
  /** Bits of a sample. */
  readonly precision: number;
}

/** The error of a codestream of some format: "Cannot read a JPEG codestream: `problem`". */
export function codestreamProblem(format: string, problem: string): PixelDataError {
  return malformed(`Cannot read a ${format} codestream: ${problem}`);
}

/** Throws `PixelDataError` where a codestream holds another image than the data set says. */
export function checkAgainst(format: string, found: CodestreamHeader, description: FrameDescription): void {
  const { rows, columns, samplesPerPixel, bitsAllocated } = description;
  const expect = (name: string, found: number, expected: number, right: boolean) => {
    if (!right) throw codestreamProblem(format, `found ${name} ${found}, expected ${expected} as in the data set`);
  };
  expect("rows", found.rows, rows, found.rows === rows);
  expect("columns", found.columns, columns, found.columns === columns);
  expect("components", found.components, samplesPerPixel, found.components === samplesPerPixel);
  if (found.precision > bitsAllocated || found.precision > 16) {
    const expected = `at most ${Math.min(16, bitsAllocated)}`;
    throw codestreamProblem(format, `found a precision of ${found.precision} bits, expected ${expected}`);
  }
}
