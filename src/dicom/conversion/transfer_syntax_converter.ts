/**
 * A data set from one encoding into another, element by element as it passes by.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { EncodedOutput } from "../data_set/writing/encoded_output.ts";
import { impliedVr } from "../implied_vr.ts";
import { type Encoding, UNDEFINED_LENGTH } from "../encoding/element_header.ts";
import { ElementScanner, type ElementScannerOptions, type ScanEvent } from "../encoding/element_scanner.ts";
import { ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION } from "../encoding/nesting.ts";
import { elementOf, groupOf } from "../tag.ts";
import { nameTag } from "../names.ts";
import { ByteSwapper } from "../values/byte_swapper.ts";
import { vrDefinition } from "../vr.ts";
import { fittingVr, PIXEL_REPRESENTATION, VrChooser } from "./converted_vr.ts";

/** Bytes of a value from which on it isn't copied. */
const APART = 0x1000;

/** Bytes in which headers and small values are gathered. */
const BUFFER = 0x2000;

/** Pixel Representation (0028,0103): pixels are signed. */
const SIGNED = 1;

/** Groups that belong in front of a data set, or in a command, and never into a data set (PS3.5 7.1). */
const FOREIGN_GROUPS: ReadonlySet<number> = new Set([0x0000, 0x0002]);

/** An element, as it is to be written. */
interface Target {
  /** Its VR, or two letters that name none; empty where the element is left out. */
  readonly letters: string;
  /** Bytes of the units that change their order; 1 where none do. */
  readonly swapUnit: number;
}

const LEFT_OUT: Target = { letters: "", swapUnit: 1 };

/** Converts a data set chunk by chunk into another encoding. Holds only the bytes of an element that spans two chunks. */
export class TransferSyntaxConverter {
  readonly #scanner: ElementScanner;
  readonly #to: Encoding;
  readonly #vrs = new VrChooser();
  readonly #swapper = new ByteSwapper();
  #output = new EncodedOutput(0, APART);

  /** The present chunk, and how many bytes came before it. */
  #chunk: Uint8Array = new Uint8Array(0);
  #base = 0;
  /** Bytes of the present value that are still to come, and the byte that makes its length even, if one has to. */
  #remaining = 0;
  #leftOut = false;
  #padding: number | undefined;

  /** A converter of a data set in the transfer syntax of the options, which is not deflated. */
  constructor(to: Encoding, options: ElementScannerOptions) {
    this.#to = to;
    this.#scanner = new ElementScanner(options);
  }

  /**
   * Converts the next bytes. They are to be left alone until the pieces have been used: those may be views of them. At most
   * three times as many come out as went in. Throws `DataSetError` and `LimitError`.
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#output = new EncodedOutput(BUFFER, APART);
    this.#base += this.#chunk.length;
    this.#chunk = chunk;
    this.#scanner.push(chunk);
    if (this.#remaining > 0) this.#passValue(0);
    for (let event; (event = this.#scanner.next()) !== undefined;) this.#take(event);
    return this.#output.pieces() as readonly Uint8Array[]; // Nothing was left in its source.
  }

  /** Says that no more bytes come. Throws `DataSetError` when some are missing. */
  end(): void {
    this.#scanner.end();
  }

