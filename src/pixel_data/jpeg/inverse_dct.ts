/**
 * The inverse DCT in whole numbers, after Loeffler, Ligtenberg and Moschytz: as exact as the reference decoders that are
 * meant to agree to the bit.
 *
 * @module
 */

/** Bits behind the point of the constants. */
const SCALE = 13;

/** Trigonometric constants times 2 to the 13th. */
const [C0_298, C0_390, C0_541, C0_765] = [2446, 3196, 4433, 6270];
const [C0_899, C1_175, C1_501, C1_847] = [7373, 9633, 12299, 15137];
const [C1_961, C2_053, C2_562, C3_072] = [16069, 16819, 20995, 25172];

/**
 * Transforms a block of dequantized coefficients, in the order of rows, into samples of `precision` bits, 8 or 12, and puts
 * those into `output` from `start` on, a row every `stride`. The block is used up.
 */
export function inverseDct(
  block: Int32Array,
  output: Uint8Array | Uint16Array,
  start: number,
  stride: number,
  precision: number,
): void {
  // Between the passes 2 bits of a fraction are kept; 12 bits leave room for 1.
  const kept = precision === 8 ? 2 : 1;
  for (let column = 0; column < 8; column++) columnPass(block, column, SCALE - kept, kept);
  const maximum = (1 << precision) - 1;
  const center = 1 << precision - 1;
  for (let row = 0; row < 8; row++) rowPass(block, row * 8, SCALE + kept + 3, kept + 3);
  for (let row = 0, at = start; row < 8; row++, at += stride) {
    for (let column = 0; column < 8; column++) {
      const value = block[row * 8 + column]! + center;
      output[at + column] = value < 0 ? 0 : value > maximum ? maximum : value;
    }
  }
}

function columnPass(block: Int32Array, at: number, shift: number, kept: number): void {
  if (
    (block[at + 8]! | block[at + 16]! | block[at + 24]! | block[at + 32]! | block[at + 40]! | block[at + 48]! |
      block[at + 56]!) === 0
  ) {
    const value = block[at]! << kept;
    for (let row = 0; row < 64; row += 8) block[at + row] = value;
    return;
  }
  transform(block, at, 8, shift);
}

function rowPass(block: Int32Array, at: number, shift: number, flatShift: number): void {
  if (
    (block[at + 1]! | block[at + 2]! | block[at + 3]! | block[at + 4]! | block[at + 5]! | block[at + 6]! |
      block[at + 7]!) === 0
  ) {
    const value = block[at]! + (1 << flatShift - 1) >> flatShift;
    block.fill(value, at, at + 8);
    return;
  }
  transform(block, at, 1, shift);
}

/** Transforms 8 values, `step` apart, in their place, and divides them by 2 to the `shift`. All fits into 32 bits. */
function transform(block: Int32Array, at: number, step: number, shift: number): void {
  const half = 1 << shift - 1;
  const i1 = at + step;
  const i2 = i1 + step;
  const i3 = i2 + step;
  const i4 = i3 + step;
  const i5 = i4 + step;
  const i6 = i5 + step;
  const i7 = i6 + step;
  const x0 = block[at]!;
  const x2 = block[i2]!;
  const x4 = block[i4]!;
  const x6 = block[i6]!;
  const even = Math.imul(x2 + x6, C0_541);
  const e2 = even - Math.imul(x6, C1_847) | 0;
  const e3 = even + Math.imul(x2, C0_765) | 0;
  const e0 = x0 + x4 << SCALE;
  const e1 = x0 - x4 << SCALE;
  const a0 = e0 + e3 + half | 0;
  const a3 = e0 - e3 + half | 0;
  const a1 = e1 + e2 + half | 0;
  const a2 = e1 - e2 + half | 0;
  const y7 = block[i7]!;
  const y5 = block[i5]!;
  const y3 = block[i3]!;
  const y1 = block[i1]!;
  const z5 = Math.imul(y7 + y3 + y5 + y1, C1_175);
  const z1 = Math.imul(y7 + y1, -C0_899);
  const z2 = Math.imul(y5 + y3, -C2_562);
  const z3 = z5 + Math.imul(y7 + y3, -C1_961) | 0;
  const z4 = z5 + Math.imul(y5 + y1, -C0_390) | 0;
  const o0 = Math.imul(y7, C0_298) + z1 + z3 | 0;
  const o1 = Math.imul(y5, C2_053) + z2 + z4 | 0;
  const o2 = Math.imul(y3, C3_072) + z2 + z3 | 0;
  const o3 = Math.imul(y1, C1_501) + z1 + z4 | 0;
  block[at] = a0 + o3 >> shift;
  block[i7] = a0 - o3 >> shift;
  block[i1] = a1 + o2 >> shift;
  block[i6] = a1 - o2 >> shift;
  block[i2] = a2 + o1 >> shift;
  block[i5] = a2 - o1 >> shift;
  block[i3] = a3 + o0 >> shift;
  block[i4] = a3 - o0 >> shift;
}
