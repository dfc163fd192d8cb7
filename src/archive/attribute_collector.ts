/**
 * Collects what an index keeps of a data set, while its bytes pass by.
 *
 * @module
 */

import { ElementScanner, type ElementScannerOptions } from "../dicom/encoding/element_scanner.ts";
import { swapBytes } from "../dicom/values/binary_values.ts";
import { type Vr, vrDefinition } from "../dicom/vr.ts";
import { type KeptAttributes, OF_EVERY_LEVEL } from "../index/kept_attributes.ts";
import { QUERY_LEVELS, type QueryLevel } from "../query/levels.ts";

/** Longest value that is taken, in bytes; a longer one is left out, with the sequence that it is in. */
export const MAXIMUM_VALUE_LENGTH = 2048;

/** Bytes of all that is kept of an instance: what comes then is left out. They travel in the note of its transaction. */
const MAXIMUM_KEPT_LENGTH = 8 * 1024;

/** What to collect. */
export interface AttributeCollectorOptions extends ElementScannerOptions {
  /** Attributes that are wanted by themselves, whatever else there is. */
  readonly identity: ReadonlySet<number>;
  /** Attributes that are kept, and their levels. */
  readonly kept: ReadonlyMap<number, QueryLevel>;
  /** Stop before the first element at the top level with this tag or a higher one. Default: walk to the end. */
  readonly stopAt?: number;
}

