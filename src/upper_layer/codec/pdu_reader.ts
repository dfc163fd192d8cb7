/**
 * A stream of bytes -> PDUs, as they come.
 *
 * @module
 */

import { LimitError, PduError } from "../../errors.ts";
import type { IncomingPdu, PdvFragment } from "../pdu.ts";
import { PDU_TYPES } from "./pdu_codes.ts";
import { type ControlPdu, decodeControlPdu } from "./pdu_decode.ts";
import { PDU_HEADER_LENGTH, type PduLimits, readPduType, uint32At } from "./pdu_header.ts";
import {
  checkPdvFits,
  isCommand,
  isLast,
  PDV_CONTEXT_ID,
  PDV_CONTROL,
  PDV_HEADER_LENGTH,
  pdvDataLength,
} from "./pdv.ts";

/** Longest A-ASSOCIATE-RQ or A-ASSOCIATE-AC that is read when nothing else is said, in bytes after the header. */
export const DEFAULT_MAXIMUM_ASSOCIATE_PDU_LENGTH = 256 * 1024;

/** Longest P-DATA-TF that is read where any length was announced to be fine, in bytes after the header. */
export const PDU_LENGTH_CEILING = 0x7fff_ffff;

/** Most PDVs in a row that hold nothing and end nothing: legal, and never any use. */
export const MAXIMUM_EMPTY_PDVS = 1024;

const EMPTY = new Uint8Array(0);

/**
 * Reads PDUs from chunks of bytes, wherever one chunk ends and the next begins. Pure and synchronous: `push()` what came,
 * then take `next()` until it gives undefined.
 *
 * P-DATA-TF comes by the fragment: one for each stretch of a PDV that lies in one chunk, as a view into that chunk. A chunk
 * is in use until `next()` has given undefined and no fragment of it is needed any more. Headers that straddle chunks and
 * control PDUs are all that is copied; a buffer grows with what has arrived, never with what a header claims.
 *
 * @example
 * ```ts
 * async function printPdus(readable: ReadableStream<Uint8Array>) {
 *   const reader = new PduReader({ maxPduLength: 128 * 1024 });
 *   for await (const chunk of readable) {
 *     reader.push(chunk);
 *     for (let pdu = reader.next(); pdu !== undefined; pdu = reader.next()) console.log(pdu.type);
 *   }
 *   reader.end();
 * }
 * ```
 */
export class PduReader {
  readonly #limits: PduLimits;

  /** The chunk that is read, from where, and those after it. */
  #chunk: Uint8Array = EMPTY;
  #position = 0;
  readonly #waiting: Uint8Array[] = [];

  /** The first bytes of a header or control PDU that straddles chunks, and how many there are. */
  #gathered: Uint8Array = EMPTY;
  #gatheredLength = 0;

  /** Where `#peek()` found its bytes. */
  #window: Uint8Array = EMPTY;
  #windowStart = 0;

  /** Bytes of the present P-DATA-TF in all, and still to come from its next PDV on. */
  #pduLength = 0;
  #pduLeft = 0;

  /** Data bytes of the present PDV that are still to come, and its header. */
  #pdvLeft = 0;
  #contextId = 0;
  #control = 0;

  /** PDVs without data in a row. */
  #emptyPdvs = 0;

