/** Objects that can be told from each other, and from parts of themselves. */

import { pattern } from "../../archive/support.ts";

const LENGTHS = [100, 4096, 70_000, 300_000, 1_500_000];
const PIECE = 50_000;

export function nameOf(number: number): string {
  return `study${number % 7}/series${number % 3}/${number}`;
}

/** The object of a number, in pieces. */
export function objectOf(number: number): Uint8Array[] {
  const bytes = pattern(LENGTHS[number % LENGTHS.length]! + number, number);
  return Array.from(
    { length: Math.ceil(bytes.length / PIECE) },
    (_, index) => bytes.subarray(index * PIECE, (index + 1) * PIECE),
  );
}
