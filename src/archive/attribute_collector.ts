/**
 * Collects what an index keeps of a data set, while its bytes pass by.
 *
 * @module
 */

import type { ElementHeader } from "../dicom/encoding/element_header.ts";
import { ElementScanner, type ElementScannerOptions } from "../dicom/encoding/element_scanner.ts";
import { swapBytes } from "../dicom/values/binary_values.ts";
import { vrDefinition } from "../dicom/vr.ts";
import { type KeptAttributes, OF_EVERY_LEVEL } from "../index/kept_attributes.ts";
import { QUERY_LEVELS, type QueryLevel } from "../query/levels.ts";

/** Longest value that is taken, in bytes; a longer one is left out, with the sequence that it is in. */
const MAXIMUM_VALUE_LENGTH = 2048;

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

/** What becomes of an element: the number of its level or `EVERY_LEVEL`, and whether it is one of `identity`. */
interface Destination {
  readonly section: number;
  readonly identifies: boolean;
}

const EVERY_LEVEL = -1;
const NO_LEVEL = -2;

/** Destinations by tag, made once for those who keep the same. */
const destinations = new WeakMap<ReadonlyMap<number, QueryLevel>, ReadonlyMap<number, Destination>>();

function destinationsOf({ identity, kept }: AttributeCollectorOptions): ReadonlyMap<number, Destination> {
  let made = destinations.get(kept);
  if (made === undefined) {
    const all = new Set([...identity, ...kept.keys(), ...OF_EVERY_LEVEL]);
    made = new Map(Array.from(all, (tag): [number, Destination] => {
      const level = kept.get(tag);
      const section = OF_EVERY_LEVEL.has(tag) ? EVERY_LEVEL : level ? QUERY_LEVELS.indexOf(level) : NO_LEVEL;
      return [tag, { section, identifies: identity.has(tag) }];
    }));
    destinations.set(kept, made);
  }
  return made;
}

/** Takes a data set by the chunk, which is the caller's again when `push` returns. */
export class AttributeCollector {
  /** Values of `identity`, padding included; of two the first. */
  readonly identity: Map<number, Uint8Array> = new Map();
  readonly #scanner: ElementScanner;
  readonly #destinations: ReadonlyMap<number, Destination>;
  readonly #stopAt: number;
  /** Those of the levels, from the patient down. */
  readonly #sections: Section[] = QUERY_LEVELS.map(() => Section.take());
  /** Tags that are kept, in the order in which they came, and the last of them. */
  readonly #tags: number[] = [];
  #lastTag = -1;
  /** Bytes of what is kept, the headers as long as they can be. */
  #used = 0;
  /** Where the value that was asked for goes. */
  #destination: Destination | undefined;
  /** The sequence that is being kept. */
  #sequence: OpenSequence | undefined;
  #stopped = false;

  /** A collector at the first byte of a data set. */
  constructor(options: AttributeCollectorOptions) {
    this.#destinations = destinationsOf(options);
    this.#stopAt = options.stopAt ?? Infinity;
    this.#scanner = new ElementScanner({ ...options, maxValueLength: MAXIMUM_VALUE_LENGTH });
  }

  /** Whether it came to `stopAt`. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Ends the walk, and gives what is kept. A sequence that has no end is not in it. */
  finish(): KeptAttributes {
    this.#sequence?.giveUp();
    this.#stopped = true;
    const [patient, study, series, image] = joinSections(this.#sections);
    for (const section of this.#sections.splice(0)) section.release();
    return { PATIENT: patient!, STUDY: study!, SERIES: series!, IMAGE: image! };
  }

  /** Reads a chunk. Throws `DataSetError` and `LimitError`. */
  push(chunk: Uint8Array): void {
    if (this.#stopped) return;
    const scanner = this.#scanner;
    const { element } = scanner;
    const stopAt = this.#stopAt;
    scanner.push(chunk);
    for (let event; (event = scanner.next()) !== undefined;) {
      if (event === "element") {
        if (this.#sequence !== undefined) this.#innerElement(this.#sequence);
        else if (element.tag >= stopAt) return void (this.#stopped = true);
        else {
          const destination = this.#destinations.get(element.tag);
          if (destination === undefined || element.length > MAXIMUM_VALUE_LENGTH) continue;
          this.#destination = destination;
          scanner.takeValue();
        }
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

  /** Of two elements with one tag the first counts. */
  #isNew(tag: number): boolean {
    return tag > this.#lastTag || (tag < this.#lastTag && !this.#tags.includes(tag));
  }

  #remember(tag: number): void {
    this.#tags.push(tag);
    this.#lastTag = tag;
  }

  /** Takes room for an element; false where there is none. */
  #takeRoom(length: number): boolean {
    const used = this.#used + LONGEST_HEADER + length;
    if (used > MAXIMUM_KEPT_LENGTH) return false;
    this.#used = used;
    return true;
  }

  #value(): void {
    const { element, value } = this.#scanner;
    const { tag } = element;
    if (this.#sequence !== undefined) return this.#sequence.section.put(element, value);
    const { section, identifies } = this.#destination!;
    if (identifies && !this.identity.has(tag)) this.identity.set(tag, value.slice());
    if (section === NO_LEVEL || !this.#isNew(tag) || !this.#takeRoom(value.length)) return;
    if (section !== EVERY_LEVEL) this.#sections[section]!.put(element, value);
    else for (const each of this.#sections) each.put(element, value);
    this.#remember(tag);
  }

  #beginSequence(): void {
    const { tag } = this.#scanner.element;
    const open = this.#sequence;
    if (open !== undefined) {
      if (!this.#takeRoom(0)) open.giveUp();
      return open.begin(tag);
    }
    const section = this.#sections[this.#destinations.get(tag)?.section ?? NO_LEVEL];
    if (section === undefined || !this.#isNew(tag) || !this.#takeRoom(0)) return this.#scanner.skip();
    this.#sequence = new OpenSequence(section, tag);
  }

  /** An element inside a sequence that is kept: one that is too long costs the sequence. */
  #innerElement(sequence: OpenSequence): void {
    const { length } = this.#scanner.element;
    if (length > MAXIMUM_VALUE_LENGTH || sequence.isGivenUp || !this.#takeRoom(length)) sequence.giveUp();
    else this.#scanner.takeValue();
  }

  #structure(sequence: OpenSequence, event: string): void {
    if (event === "item") {
      if (!this.#takeRoom(0)) sequence.giveUp();
      sequence.beginItem();
    } else if (event === "item-end" || event === "sequence-end") {
      if (sequence.end()) {
        if (!sequence.isGivenUp) this.#remember(sequence.tag);
        this.#sequence = undefined;
      }
    }
  }
}

/** Bytes of tag, VR and length at most. */
const LONGEST_HEADER = 12;

const SHORT = 32;

/** Copies of what was written, one behind the other. */
function joinSections(sections: readonly Section[]): Uint8Array[] {
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
class Section {
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
