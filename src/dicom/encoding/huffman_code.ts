/**
 * Canonical Huffman codes as deflate uses them (RFC 1951 3.2.2).
 *
 * @module
 */

/** Longest code in bits. */
export const LONGEST_CODE = 15;

/** Codes up to this many bits are found by one look into a table. */
const FAST_BITS = 10;

/** A code, made from the code length of each symbol. */
export class HuffmanCode {
  /** By the next `FAST_BITS` bits: the symbol in the upper 12 bits and its code length in the lower 4; 0 for longer codes. */
  readonly #fast = new Uint16Array(1 << FAST_BITS);
  /** Number of codes of each length. */
  readonly #counts = new Uint16Array(LONGEST_CODE + 1);
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array;

  /** Throws `RangeError` when there are more codes than their lengths leave room for. */
  constructor(lengths: Uint8Array) {
    const counts = this.#counts;
    for (const length of lengths) counts[length]!++;
    counts[0] = 0;
    const next = new Uint16Array(LONGEST_CODE + 2);
    const starts = new Uint16Array(LONGEST_CODE + 2);
    for (let length = 1; length <= LONGEST_CODE; length++) {
      if (next[length]! + counts[length]! > 1 << length) throw new RangeError("Cannot make a code: too many symbols");
      next[length + 1] = (next[length]! + counts[length]!) << 1;
      starts[length + 1] = starts[length]! + counts[length]!;
    }
    this.#symbols = new Uint16Array(starts[LONGEST_CODE + 1]!);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol]!;
      if (length === 0) continue;
      this.#symbols[starts[length]!++] = symbol;
      const code = next[length]!++;
      if (length <= FAST_BITS) this.#fillFast(reverse(code, length), length, symbol);
    }
  }

  /** The symbol (times 16) and its code length that the lowest bits begin with; 0 when they are no code. */
  look(bits: number): number {
    return this.#fast[bits & ((1 << FAST_BITS) - 1)]! || this.#lookLong(bits);
  }

  #fillFast(reversed: number, length: number, symbol: number): void {
    for (let index = reversed; index < 1 << FAST_BITS; index += 1 << length) this.#fast[index] = symbol << 4 | length;
  }

  #lookLong(bits: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      code = code << 1 | (bits >>> (length - 1)) & 1;
      const count = this.#counts[length]!;
      if (code - first < count) return this.#symbols[index + code - first]! << 4 | length;
      index += count;
      first = (first + count) << 1;
    }
    return 0;
  }
}

/** The lowest `length` bits of a code in the other order: codes are packed from their highest bit on. */
function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >>> bit) & 1) << (length - 1 - bit);
  return reversed;
}