  /**
   * A reader at the start of a stream.
   *
   * @param limits `maxPduLength`: the longest P-DATA-TF variable field that was announced to the peer, in bytes; 0
   * for no limit but `PDU_LENGTH_CEILING`. `maxAssociatePduLength`: the longest A-ASSOCIATE-RQ or A-ASSOCIATE-AC, in
   * bytes after the header; 256 KiB when absent
   */
  constructor(limits: { readonly maxPduLength: number; readonly maxAssociatePduLength?: number }) {
    this.#limits = {
      maxPduLength: limits.maxPduLength === 0 ? PDU_LENGTH_CEILING : limits.maxPduLength,
      maxAssociatePduLength: limits.maxAssociatePduLength ?? DEFAULT_MAXIMUM_ASSOCIATE_PDU_LENGTH,
    };
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#waiting.push(chunk);
  }

  /**
   * The next control PDU, or fragment of a PDV; undefined when more bytes are needed.
   *
   * A PDV that ends its message without data gives an empty fragment; other PDVs without data give none.
   *
   * @throws PduError the bytes are no legal PDU; known as soon as the wrong header has arrived, and thrown again by
   * every further call
   */
  next(): IncomingPdu | undefined {
    while (this.#pdvLeft === 0) {
      if (this.#pduLeft > 0) {
        if (!this.#beginPdv()) return undefined;
        this.#emptyPdvs = this.#pdvLeft === 0 ? this.#emptyPdvs + 1 : 0;
        if (this.#pdvLeft === 0 && isLast(this.#control)) return this.#fragment(EMPTY);
      } else {
        if (!this.#peek(PDU_HEADER_LENGTH)) return undefined;
        const type = readPduType(this.#window, this.#windowStart, this.#limits);
        const length = uint32At(this.#window, this.#windowStart + 2);
        if (type !== "P-DATA-TF") return this.#controlPdu(type, length);
        this.#consume(PDU_HEADER_LENGTH);
        this.#pduLength = length;
        this.#pduLeft = length;
      }
    }
    return this.#nextFragment();
  }

  /**
   * Says that no more bytes will come. To be called when `next()` has given undefined.
   *
   * @throws PduError the last PDU isn't whole
   */
  end(): void {
    if (this.#pduLeft > 0 || this.#pdvLeft > 0) {
      const arrived = this.#pduLength - this.#pduLeft - this.#pdvLeft + this.#gatheredLength;
      throw endedInside("P-DATA-TF", arrived, this.#pduLength);
    }
    if (this.#gatheredLength >= PDU_HEADER_LENGTH) {
      const name = PDU_TYPES[this.#gathered[0]!] ?? "a PDU";
      throw endedInside(name, this.#gatheredLength - PDU_HEADER_LENGTH, uint32At(this.#gathered, 2));
    }
    if (this.#gatheredLength > 0) throw endedInside("a PDU's header", this.#gatheredLength, PDU_HEADER_LENGTH);
  }

  /** Whether a PDU has come in part; to be asked when `next()` has given undefined. */
  get insidePdu(): boolean {
    return this.#pduLeft > 0 || this.#pdvLeft > 0 || this.#gatheredLength > 0;
  }

  #controlPdu(type: ControlPdu["type"], length: number): ControlPdu | undefined {
    const wholeLength = PDU_HEADER_LENGTH + length;
    if (!this.#peek(wholeLength)) return undefined;
    const pdu = decodeControlPdu(type, this.#window.slice(this.#windowStart, this.#windowStart + wholeLength));
    this.#consume(wholeLength);
    return pdu;
  }

  /** Reads the header of the next PDV of the present PDU; false when more bytes are needed. */
  #beginPdv(): boolean {
    if (this.#emptyPdvs > MAXIMUM_EMPTY_PDVS) throw tooManyEmptyPdvs();
    const left = this.#pduLeft;
    const offset = PDU_HEADER_LENGTH + this.#pduLength - left;
    checkPdvFits(left, offset);
    if (!this.#peek(PDV_HEADER_LENGTH)) return false;
    const window = this.#window;
    const start = this.#windowStart;
    const dataLength = pdvDataLength(uint32At(window, start), left, offset);
    this.#contextId = window[start + PDV_CONTEXT_ID]!;
    this.#control = window[start + PDV_CONTROL]!;
    this.#consume(PDV_HEADER_LENGTH);
    this.#pduLeft = left - PDV_HEADER_LENGTH - dataLength;
    this.#pdvLeft = dataLength;
    return true;
  }

  /** As much of the present PDV as one chunk holds. */
  #nextFragment(): PdvFragment | undefined {
    if (!this.#hasBytes()) return undefined;
    const start = this.#position;
    const end = Math.min(start + this.#pdvLeft, this.#chunk.length);
    this.#position = end;
    this.#pdvLeft -= end - start;
    return this.#fragment(this.#chunk.subarray(start, end));
  }

  #fragment(bytes: Uint8Array): PdvFragment {
    const control = this.#control;
    return {
      type: "P-DATA-TF",
      contextId: this.#contextId,
      command: isCommand(control),
      last: this.#pdvLeft === 0 && isLast(control),
      bytes,
    };
  }

  /** Whether bytes are there to be read; goes on to the next chunk when the present one is used up. */
  #hasBytes(): boolean {
    if (this.#position < this.#chunk.length) return true;
    this.#chunk = this.#waiting.shift() ?? EMPTY;
    this.#position = 0;
    return this.#chunk.length > 0;
  }

  /**
   * Finds the next `count` bytes and leaves them unread: `#window` has them from `#windowStart` on. Those of one chunk
   * stay where they are; others are gathered. False when more bytes are needed.
   */
  #peek(count: number): boolean {
    if (this.#gatheredLength === 0 && this.#hasBytes() && this.#position + count <= this.#chunk.length) {
      this.#window = this.#chunk;
      this.#windowStart = this.#position;
      return true;
    }
    while (this.#gatheredLength < count) {
      if (!this.#hasBytes()) return false;
      this.#gather(Math.min(count - this.#gatheredLength, this.#chunk.length - this.#position));
    }
    this.#window = this.#gathered;
    this.#windowStart = 0;
    return true;
  }

  #gather(count: number): void {
    const length = this.#gatheredLength + count;
    if (length > this.#gathered.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#gathered.length));
      larger.set(this.#gathered);
      this.#gathered = larger;
    }
    this.#gathered.set(this.#chunk.subarray(this.#position, this.#position + count), this.#gatheredLength);
    this.#gatheredLength = length;
    this.#position += count;
  }

  /** Reads over the bytes that `#peek()` found. */
  #consume(count: number): void {
    if (this.#gatheredLength === 0) {
      this.#position += count;
    } else {
      this.#gathered = EMPTY;
      this.#gatheredLength = 0;
    }
    this.#window = EMPTY;
  }
}

function tooManyEmptyPdvs(): PduError {
  const maximum = MAXIMUM_EMPTY_PDVS;
  const error = `Cannot read P-DATA-TF: more than ${maximum} PDVs in a row are empty`;
  const cause = new LimitError(error, { limit: "maxEmptyPdvs", maximum });
  return new PduError(error, { reason: "invalid-pdu-parameter-value", cause });
}

function endedInside(what: string, arrived: number, expected: number): PduError {
  return new PduError(`Cannot read ${what}: the bytes end after ${arrived} of ${expected}`, {
    reason: "reason-not-specified",
  });
}
