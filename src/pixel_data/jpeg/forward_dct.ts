/**
 * The forward DCT, after Arai, Agui and Nakajima: its results are scaled, which quantization undoes.
 *
 * @module
 */

/** What the coefficients of a row or column are multiplied by. */
const SCALES = [1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.5411961, 0.275899379];

/** Factors for coefficients, in the order of rows, that divide them by their steps and undo their scale. */
export function factorsFor(steps: Uint8Array): Float64Array {
  return Float64Array.from(steps, (step, index) => 1 / (step * SCALES[index >> 3]! * SCALES[index & 7]! * 8));
}

/** Transforms a block of 8 by 8 in its place. */
export function forwardDct(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) transform(block, row, 1);
  for (let column = 0; column < 8; column++) transform(block, column, 8);
}

function transform(block: Float64Array, at: number, step: number): void {
  const i1 = at + step;
  const i2 = at + 2 * step;
  const i3 = at + 3 * step;
  const i4 = at + 4 * step;
  const i5 = at + 5 * step;
  const i6 = at + 6 * step;
  const i7 = at + 7 * step;
  const s07 = block[at]! + block[i7]!;
  const d07 = block[at]! - block[i7]!;
  const s16 = block[i1]! + block[i6]!;
  const d16 = block[i1]! - block[i6]!;
  const s25 = block[i2]! + block[i5]!;
  const d25 = block[i2]! - block[i5]!;
  const s34 = block[i3]! + block[i4]!;
  const d34 = block[i3]! - block[i4]!;
  const e0 = s07 + s34;
  const e3 = s07 - s34;
  const e1 = s16 + s25;
  const e2 = s16 - s25;
  const even = (e2 + e3) * 0.707106781;
  block[at] = e0 + e1;
  block[i4] = e0 - e1;
  block[i2] = e3 + even;
  block[i6] = e3 - even;
  const o0 = d34 + d25;
  const o1 = d25 + d16;
  const o2 = d16 + d07;
  const turn = (o0 - o2) * 0.382683433;
  const z2 = 0.5411961 * o0 + turn;
  const z4 = 1.306562965 * o2 + turn;
  const z3 = o1 * 0.707106781;
  const low = d07 + z3;
  const high = d07 - z3;
  block[i5] = high + z2;
  block[i3] = high - z2;
  block[i1] = low + z4;
  block[i7] = low - z4;
}
