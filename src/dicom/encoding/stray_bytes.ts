/**
 * What comes behind the last element of a data set and is none.
 *
 * @module
 */

import { SHORTEST_HEADER } from "./element_header.ts";

/** Bytes behind the last element: zeros of any number, then fewer than 8 of anything. */
export interface StrayBytes {
  /** Where they begin. */
  readonly offset: number;
  /** How many zeros come first. */
  readonly zeros: number;
  /** Description of the bytes after the zeros. */
  readonly rest: Uint8Array;
}

/** Takes stray bytes as they arrive. */
export class StrayBytesReader implements StrayBytes {
  readonly offset: number;
  zeros: number;
  #rest: number[] = [];

  /** A reader behind `zeros` zeros that began at `offset`. */
  constructor(offset: number, zeros: number) {
    this.offset = offset;
    this.zeros = zeros;
  }

  get rest(): Uint8Array {
    return Uint8Array.from(this.#rest);
  }

  /** Takes the next bytes; false when they are too many to be stray. */
  push(bytes: Uint8Array): boolean {
    let position = 0;
    if (this.#rest.length === 0) {
      while (position < bytes.length && bytes[position] === 0) position++;
      this.zeros += position;
    }
    if (this.#rest.length + bytes.length - position >= SHORTEST_HEADER) return false;
    this.#rest.push(...bytes.subarray(position));
    return true;
  }
}
