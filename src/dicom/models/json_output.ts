/**
 * JSON text as it is being written.
 *
 * @module
 */

import { base64Length, encodeBase64 } from "./base64.ts";

/** Bytes that are gathered before they become a string. */
const PIECE = 0x4000;

/** Bytes turned into Base64 at a time: a multiple of 3, so that pieces join without padding. */
const BASE64_PIECE = 0x2400;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

const HEX_DIGITS = asciiBytes("0123456789ABCDEF");

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes of a text that is ASCII. */
export function asciiBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The buffer of an output that has ended, for the next one: to make one takes as long as writing a small data set. */
let spare: Uint8Array<ArrayBuffer> | undefined;

/** Takes JSON by the piece, as bytes: to join those takes a fraction of the time that it takes to join strings. */
export class JsonOutput {
  #text = "";
  /** UTF-8 that comes after the text, of whole characters. */
  readonly #bytes = spare ?? new Uint8Array(PIECE);
  #length = 0;

  /** Takes the shared buffer; no other output has it until this one ends. */
  constructor() {
    spare = undefined;
  }

  /** All that was written. Nothing can be written after that. */
  end(): string {
    this.#flush();
    spare = this.#bytes;
    return this.#text;
  }

  /** Writes a few bytes of ASCII as they are, such as punctuation. */
  raw(ascii: Uint8Array, start = 0, end = ascii.length): void {
    this.#reserve(end - start);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = start; index < end; index++) bytes[at++] = ascii[index]!;
    this.#length = at;
  }

  /** Writes a tag as eight hexadecimal digits, in quotes. */
  tag(tag: number): void {
    this.#reserve(10);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let shift = 28; shift >= 0; shift -= 4) bytes[at++] = HEX_DIGITS[tag >>> shift & 0xf]!;
    bytes[at++] = QUOTE;
    this.#length = at;
  }

  /** Writes UTF-8 as a string, in quotes. What needs an escape is rare, and left to `JSON.stringify`, as is long text. */
  string(utf8: Uint8Array, start: number, end: number): void {
    if (end - start + 2 > PIECE) return this.json(decoder.decode(utf8.subarray(start, end)));
    this.#reserve(end - start + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let index = start; index < end; index++) {
      const byte = utf8[index]!;
      if (byte < FIRST_PRINTABLE || byte === QUOTE || byte === BACKSLASH) {
        return this.json(decoder.decode(utf8.subarray(start, end)));
      }
      bytes[at++] = byte;
    }
    bytes[at++] = QUOTE;
    this.#length = at;
  }

  /** Writes a number that is finite. */
  number(value: number): void {
    const text = String(value);
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#length++] = text.charCodeAt(index);
  }

  /** Writes bytes as a string of Base64. */
  base64(value: Uint8Array): void {
    this.#flush();
    this.#text += '"';
    for (let start = 0; start < value.length; start += BASE64_PIECE) {
      const piece = value.subarray(start, start + BASE64_PIECE);
      this.#reserve(base64Length(piece.length));
      this.#length = encodeBase64(piece, this.#bytes, this.#length);
    }
    this.#flush();
    this.#text += '"';
  }

  /** Writes a value as `JSON.stringify` does. */
  json(value: unknown): void {
    this.#flush();
    this.#text += JSON.stringify(value);
  }

  #reserve(count: number): void {
    if (this.#length + count > PIECE) this.#flush();
  }

  #flush(): void {
    if (this.#length > 0) this.#text += decoder.decode(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }
}
