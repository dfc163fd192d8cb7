/**
 * Inflates a deflated data set (PS3.5 A.5, RFC 1951) as its bytes arrive.
 *
 * `DecompressionStream` would do it too, but not synchronously, not with a bound on what comes out at a time, and not
 * everywhere with an error when the end is missing or is padded.
 *
 * @module
 */

import { DataSetError, LimitError } from "../../errors.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { HuffmanCode, LONGEST_CODE } from "./huffman_code.ts";
import {
  CODE_LENGTH_ORDER,
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  END_OF_BLOCK,
  FIXED_DISTANCES,
  FIXED_LITERALS,
  LENGTH_BASE,
  LENGTH_EXTRA,
} from "./inflate_tables.ts";

/** How far back a copy can reach. */
const WINDOW = 0x8000;

/** Longest copy. */
const LONGEST_COPY = 258;

/** Bytes that come out at a time, about. */
const OUTPUT = 0x1_0000;

type State = "block" | "stored" | "codes" | "finished";

/** Thrown and caught in here: the input ends inside something, which is begun again when there is more. */
const UNDERFLOW = Symbol("more bytes are needed");

/**
 * Takes deflated bytes by `push()` and gives what they inflate to by `next()`, at most 128 KiB at a time; undefined when it
 * needs more. Throws `DataSetError` for bytes that are not deflated, `LimitError` when more comes out than is allowed.
 */
export class Inflater {
  /** Bytes after the end of what is deflated. */
  trailing = 0;

  readonly #maxLength: number;
  #state: State = "block";
  #lastBlock = false;
  #literals = FIXED_LITERALS;
  #distances = FIXED_DISTANCES;
  /** Bytes left of a stored block. */
  #stored = 0;

  #input: Uint8Array = new Uint8Array(0);
  #position = 0;
  /** Bytes that were used up before `#input`. */
  #base = 0;
  /** Bits that were taken from the input and not used, the next one lowest. */
  #bits = 0;
  #bitCount = 0;

  /** The window, followed by what is not yet given out from `#given` to `#filled`. */
  readonly #output = new Uint8Array(WINDOW + OUTPUT + LONGEST_COPY);
  #given = 0;
  #filled = 0;
  #total = 0;

  /** `maxLength`: bytes that may come out in all. */
  constructor(options: { readonly maxLength: number }) {
    this.#maxLength = options.maxLength;
  }

  /** Adds deflated bytes, which have to stay as they are until `next()` is undefined. */
  push(chunk: Uint8Array): void {
    const unread = this.#input.subarray(this.#position);
    this.#base += this.#position;
    this.#position = 0;
    this.#input = unread.length === 0 ? chunk : concatenate([unread, chunk]);
  }

