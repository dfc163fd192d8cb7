/**
 * Writes the fields of a PDU one after the other, and refuses those that its encoding has no room for.
 *
 * @module
 */

import { itemName, MAXIMUM_UID_LENGTH } from "./pdu_codes.ts";
import { PDU_HEADER_LENGTH, writePduHeader } from "./pdu_header.ts";

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** The bytes of one PDU in the making. */
export class FieldWriter {
  readonly #pdu: string;
  #bytes = new Uint8Array(1024);
  #length = PDU_HEADER_LENGTH;

  /** @param pdu its name, for messages */
  constructor(pdu: string) {
    this.#pdu = pdu;
  }

  /** @throws RangeError `value` is no whole number from 0 to 255; the same of `uint16` and `uint32` with their ranges */
  uint8(value: number, field: string): void {
    this.#unsigned(value, 1, field);
  }

  uint16(value: number, field: string): void {
    this.#unsigned(value, 2, field);
  }

  uint32(value: number, field: string): void {
    this.#unsigned(value, 4, field);
  }

  bytes(value: Uint8Array): void {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }

  zeros(count: number): void {
    this.#grow(count);
  }

  /** @throws RangeError `text` has other characters than printable ASCII, or more than `maximum` */
  text(text: string, maximum: number, field: string): void {
    if (!PRINTABLE_ASCII.test(text)) {
      throw this.refusal(`${field} is ${JSON.stringify(text)}; expected printable ASCII`);
    }
    if (text.length > maximum) {
      throw this.refusal(`${field} has ${text.length} characters; expected at most ${maximum}`);
    }
    const at = this.#grow(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[at + index] = text.charCodeAt(index);
  }

  /** @throws RangeError `uid` is empty, longer than 64 characters, or not printable ASCII */
  uid(uid: string, field: string): void {
    if (uid.trim() === "") throw this.refusal(`${field} is empty; expected a UID`);
    this.text(uid, MAXIMUM_UID_LENGTH, field);
  }

  /** A part with its length in two bytes in front. */
  counted(write: () => void, what: string): void {
    const lengthAt = this.#grow(2);
    write();
    const length = this.#length - lengthAt - 2;
    if (length > 0xffff) throw this.refusal(`${what} takes ${length} bytes; expected at most 65535`);
    this.#bytes[lengthAt] = length >> 8;
    this.#bytes[lengthAt + 1] = length;
  }

  /** An item (PS3.8 9.3.2.1). */
  item(itemType: number, write: () => void): void {
    this.uint8(itemType, "an item's type");
    this.zeros(1);
    this.counted(write, itemName(itemType));
  }

  /** The whole PDU. */
  finish(typeCode: number): Uint8Array {
    writePduHeader(this.#bytes, typeCode, this.#length - PDU_HEADER_LENGTH);
    return this.#bytes.slice(0, this.#length);
  }

  /** The error for a value that can't be encoded. */
  refusal(problem: string): RangeError {
    return new RangeError(`Cannot encode ${this.#pdu}: ${problem}`);
  }

  #unsigned(value: number, size: 1 | 2 | 4, field: string): void {
    const maximum = 256 ** size - 1;
    if (!Number.isInteger(value) || value < 0 || value > maximum) {
      throw this.refusal(`${field} is ${value}; expected a whole number from 0 to ${maximum}`);
    }
    const at = this.#grow(size);
    for (let index = 0; index < size; index++) this.#bytes[at + index] = value >>> (8 * (size - 1 - index));
  }

  /** Makes room for `count` more bytes, all zero, and returns where they are. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}
