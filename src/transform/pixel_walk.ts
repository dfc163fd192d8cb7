/**
 * Pixel data on their way through.
 *
 * @module
 */

import type { ElementScanner } from "../dicom/encoding/element_scanner.ts";
import { nameTag } from "../dicom/names.ts";
import { groupOf } from "../dicom/tag.ts";
import { DataSetError } from "../errors.ts";
import { concatenate } from "../streams/concatenate.ts";
import type { NativePixelEdit } from "./pixel_edit.ts";

/** Pixel Data, the last element of its group. */
export const PIXEL_DATA = 0x7fe0_0010;

const PIXEL_GROUP = 0x7fe0;

/** The elements of its group: offset tables, their lengths, and pixel data (PS3.6). */
const PIXEL_ELEMENTS: ReadonlySet<number> = new Set([0x00, 0x01, 0x02, 0x03, 0x08, 0x09, 0x10]);

/** Float Pixel Data, Double Float Pixel Data and Pixel Data (PS3.3 C.7.6.3, C.7.6.24 and C.7.6.25). */
const PIXEL_VALUES: ReadonlySet<number> = new Set([0x7fe0_0008, 0x7fe0_0009, PIXEL_DATA]);

const NO_BYTES = new Uint8Array(0);

/** Passes the elements of group 7FE0 on, up to the first element behind them. */
export class PixelWalk {
  /** The bytes from the first element behind pixel data on, once it was met. */
  behind: Uint8Array | undefined;
  readonly #scanner: ElementScanner;
  readonly #edit: NativePixelEdit | undefined;
  /** Bytes of which it isn't known yet what they are, and those that come behind them. */
  #window: Uint8Array = NO_BYTES;
  /** Where it begins, the offset of the window's first byte, and of the first one that was not passed on. */
  readonly #base: number;
  #start: number;
  #sent: number;
  /** Where the value that is edited begins and ends. */
  #valueStart = 0;
  #valueEnd = 0;
  #stray = false;
  #edited = false;

  /** A walk with a scanner that is at the first byte of group 7FE0. */
  constructor(scanner: ElementScanner, edit: NativePixelEdit | undefined) {
    this.#scanner = scanner;
    this.#edit = edit;
    this.#base = this.#start = this.#sent = scanner.offset;
  }

  /** Passes on what belongs to pixel data: views of `piece`, but for what is edited. Throws `DataSetError`. */
  *take(piece: Uint8Array): Generator<Uint8Array, void> {
    const scanner = this.#scanner;
    scanner.push(piece);
    this.#window = this.#window.length === 0 ? piece : concatenate([this.#window, piece]);
    for (let event; (event = scanner.next()) !== undefined;) {
      const { tag, depth, offset } = scanner.element;
      if (depth > 0 || (event !== "element" && event !== "fragments" && event !== "sequence")) continue;
      if (groupOf(tag) !== PIXEL_GROUP || tag > PIXEL_DATA) {
        yield* this.#passUpTo(offset);
        this.behind = this.#window.subarray(offset - this.#start);
        return;
      }
      if (event === "sequence" || !PIXEL_ELEMENTS.has(tag & 0xffff)) {
        throw new DataSetError(`Cannot pass ${nameTag(tag)} on: expected pixel data in its group`, { tag });
      }
      if (this.#edit !== undefined && PIXEL_VALUES.has(tag)) yield* this.#beginEdit(this.#edit, event);
    }
    // Zeros behind the last element are no element: they are left behind.
    this.#stray ||= scanner.element.tag === 0 && scanner.element.offset > this.#base;
    yield* this.#passUpTo(this.#stray ? scanner.element.offset : scanner.offset);
    this.#window = this.#stray ? NO_BYTES : this.#window.slice(this.#sent - this.#start);
    this.#start = this.#sent;
  }

  /** Throws `DataSetError` where there was nothing to edit. */
  end(): void {
    if (this.#edit !== undefined && !this.#edited) {
      throw new DataSetError("Cannot change pixel data: the instance has none");
    }
  }

  *#beginEdit(edit: NativePixelEdit, event: string): Generator<Uint8Array, void> {
    const { tag, length, littleEndian, valueOffset } = this.#scanner.element;
    if (event !== "element") {
      throw new DataSetError(`Cannot change ${nameTag(tag)}: expected native pixel data`, { tag });
    }
    yield* this.#passUpTo(valueOffset);
    this.#edited = true;
    edit.begin({ tag, length, littleEndian });
    this.#valueStart = valueOffset;
    this.#valueEnd = valueOffset + length;
  }

  /** Passes on what was not yet, in up to three pieces: before, in and behind the value that is edited. */
  *#passUpTo(end: number): Generator<Uint8Array, void> {
    for (const bound of [this.#valueStart, this.#valueEnd, end]) {
      const to = Math.min(bound, end);
      if (to <= this.#sent) continue;
      const bytes = this.#window.subarray(this.#sent - this.#start, to - this.#start);
      const offset = this.#sent - this.#valueStart;
      const edited = this.#edit !== undefined && offset >= 0 && to <= this.#valueEnd;
      this.#sent = to;
      yield edited ? this.#change(bytes, offset) : bytes;
    }
  }

  /** The changed bytes, in a copy: the memory belongs to the caller. */
  #change(bytes: Uint8Array, offset: number): Uint8Array {
    const copy = bytes.slice();
    this.#edit!.change(copy, offset);
    return copy;
  }
}