  /** The next inflated bytes, the caller's for good, or undefined. */
  next(): Uint8Array | undefined {
    this.#makeRoom();
    while (this.#filled < WINDOW + OUTPUT && this.#advance());
    const bytes = this.#output.slice(this.#given, this.#filled);
    this.#given = this.#filled;
    this.#total += bytes.length;
    if (this.#total > this.#maxLength) {
      throw new LimitError(`Cannot inflate the data set: it is longer than the limit of ${this.#maxLength}`, {
        limit: "maxInflatedLength",
        maximum: this.#maxLength,
      });
    }
    if (bytes.length > 0) return bytes;
    // The rest is copied, so that no chunk has to outlive the next one.
    this.#base += this.#position;
    this.#input = this.#input.slice(this.#position);
    this.#position = 0;
    return undefined;
  }

  /** Says that no more bytes come. Throws `DataSetError` when the deflated bytes are not at their end. */
  end(): void {
    if (this.#state !== "finished") throw this.#error("the bytes end before the last block does");
  }

  /** Keeps the window and moves it to the front. */
  #makeRoom(): void {
    if (this.#filled < WINDOW + OUTPUT) return;
    this.#output.copyWithin(0, this.#filled - WINDOW, this.#filled);
    this.#filled = WINDOW;
    this.#given = WINDOW;
  }

  /** Does a part of the work. False when it needs more input, or there is none left to do. */
  #advance(): boolean {
    if (this.#state === "finished") return this.#passTrailing();
    if (this.#state === "stored") return this.#copyStored();
    if (this.#state === "codes") return this.#decode();
    const [bits, bitCount, position] = [this.#bits, this.#bitCount, this.#position];
    try {
      this.#readBlockHeader();
      return true;
    } catch (thrown) {
      if (thrown !== UNDERFLOW) throw thrown;
      this.#bits = bits;
      this.#bitCount = bitCount;
      this.#position = position;
      return false;
    }
  }

  #readBlockHeader(): void {
    this.#lastBlock = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 0) {
      this.#alignToByte();
      const length = this.#take(16);
      if ((this.#take(16) ^ 0xffff) !== length) throw this.#error("a stored block's length is not told twice");
      this.#stored = length;
      this.#state = "stored";
    } else if (type === 1) {
      this.#literals = FIXED_LITERALS;
      this.#distances = FIXED_DISTANCES;
      this.#state = "codes";
    } else if (type === 2) {
      this.#readCodes();
      this.#state = "codes";
    } else throw this.#error("there is no block type 3");
  }

  /** Reads the codes of a dynamic block (RFC 1951 3.2.7). */
  #readCodes(): void {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const count = this.#take(4) + 4;
    const order = new Uint8Array(CODE_LENGTH_ORDER.length);
    for (let index = 0; index < count; index++) order[CODE_LENGTH_ORDER[index]!] = this.#take(3);
    const code = this.#makeCode(order);
    const lengths = new Uint8Array(literals + distances);
    for (let index = 0; index < lengths.length;) {
      const symbol = this.#takeSymbol(code);
      if (symbol < 16) {
        lengths[index++] = symbol;
        continue;
      }
      if (symbol === 16 && index === 0) throw this.#error("there is no code length to repeat");
      const value = symbol === 16 ? lengths[index - 1]! : 0;
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (index + times > lengths.length) throw this.#error("there are more code lengths than symbols");
      lengths.fill(value, index, index += times);
    }
    if (lengths[END_OF_BLOCK] === 0) throw this.#error("a block has no code for its end");
    this.#literals = this.#makeCode(lengths.subarray(0, literals));
    this.#distances = this.#makeCode(lengths.subarray(literals));
  }

  #makeCode(lengths: Uint8Array): HuffmanCode {
    try {
      return new HuffmanCode(lengths);
    } catch (cause) {
      throw this.#error("a block's code lengths leave no room for all its symbols", cause);
    }
  }

  #copyStored(): boolean {
    const output = this.#output;
    for (; this.#stored > 0 && this.#bitCount > 0; this.#stored--) output[this.#filled++] = this.#drop(8);
    const room = output.length - this.#filled;
    const count = Math.min(this.#stored, this.#input.length - this.#position, room);
    output.set(this.#input.subarray(this.#position, this.#position + count), this.#filled);
    this.#position += count;
    this.#filled += count;
    this.#stored -= count;
    if (this.#stored > 0) return count > 0;
    this.#endBlock();
    return true;
  }

  /** Decodes symbols until the block ends, enough is there, or the input ends, of which it says false. */
  #decode(): boolean {
    while (this.#filled < WINDOW + OUTPUT) {
      const mark = this.#position;
      const bits = this.#bits;
      const bitCount = this.#bitCount;
      const symbol = this.#nextSymbol(this.#literals);
      if (symbol >= 0 && symbol < END_OF_BLOCK) {
        this.#output[this.#filled++] = symbol;
      } else if (symbol === END_OF_BLOCK) {
        this.#endBlock();
        return true;
      } else if (symbol < 0 || !this.#copy(symbol - END_OF_BLOCK - 1)) {
        this.#position = mark;
        this.#bits = bits;
        this.#bitCount = bitCount;
        return false;
      }
    }
    return true;
  }

  /** Copies what came before (RFC 1951 3.2.5). False when the input ends inside what says which. */
  #copy(lengthCode: number): boolean {
    const lengthExtra = LENGTH_EXTRA[lengthCode];
    if (lengthExtra === undefined) throw this.#error("there is no such length code");
    if (this.#bitCount < lengthExtra) return false;
    const length = LENGTH_BASE[lengthCode]! + this.#drop(lengthExtra);
    const distanceCode = this.#nextSymbol(this.#distances);
    if (distanceCode < 0) return false;
    const distanceExtra = DISTANCE_EXTRA[distanceCode];
    if (distanceExtra === undefined) throw this.#error("there is no such distance code");
    this.#fill();
    if (this.#bitCount < distanceExtra) return false;
    const distance = DISTANCE_BASE[distanceCode]! + this.#drop(distanceExtra);
    const output = this.#output;
    const start = this.#filled;
    if (distance > start) throw this.#error("a copy begins before the first byte");
    if (distance >= length) output.copyWithin(start, start - distance, start - distance + length);
    else for (let to = start; to < start + length; to++) output[to] = output[to - distance]!;
    this.#filled = start + length;
    return true;
  }

  #endBlock(): void {
    this.#state = this.#lastBlock ? "finished" : "block";
  }

  /** Passes over what comes after the last block: NUL to make the length even, or a checksum that some leave there. */
  #passTrailing(): false {
    this.#alignToByte();
    const unread = this.#input.length - this.#position;
    this.trailing += this.#bitCount / 8 + unread;
    this.#position += unread;
    this.#bits = 0;
    this.#bitCount = 0;
    return false;
  }

  /** The next symbol of a code, or -1 when the input ends before it does. */
  #nextSymbol(code: HuffmanCode): number {
    this.#fill();
    const entry = code.look(this.#bits);
    const length = entry & 15;
    if (length === 0 && this.#bitCount >= LONGEST_CODE) throw this.#error("a code stands for no symbol");
    if (length === 0 || length > this.#bitCount) return -1;
    this.#drop(length);
    return entry >>> 4;
  }

  /** Gets bits from the input: at least 25 where there are as many. */
  #fill(): void {
    const input = this.#input;
    while (this.#bitCount <= 24 && this.#position < input.length) {
      this.#bits |= input[this.#position++]! << this.#bitCount;
      this.#bitCount += 8;
    }
  }

  /** Uses up to 24 bits that are there. */
  #drop(count: number): number {
    const value = this.#bits & ((1 << count) - 1);
    this.#bits = (this.#bits >>> count) | 0;
    this.#bitCount -= count;
    return value;
  }

  /** Uses bits, and throws `UNDERFLOW` when they are not there. */
  #take(count: number): number {
    this.#fill();
    if (this.#bitCount < count) throw UNDERFLOW;
    return this.#drop(count);
  }

  #takeSymbol(code: HuffmanCode): number {
    const symbol = this.#nextSymbol(code);
    if (symbol < 0) throw UNDERFLOW;
    return symbol;
  }

  #alignToByte(): void {
    this.#drop(this.#bitCount % 8);
  }

  #error(message: string, cause?: unknown): DataSetError {
    const offset = this.#base + this.#position;
    return new DataSetError(`Cannot inflate the data set: ${message}, at offset ${offset} of the deflated bytes`, {
      offset,
      cause,
    });
  }
}
