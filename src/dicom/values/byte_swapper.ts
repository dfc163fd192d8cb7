/**
 * Values that change their byte ordering while they pass by in pieces.
 *
 * @module
 */

import { concatenate } from "../../streams/concatenate.ts";
import { swapBytes } from "./binary_values.ts";

const NO_BYTES = new Uint8Array(0);

/** Turns the bytes of each unit round, wherever the pieces of a value begin and end. */
export class ByteSwapper {
  #unit: number;
  /** The beginning of a unit whose rest is to come; a copy. */
  #rest: Uint8Array = NO_BYTES;

  /** A swapper at the beginning of a value; see `begin()`. */
  constructor(unit = 1) {
    this.#unit = unit;
  }

  /** Begins a value with units of 2, 4 or 8 bytes; of 1 leaves all as it is. */
  begin(unit: number): void {
    this.#unit = unit;
    this.#rest = NO_BYTES;
  }

  /** The next piece of the value, as far as its units are whole: a copy, unless all is left as it is. */
  push(piece: Uint8Array): Uint8Array {
    if (this.#unit === 1) return piece;
    const bytes = this.#rest.length === 0 ? piece : concatenate([this.#rest, piece]);
    const whole = bytes.length - bytes.length % this.#unit;
    this.#rest = bytes.slice(whole);
    return swapBytes(bytes.subarray(0, whole), this.#unit);
  }

  /** Ends the value: what is beyond its last whole unit, as it came. */
  end(): Uint8Array {
    return this.#rest;
  }
}
