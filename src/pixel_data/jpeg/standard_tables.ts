/**
 * Tables that encoders of JPEG use where nothing else is known (ITU-T T.81 annex K).
 *
 * @module
 */

/** Where each coefficient of the zigzag order is (Figure A.6). */
export const NATURAL: Uint8Array = Uint8Array.of(
  ...[
    0,
    1,
    8,
    16,
    9,
    2,
    3,
    10,
    17,
    24,
    32,
    25,
    18,
    11,
    4,
    5,
    12,
    19,
    26,
    33,
    40,
    48,
    41,
    34,
    27,
    20,
    13,
    6,
    7,
    14,
    21,
    28,
  ],
  ...[
    35,
    42,
    49,
    56,
    57,
    50,
    43,
    36,
    29,
    22,
    15,
    23,
    30,
    37,
    44,
    51,
    58,
    59,
    52,
    45,
    38,
    31,
    39,
    46,
    53,
    60,
    61,
    54,
    47,
  ],
  ...[55, 62, 63],
);

/** Quantization steps in the order of rows, for a quality of 50 (K.1 and K.2). */
export const LUMINANCE_STEPS: Uint8Array = Uint8Array.of(
  ...[16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56],
  ...[14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92],
  ...[49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
);
export const CHROMINANCE_STEPS: Uint8Array = Uint8Array.of(
  ...[17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99],
  ...[47, 66, 99, 99, 99, 99, 99, 99],
  ...Array<number>(32).fill(99),
);

/** Counts of codes by their length, and symbols in their order (K.3 to K.6). */
export interface HuffmanSpecification {
  readonly counts: readonly number[];
  readonly symbols: readonly number[];
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** Runs from `first` to `last`, each with the categories from `low` on up to 10. */
const runs = (first: number, last: number, low: number) =>
  range(first, last).flatMap((run) => range(run << 4 | low, run << 4 | 10));

/** For differences of DC coefficients. */
export const LUMINANCE_DC: HuffmanSpecification = {
  counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  symbols: range(0, 11),
};
export const CHROMINANCE_DC: HuffmanSpecification = {
  counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
  symbols: range(0, 11),
};

/** For runs of zeros and the coefficients behind them. */
export const LUMINANCE_AC: HuffmanSpecification = {
  counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
  symbols: [
    ...[0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71],
    ...[0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72],
    ...[0x82, 0x09, 0x0a, ...range(0x16, 0x1a), ...range(0x25, 0x2a), ...range(0x34, 0x3a), ...range(0x43, 0x4a)],
    ...[...range(0x53, 0x5a), ...range(0x63, 0x6a), ...range(0x73, 0x7a), ...range(0x83, 0x8a), ...runs(9, 13, 2)],
    ...runs(14, 15, 1),
  ],
};
export const CHROMINANCE_AC: HuffmanSpecification = {
  counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119],
  symbols: [
    ...[0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22],
    ...[0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1],
    ...[0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, ...range(0x17, 0x1a), ...range(0x26, 0x2a), ...range(0x35, 0x3a)],
    ...[...range(0x43, 0x4a), ...range(0x53, 0x5a), ...range(0x63, 0x6a), ...range(0x73, 0x7a), ...runs(8, 15, 2)],
  ],
};
