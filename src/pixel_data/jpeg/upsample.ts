/**
 * Components of lower resolution brought to that of the image, with the triangle filter that most decoders have.
 *
 * @module
 */

import type { Plane } from "./sequential.ts";

/** Rows of a component in the resolution of the image: each is good until the next is asked for. */
export type RowSource = (row: number) => Uint8Array | Uint16Array;

/**
 * The rows of a plane with `horizontal` and `vertical` pixels of the image for each of its samples. Two pixels side by side
 * are interpolated, and so are two by two; other ratios repeat samples.
 */
export function upsampledRows(plane: Plane, horizontal: number, vertical: number, columns: number): RowSource {
  const { samples, stride, width, height } = plane;
  const rowAt = (row: number) => {
    const clamped = Math.min(Math.max(row, 0), height - 1);
    return samples.subarray(clamped * stride, clamped * stride + stride);
  };
  if (horizontal === 1 && vertical === 1) return rowAt;
  const output = new Uint16Array(Math.max(columns, width * horizontal) + horizontal);
  const isSmooth = horizontal === 2 && width > 2;
  if (isSmooth && vertical === 1) {
    return (row) => {
      interpolate(rowAt(row), width, output);
      return output;
    };
  }
  if (isSmooth && vertical === 2) {
    const sums = new Int32Array(width);
    return (row) => {
      const near = rowAt(row >> 1);
      const far = rowAt((row >> 1) + (row % 2 === 0 ? -1 : 1));
      for (let x = 0; x < width; x++) sums[x] = near[x]! * 3 + far[x]!;
      interpolateSums(sums, width, output);
      return output;
    };
  }
  return (row) => {
    const from = rowAt(Math.floor(row / vertical));
    for (let x = 0, at = 0; x < width; x++) {
      for (let count = 0; count < horizontal; count++) output[at++] = from[x]!;
    }
    return output;
  };
}

function interpolate(from: Uint8Array | Uint16Array, width: number, output: Uint16Array): void {
  const last = width - 1;
  output[0] = from[0]!;
  output[1] = from[0]! * 3 + from[1]! + 2 >> 2;
  for (let x = 1; x < last; x++) {
    const value = from[x]! * 3;
    output[2 * x] = value + from[x - 1]! + 1 >> 2;
    output[2 * x + 1] = value + from[x + 1]! + 2 >> 2;
  }
  output[2 * last] = from[last]! * 3 + from[last - 1]! + 1 >> 2;
  output[2 * last + 1] = from[last]!;
}

function interpolateSums(sums: Int32Array, width: number, output: Uint16Array): void {
  const last = width - 1;
  output[0] = sums[0]! * 4 + 8 >> 4;
  output[1] = sums[0]! * 3 + sums[1]! + 7 >> 4;
  for (let x = 1; x < last; x++) {
    const value = sums[x]! * 3;
    output[2 * x] = value + sums[x - 1]! + 8 >> 4;
    output[2 * x + 1] = value + sums[x + 1]! + 7 >> 4;
  }
  output[2 * last] = sums[last]! * 3 + sums[last - 1]! + 8 >> 4;
  output[2 * last + 1] = sums[last]! * 4 + 7 >> 4;
}
