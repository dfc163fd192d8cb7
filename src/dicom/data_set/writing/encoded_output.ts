/**
 * Where encoded elements are put together.
 *
 * @module
 */

import { type Encoding, hasLongForm, LONGEST_HEADER, SHORTEST_HEADER } from "../../encoding/element_header.ts";
import type { ValueReference } from "../data_element.ts";

/** Bytes that are there, or a value that is fetched when its turn comes, in words of `swapUnit` bytes to be turned round. */
export type Piece = Uint8Array | { readonly reference: ValueReference; readonly swapUnit: number };

/** Bytes of the buffers in which small things are gathered, after the first. */
const BUFFER = 0x1_0000;

/** Gathers headers and values. */
export class EncodedOutput {
  readonly #pieces: Piece[] = [];
  /** From how many bytes on a value isn't copied. */
  readonly #apart: number;
  #buffer: Uint8Array<ArrayBuffer>;
  #start = 0;
  #offset = 0;

  /** An output that gathers `size` bytes in its first buffer; values of `apart` bytes or more become pieces of their own. */
  constructor(size: number, apart: number) {
    this.#buffer = new Uint8Array(size);
    this.#apart = apart;
  }

  /** Writes tag and length, and between them the VR unless the encoding is implicit or `letters` is empty. */
  header(tag: number, letters: string, length: number, { explicitVr, littleEndian }: Encoding): void {
    const withVr = explicitVr && letters !== "";
    const longForm = !withVr || hasLongForm(letters);
    this.#reserve(withVr && longForm ? LONGEST_HEADER : SHORTEST_HEADER);
    this.#uint16(tag >>> 16, littleEndian);
    this.#uint16(tag & 0xffff, littleEndian);
    if (withVr) {
      this.#buffer[this.#offset++] = letters.charCodeAt(0);
      this.#buffer[this.#offset++] = letters.charCodeAt(1);
      if (longForm) this.#offset += 2;
    }
    if (longForm && !littleEndian) this.#uint16(length >>> 16, littleEndian);
    this.#uint16(length & 0xffff, littleEndian);
    if (longForm && littleEndian) this.#uint16(length >>> 16, littleEndian);
  }

  /** Writes a value. */
  value(bytes: Uint8Array): void {
    if (bytes.length >= this.#apart) {
      this.#flush();
      this.#pieces.push(bytes);
      return;
    }
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  /** Writes a value that isn't there yet. */
  reference(reference: ValueReference, swapUnit: number): void {
    this.#flush();
    this.#pieces.push({ reference, swapUnit });
  }

  /** Writes one byte. */
  byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#offset++] = byte;
  }

  /** All that was written, when it went into the first buffer. */
  whole(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#offset);
  }

  /** All that was written. */
  pieces(): readonly Piece[] {
    this.#flush();
    return this.#pieces;
  }

  #uint16(value: number, littleEndian: boolean): void {
    this.#buffer[this.#offset++] = littleEndian ? value : value >>> 8;
    this.#buffer[this.#offset++] = littleEndian ? value >>> 8 : value;
  }

  #reserve(count: number): void {
    if (this.#offset + count <= this.#buffer.length) return;
    this.#flush();
    this.#buffer = new Uint8Array(Math.max(BUFFER, count));
    this.#start = 0;
    this.#offset = 0;
  }

  #flush(): void {
    if (this.#offset > this.#start) this.#pieces.push(this.#buffer.subarray(this.#start, this.#offset));
    this.#start = this.#offset;
  }
}
