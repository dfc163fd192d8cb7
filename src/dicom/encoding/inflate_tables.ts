/**
 * The tables of the deflated format (RFC 1951).
 *
 * @module
 */

import { HuffmanCode } from "./huffman_code.ts";

/** Bases of length codes 257 to 285 (RFC 1951 3.2.5). */
export const LENGTH_BASE: readonly number[] = [
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31],
  ...[35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258],
];
/** Extra bits of length codes. */
export const LENGTH_EXTRA: readonly number[] = [
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  2,
  2,
  3,
  3,
  3,
  3,
  4,
  4,
  4,
  4,
  5,
  5,
  5,
  5,
  0,
];
/** Bases of distance codes 0 to 29. */
export const DISTANCE_BASE: readonly number[] = [
  ...[1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049],
  ...[3073, 4097, 6145, 8193, 12289, 16385, 24577],
];
/** Extra bits of distance codes. */
export const DISTANCE_EXTRA: readonly number[] = [
  ...[0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13],
];

/** The order of the code length code (RFC 1951 3.2.7). */
export const CODE_LENGTH_ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The symbol that ends a block. */
export const END_OF_BLOCK = 256;

/** The code of literals and lengths in a block of type 1 (RFC 1951 3.2.6). */
export const FIXED_LITERALS: HuffmanCode = new HuffmanCode(fixedLengths([144, 8], [112, 9], [24, 7], [8, 8]));
/** The same for distances. */
export const FIXED_DISTANCES: HuffmanCode = new HuffmanCode(fixedLengths([32, 5]));

function fixedLengths(...runs: [count: number, length: number][]): Uint8Array {
  return Uint8Array.from(runs.flatMap(([count, length]) => new Array<number>(count).fill(length)));
}