/** Takes a data set by the chunk, which is the caller's again when `push` returns. */
export class AttributeCollector {
  /** Values of `identity`, padding included; of two the first. */
  readonly identity: Map<number, Uint8Array> = new Map();
  readonly #scanner: ElementScanner;
  readonly #options: AttributeCollectorOptions;
  readonly #sections: Readonly<Record<QueryLevel, Section>> = {
    PATIENT: new Section(),
    STUDY: new Section(),
    SERIES: new Section(),
    IMAGE: new Section(),
  };
  /** Tags that are kept, in the order in which they came. */
  readonly #tags: number[] = [];
  /** The sequence that is being kept. */
  #sequence: OpenSequence | undefined;
  #stopped = false;

  /** A collector at the first byte of a data set. */
  constructor(options: AttributeCollectorOptions) {
    this.#options = options;
    this.#scanner = new ElementScanner({ ...options, maxValueLength: MAXIMUM_VALUE_LENGTH });
  }

  /** Whether it came to `stopAt`. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** What is kept: views, which change no more once the walk has ended. A sequence that has no end is not in it. */
  get kept(): KeptAttributes {
    this.#sequence?.giveUp();
    const { PATIENT, STUDY, SERIES, IMAGE } = this.#sections;
    return { PATIENT: PATIENT.written, STUDY: STUDY.written, SERIES: SERIES.written, IMAGE: IMAGE.written };
  }

  /** Reads a chunk. Throws `DataSetError` and `LimitError`. */
  push(chunk: Uint8Array): void {
    if (this.#stopped) return;
    const scanner = this.#scanner;
    const { element } = scanner;
    const stopAt = this.#options.stopAt ?? Infinity;
    scanner.push(chunk);
    for (let event; (event = scanner.next()) !== undefined;) {
      if (event === "element") {
        if (this.#sequence !== undefined) this.#innerElement(this.#sequence);
        else if (element.tag >= stopAt) return void (this.#stopped = true);
        else if (this.#isWanted(element.tag, element.length)) scanner.takeValue();
      } else if (event === "value") this.#value();
      else if (event === "sequence") {
        if (this.#sequence === undefined && element.tag >= stopAt) return void (this.#stopped = true);
        this.#beginSequence();
      } else if (event === "fragments") {
        if (element.tag >= stopAt && this.#sequence === undefined) return void (this.#stopped = true);
        this.#sequence?.giveUp();
        scanner.skip();
      } else if (this.#sequence !== undefined) this.#structure(this.#sequence, event);
    }
  }

  /** Says that no more bytes come. Throws `DataSetError` when some are missing and it has not stopped. */
  end(): void {
    if (!this.#stopped) this.#scanner.end();
  }

  #isWanted(tag: number, length: number): boolean {
    const { identity, kept } = this.#options;
    if (length > MAXIMUM_VALUE_LENGTH) return false;
    if (identity.has(tag) && !this.identity.has(tag)) return true;
    return (kept.has(tag) || OF_EVERY_LEVEL.has(tag)) && this.#isNew(tag) && this.#hasRoom(length);
  }

  /** Of two elements with one tag the first counts. */
  #isNew(tag: number): boolean {
    const last = this.#tags.at(-1) ?? -1;
    return tag > last || (tag < last && !this.#tags.includes(tag));
  }

  #hasRoom(length: number): boolean {
    let used = length + LONGEST_HEADER;
    for (const level of QUERY_LEVELS) used += this.#sections[level].length;
    return used <= MAXIMUM_KEPT_LENGTH;
  }

  #value(): void {
    const { element, value } = this.#scanner;
    const { tag, vr, littleEndian } = element;
    if (this.#sequence !== undefined) return this.#sequence.section.put(tag, vr, value, littleEndian);
    const { identity, kept } = this.#options;
    if (identity.has(tag) && !this.identity.has(tag)) this.identity.set(tag, value.slice());
    if (!this.#isNew(tag) || !this.#hasRoom(value.length)) return;
    if (OF_EVERY_LEVEL.has(tag)) {
      for (const level of QUERY_LEVELS) this.#sections[level].put(tag, vr, value, littleEndian);
    } else {
      const level = kept.get(tag);
      if (level === undefined) return;
      this.#sections[level].put(tag, vr, value, littleEndian);
    }
    this.#tags.push(tag);
  }

  #beginSequence(): void {
    const { tag } = this.#scanner.element;
    const open = this.#sequence;
    if (open !== undefined) {
      if (!this.#hasRoom(0)) open.giveUp();
      return open.begin(tag);
    }
    const level = this.#options.kept.get(tag);
    if (level === undefined || !this.#isNew(tag) || !this.#hasRoom(0)) return this.#scanner.skip();
    this.#sequence = new OpenSequence(this.#sections[level], tag);
  }

  /** An element inside a sequence that is kept: one that is too long costs the sequence. */
  #innerElement(sequence: OpenSequence): void {
    const { length } = this.#scanner.element;
    if (length > MAXIMUM_VALUE_LENGTH || !this.#hasRoom(length) || sequence.isGivenUp) sequence.giveUp();
    else this.#scanner.takeValue();
  }

  #structure(sequence: OpenSequence, event: string): void {
    if (event === "item") {
      if (!this.#hasRoom(0)) sequence.giveUp();
      sequence.beginItem();
    } else if (event === "item-end" || event === "sequence-end") {
      if (sequence.end()) {
        if (!sequence.isGivenUp) this.#tags.push(sequence.tag);
        this.#sequence = undefined;
      }
    }
  }
}

/** Bytes of tag, VR and length at most. */
const LONGEST_HEADER = 12;

/** A data set in the making, in Explicit VR Little Endian. */
class Section {
  length = 0;
  #bytes = new Uint8Array(384);

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  put(tag: number, vr: Vr, value: Uint8Array, littleEndian: boolean): void {
    const { longForm, padding, unit } = vrDefinition(vr);
    const padded = value.length + value.length % 2;
    this.header(tag, vr, padded, longForm);
    this.#bytes.set(littleEndian || unit === 1 ? value : swapBytes(value, unit), this.length);
    this.length += value.length;
    if (padded > value.length) this.#bytes[this.length++] = padding;
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
    for (let index = 0; index < vr.length; index++) bytes[at++] = vr.charCodeAt(index);
    if (longForm && vr !== "") at = this.#zeros(at, 2);
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

  #zeros(at: number, count: number): number {
    this.#bytes.fill(0, at, at + count);
    return at + count;
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
class OpenSequence {
  readonly section: Section;
  readonly tag: number;
  readonly #start: number;
  /** Where the lengths of what is open stand. */
  readonly #open: number[] = [];
  /** How many are open, whether they are written or not. */
  #depth = 0;
  #givenUp = false;

  constructor(section: Section, tag: number) {
    this.section = section;
    this.tag = tag;
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
