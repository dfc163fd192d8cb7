/**
 * Reads the fields of a PDU's items one after the other, and never a byte beyond the item that they belong to.
 *
 * @module
 */

import { PduError } from "../../errors.ts";
import { itemName, MAXIMUM_UID_LENGTH } from "./pdu_codes.ts";
import { uint32At } from "./pdu_header.ts";

const NUL = 0x00;
const SPACE = 0x20;
const TILDE = 0x7e;

/** A position within one PDU or item. Offsets in its errors count from the start of `bytes`, which is the PDU's. */
export class FieldReader {
  /** The PDU's name, for messages. */
  readonly pdu: string;
  /** What is read, for messages. */
  readonly name: string;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #position: number;

  constructor(bytes: Uint8Array, detail: { pdu: string; name?: string; start: number; end: number }) {
    this.pdu = detail.pdu;
    this.name = detail.name ?? "the PDU";
    this.#bytes = bytes;
    this.#start = detail.start;
    this.#end = detail.end;
    this.#position = detail.start;
  }

  /** Bytes that are still to be read. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  uint8(field: string): number {
    return this.#bytes[this.#take(1, field)]!;
  }

  uint16(field: string): number {
    const at = this.#take(2, field);
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
  }

  uint32(field: string): number {
    return uint32At(this.#bytes, this.#take(4, field));
  }

  /** Passes over bytes whose values are not to be tested. */
  skip(length: number, field: string): void {
    this.#take(length, field);
  }

  /** A copy, so that a small field doesn't keep a large chunk alive. */
  bytes(length: number, field: string): Uint8Array {
    const at = this.#take(length, field);
    return this.#bytes.slice(at, at + length);
  }

  /** A copy of the whole item's value, whatever of it has been read already. */
  whole(): Uint8Array {
    this.#position = this.#end;
    return this.#bytes.slice(this.#start, this.#end);
  }

  /**
   * Text without the spaces around it and the NULs after it.
   *
   * @throws PduError it holds something else than the printable characters of ASCII
   */
  text(length: number, field: string): string {
    const at = this.#take(length, field);
    const text = this.#trimmed(at, at + length);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < SPACE || code > TILDE) {
        const found = code.toString(16).toUpperCase().padStart(2, "0");
        throw this.#error(`${field} holds the character 0x${found}; expected printable ASCII`, at);
      }
    }
    return text;
  }

  /** The same for text that is not to be tested: what can't be in an AE title becomes `?`, what is too long is cut. */
  untestedText(length: number, maximum: number, field: string): string {
    const at = this.#take(length, field);
    const text = this.#trimmed(at, at + length).slice(0, maximum);
    return text.replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, "?").trimEnd();
  }

  /**
   * A UID, or whatever printable text of up to 64 characters stands in its place; never empty.
   *
   * @throws PduError
   */
  uid(length: number, field: string): string {
    const uid = this.uidOrEmpty(length, field);
    if (uid === "") throw this.invalid(`${field} is empty; expected a UID`);
    return uid;
  }

  /** The same for a field that peers leave empty. */
  uidOrEmpty(length: number, field: string): string {
    const uid = this.text(length, field);
    if (uid.length > MAXIMUM_UID_LENGTH) {
      throw this.invalid(`${field} has ${uid.length} characters; expected at most ${MAXIMUM_UID_LENGTH}`);
    }
    return uid;
  }

  /** A reader for the next `length` bytes alone. */
  part(length: number, field: string): FieldReader {
    const start = this.#take(length, field);
    return new FieldReader(this.#bytes, { pdu: this.pdu, name: field, start, end: start + length });
  }

  /** The items that make up the rest, each with a reader of its own. */
  *items(): Generator<{ readonly type: number; readonly fields: FieldReader }> {
    while (this.remaining > 0) {
      const type = this.uint8("an item's type");
      this.skip(1, "an item's reserved byte");
      const name = itemName(type);
      yield { type, fields: this.part(this.uint16(`the length of ${name}`), name) };
    }
  }

  /**
   * Says that nothing more should follow.
   *
   * @throws PduError
   */
  end(): void {
    if (this.remaining > 0) throw this.invalid(`${this.name} is ${this.remaining} bytes longer than its fields`);
  }

  /** The error for a value that the standard doesn't allow here. */
  invalid(problem: string): PduError {
    return this.#error(problem, this.#start);
  }

  /** The error for an item that has no place here. */
  unexpected(problem: string): PduError {
    return new PduError(`Cannot read ${this.pdu}: ${problem}`, {
      reason: "unexpected-pdu-parameter",
      offset: this.#start,
    });
  }

  #take(length: number, field: string): number {
    const at = this.#position;
    if (length > this.#end - at) {
      const left = this.#end - at;
      throw this.#error(`${field} needs ${length} bytes at byte ${at}, but ${this.name} has only ${left} left`, at);
    }
    this.#position = at + length;
    return at;
  }

  #trimmed(start: number, end: number): string {
    const bytes = this.#bytes;
    while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === NUL)) end--;
    while (start < end && bytes[start] === SPACE) start++;
    let text = "";
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
    return text;
  }

  #error(problem: string, offset: number): PduError {
    return new PduError(`Cannot read ${this.pdu}: ${problem}`, { reason: "invalid-pdu-parameter-value", offset });
  }
}
