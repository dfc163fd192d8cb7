/**
 * Data sets in the making, of elements that pass by.
 *
 * @module
 */

import type { ElementHeader } from "../dicom/encoding/element_header.ts";
import { swapBytes } from "../dicom/values/binary_values.ts";
import { vrDefinition } from "../dicom/vr.ts";

/** Bytes of tag, VR and length at most. */
export const LONGEST_HEADER = 12;

const SHORT = 32;

/** Copies of what was written, one behind the other. */
export function joinSections(sections: readonly Section[]): Uint8Array[] {
  const all = new Uint8Array(sections.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  return sections.map(({ written }) => {
    all.set(written, end);
    return all.subarray(end, end += written.length);
  });
}

/** How many sections wait for the next instance. */
const MAXIMUM_SPARE = 64;
const spare: Section[] = [];

/** A data set in the making, in Explicit VR Little Endian. Their memory is used again: that is cheaper than to get new one. */
export class Section {
  length = 0;
  #bytes = new Uint8Array(512);

  static take(): Section {
    return spare.pop() ?? new Section();
  }

  release(): void {
    this.length = 0;
    if (spare.length < MAXIMUM_SPARE) spare.push(this);
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  put({ tag, vr, littleEndian }: Pick<ElementHeader, "tag" | "vr" | "littleEndian">, value: Uint8Array): void {
    const { longForm, padding, unit } = vrDefinition(vr);
    const { length } = value;
    this.header(tag, vr, length + length % 2, longForm);
    const bytes = this.#bytes;
    const ordered = littleEndian || unit === 1 ? value : swapBytes(value, unit);
    let at = this.length;
    // A call of `set` takes longer than to copy what is short.
    if (length > SHORT) bytes.set(ordered, at);
    else for (let index = 0; index < length; index++) bytes[at + index] = ordered[index]!;
    at += length;
    if (length % 2 === 1) bytes[at++] = padding;
    this.length = at;
  }

  /** Writes a header, and makes room for what comes behind it. Returns where its length stands. */
  header(tag: number, vr: string, length: number, longForm: boolean): number {
    this.#makeRoom(LONGEST_HEADER + length);
    const bytes = this.#bytes;
    let at = this.length;
    bytes[at++] = tag >>> 16;
    bytes[at++] = tag >>> 24;
    bytes[at++] = tag;
    bytes[at++] = tag >>> 8;
    if (vr !== "") {
      bytes[at++] = vr.charCodeAt(0);
      bytes[at++] = vr.charCodeAt(1);
      if (longForm) {
        bytes[at++] = 0;
        bytes[at++] = 0;
      }
    }
    const place = at;
    bytes[at++] = length;
    bytes[at++] = length >>> 8;
    if (longForm) {
      bytes[at++] = length >>> 16;
      bytes[at++] = length >>> 24;
    }
    this.length = at;
    return place;
  }

  /** Writes the length of what came behind a header. */
  close(place: number): void {
    const length = this.length - place - 4;
    for (let index = 0; index < 4; index++) this.#bytes[place + index] = length >>> 8 * index;
  }

  #makeRoom(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + more));
    larger.set(this.written);
    this.#bytes = larger;
  }
}

const ITEM = 0xfffe_e000;

/** A sequence that is being written, with those inside it. */
export class OpenSequence {
  readonly section: Section;
  readonly tag: number;
  readonly wanted: boolean;
  readonly #start: number;
  /** Where the lengths of what is open stand. */
  readonly #open: number[] = [];
  /** How many are open, whether they are written or not. */
  #depth = 0;
  #givenUp = false;

  constructor(section: Section, tag: number, wanted: boolean) {
    this.section = section;
    this.tag = tag;
    this.wanted = wanted;
    this.#start = section.length;
    this.begin(tag);
  }

  get isGivenUp(): boolean {
    return this.#givenUp;
  }

  begin(tag: number): void {
    this.#depth++;
    if (!this.#givenUp) this.#open.push(this.section.header(tag, "SQ", 0, true));
  }

  beginItem(): void {
    this.#depth++;
    if (!this.#givenUp) this.#open.push(this.section.header(ITEM, "", 0, true));
  }

  /** Ends the innermost item or sequence; true when that was all. */
  end(): boolean {
    if (!this.#givenUp) this.section.close(this.#open.pop()!);
    return --this.#depth === 0;
  }

  /** Takes back what was written. */
  giveUp(): void {
    if (this.#givenUp) return;
    this.#givenUp = true;
    this.section.length = this.#start;
  }
}
