/**
 * Huffman-coded data of JPEG scans (ITU-T T.81 annexes C and F.2.2).
 *
 * @module
 */

import { codestreamProblem } from "../codestreams/codestream_header.ts";

/** Bits that are looked up at once; longer codes are rare. */
const LOOKUP_BITS = 11;

/** A table of codes. */
export interface HuffmanTable {
  /** By the next 11 bits: the length of the code in the upper byte, its symbol in the lower one; 0 where it is longer. */
  readonly lookup: Uint16Array;
  /** By length: one more than the last code of it, moved to the top of 16 bits; 0x10000 at the end. */
  readonly ends: Int32Array;
  /** By length: what to add to a code to get the index of its symbol. */
  readonly offsets: Int32Array;
  readonly symbols: Uint8Array;
}

/** Makes a table of the 16 counts and the symbols behind them. Throws `PixelDataError` where the codes don't fit. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const lookup = new Uint16Array(1 << LOOKUP_BITS);
  const ends = new Int32Array(18);
  const offsets = new Int32Array(17);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    offsets[length] = index - code;
    for (let left = counts[length - 1]!; left > 0; left--, code++, index++) {
      if (code >= 1 << length) throw codestreamProblem("JPEG", "found a Huffman table with too many codes");
      if (length <= LOOKUP_BITS) {
        const first = code << LOOKUP_BITS - length;
        lookup.fill(length << 8 | symbols[index]!, first, first + (1 << LOOKUP_BITS - length));
      }
    }
    ends[length] = code << 16 - length;
    code <<= 1;
  }
  ends[17] = 0x7fff_ffff;
  return { lookup, ends, offsets, symbols };
}

/** Reads the entropy-coded data of a scan. Behind its end it gives zeros, and remembers that. */
export class EntropyReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;
  #bits = 0;
  #count = 0;
  /** Bits that were made up behind the end. */
  #madeUp = 0;

  /** A reader of the data between two offsets. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Whether more was read than there is. */
  get overrun(): boolean {
    return this.#madeUp > this.#count;
  }

  /** Has at least 25 bits ready. */
  #fill(): void {
    const bytes = this.#bytes;
    let position = this.#position;
    while (this.#count <= 24) {
      let byte = 0;
      if (position >= this.#end) this.#madeUp += 8;
      else {
        byte = bytes[position]!;
        if (byte !== 0xff) position++;
        else if (bytes[position + 1] === 0) position += 2;
        else {
          // A marker: this interval has no more.
          byte = 0;
          this.#madeUp += 8;
        }
      }
      this.#bits = this.#bits << 8 | byte;
      this.#count += 8;
    }
    this.#position = position;
  }

  /** The next symbol. */
  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const entry = table.lookup[this.#bits >>> this.#count - LOOKUP_BITS & (1 << LOOKUP_BITS) - 1]!;
    if (entry !== 0) {
      this.#count -= entry >> 8;
      return entry & 0xff;
    }
    const next = this.#bits >>> this.#count - 16 & 0xffff;
    let length = LOOKUP_BITS + 1;
    while (next >= table.ends[length]!) length++;
    if (length > 16) throw codestreamProblem("JPEG", "found a code that its Huffman table doesn't have");
    this.#count -= length;
    return table.symbols[(next >> 16 - length) + table.offsets[length]!]!;
  }

  /** A number of `length` bits, 0 to 16, whose first bit tells its sign (F.2.2.1). */
  signed(length: number): number {
    if (length === 0) return 0;
    if (this.#count < length) this.#fill();
    this.#count -= length;
    const value = this.#bits >>> this.#count & (1 << length) - 1;
    return value < 1 << length - 1 ? value - (1 << length) + 1 : value;
  }

  /** Goes behind the next restart marker. Throws `PixelDataError` where none follows. */
  restart(): void {
    const bytes = this.#bytes;
    while (this.#position < this.#end && !(bytes[this.#position] === 0xff && isRestart(bytes[this.#position + 1]!))) {
      this.#position++;
    }
    if (this.#position >= this.#end) throw codestreamProblem("JPEG", "found too few restart markers");
    this.#position += 2;
    this.#bits = 0;
    this.#count = 0;
    this.#madeUp = 0;
  }
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}