  #take(event: ScanEvent): void {
    const { tag } = this.#scanner.element;
    switch (event) {
      case "element":
        return this.#writeElement();
      case "sequence":
        this.#vrs.meet(tag);
        return this.#open(tag, "SQ"); // UN of undefined length is one, too (PS3.5 6.2.2).
      case "item":
        this.#vrs.enter();
        return this.#open(ITEM, "");
      case "item-end":
        this.#vrs.leave();
        return this.#close(ITEM_DELIMITATION);
      case "sequence-end":
        return this.#close(SEQUENCE_DELIMITATION);
      default: {
        const expected = "native Pixel Data";
        const message = `Cannot convert ${nameTag(tag)}: it is encapsulated, expected ${expected}`;
        throw new DataSetError(message, { tag, expected });
      }
    }
  }

  /** Lengths change with what is inside, and aren't known before its end: so a delimitation item tells it. */
  #open(tag: number, letters: string): void {
    this.#output.header(tag, letters, UNDEFINED_LENGTH, this.#to);
  }

  #close(delimiter: number): void {
    this.#output.header(delimiter, "", 0, this.#to);
  }

  #writeElement(): void {
    const { tag, length, vr, valueOffset } = this.#scanner.element;
    this.#vrs.meet(tag);
    const { letters, swapUnit } = this.#targetOf();
    this.#leftOut = letters === "";
    this.#remaining = length;
    this.#swapper.begin(swapUnit);
    this.#padding = length % 2 === 1 ? vrDefinition(vr).padding : undefined;
    if (!this.#leftOut) this.#output.header(tag, letters, length + length % 2, this.#to);
    this.#passValue(valueOffset - this.#base);
  }

  /** What becomes of the present element. */
  #targetOf(): Target {
    const { tag, length, vr, letters, depth, explicitVr, littleEndian } = this.#scanner.element;
    // Group lengths are retired (PS3.5 7.2), and would be wrong.
    if (elementOf(tag) === 0 || (depth === 0 && FOREIGN_GROUPS.has(groupOf(tag)))) return LEFT_OUT;
    const evenLength = length + length % 2;
    if (!explicitVr) return this.#target(this.#vrs.choose(tag, evenLength), impliedVr(tag), littleEndian);
    if (letters === "") {
      this.#expectNoSequence();
      return this.#target(fittingVr(vr, evenLength), vr, littleEndian);
    }
    // A VR of a future edition, with units of unknown size: its bytes can stay only where the byte order stays.
    if (this.#to.explicitVr && this.#to.littleEndian === littleEndian) return { letters, swapUnit: 1 };
    const implied = impliedVr(tag);
    return implied === "SQ"
      ? this.#target("UN", "UN", true)
      : this.#target(fittingVr(implied, evenLength), implied, littleEndian);
  }

  /** Without its VR, an attribute that should be a sequence is read as one: what follows it would be lost as well. */
  #expectNoSequence(): void {
    const { tag, vr, length, offset } = this.#scanner.element;
    if (this.#to.explicitVr || vr === "UN" || length === 0 || impliedVr(tag) !== "SQ") return;
    const message = `Cannot convert ${nameTag(tag)}: its VR is ${vr}, and without a VR it would be read as SQ`;
    throw new DataSetError(message, { tag, offset, expected: "SQ" });
  }

  /** What is in UN is Little Endian in every transfer syntax (PS3.5 6.2.2). */
  #target(written: string, vr: Parameters<typeof vrDefinition>[0], littleEndian: boolean): Target {
    const from = littleEndian || vr === "UN";
    const to = this.#to.littleEndian || written === "UN";
    return { letters: written, swapUnit: from === to ? 1 : vrDefinition(vr).unit };
  }

  /** Writes what the chunk has of the present value, from `start` on. */
  #passValue(start: number): void {
    const bytes = this.#chunk.subarray(start, start + this.#remaining);
    this.#noteSign(bytes);
    this.#remaining -= bytes.length;
    if (this.#leftOut) return;
    this.#output.value(this.#swapper.push(bytes));
    if (this.#remaining === 0) this.#endValue();
  }

  #endValue(): void {
    this.#output.value(this.#swapper.end());
    if (this.#padding !== undefined) this.#output.byte(this.#padding);
  }

  /** Reads Pixel Representation as it passes by: the low byte of a number of 16 bits says it. */
  #noteSign(bytes: Uint8Array): void {
    const { tag, length, littleEndian } = this.#scanner.element;
    if (tag !== PIXEL_REPRESENTATION || length !== 2) return;
    const low = (littleEndian ? 0 : 1) - (length - this.#remaining);
    if (low >= 0 && low < bytes.length) this.#vrs.settle(bytes[low] === SIGNED);
  }
}
