/**
 * Collects what an index keeps of a data set, while its bytes pass by.
 *
 * @module
 */

import { ElementScanner, type ElementScannerOptions } from "../dicom/encoding/element_scanner.ts";
import { type KeptAttributes, OF_EVERY_LEVEL } from "../index/kept_attributes.ts";
import { QUERY_LEVELS, type QueryLevel } from "../query/levels.ts";
import { joinSections, LONGEST_HEADER, OpenSequence, Section } from "./kept_section.ts";

/** Longest value that is taken, in bytes; a longer one is left out, with the sequence that it is in. */
const MAXIMUM_VALUE_LENGTH = 2048;

/**
 * Bytes of all that is kept of an instance: what comes then is left out. They travel in the note of its transaction. What is
 * wanted besides has as much room of its own.
 */
const MAXIMUM_KEPT_LENGTH = 8 * 1024;

/** What to collect. */
export interface AttributeCollectorOptions extends ElementScannerOptions {
  /** Attributes that are wanted by themselves, whatever else there is. */
  readonly identity: ReadonlySet<number>;
  /** Attributes that are kept, and their levels. */
  readonly kept: ReadonlyMap<number, QueryLevel>;
  /**
   * Attributes that a caller has to look at before the instance is kept, whether they are kept or not. They have room that
   * others can't take from them. Default: none.
   */
  readonly wanted?: ReadonlySet<number>;
  /** Stop before the first element at the top level with this tag or a higher one. Default: walk to the end. */
  readonly stopAt?: number;
}

/**
 * What becomes of an element: the number of its section, which is that of its level, `EVERY_SECTION` or `NO_SECTION`; whether
 * it is one of `identity`, and one of `wanted`.
 */
interface Destination {
  readonly section: number;
  readonly identifies: boolean;
  readonly wanted: boolean;
}

const EVERY_SECTION = -1;
const NO_SECTION = -2;
/** The section behind those of the levels: what is wanted, and not kept. */
const WANTED = QUERY_LEVELS.length;

const NOTHING_WANTED: ReadonlySet<number> = new Set();

/** Destinations by tag, made once for all callers that keep and want the same. */
const destinations = new WeakMap<
  ReadonlyMap<number, QueryLevel>,
  WeakMap<ReadonlySet<number>, ReadonlyMap<number, Destination>>
>();

function destinationsOf(options: AttributeCollectorOptions): ReadonlyMap<number, Destination> {
  const { identity, kept, wanted = NOTHING_WANTED } = options;
  let ofKept = destinations.get(kept);
  if (ofKept === undefined) destinations.set(kept, ofKept = new WeakMap());
  let made = ofKept.get(wanted);
  if (made === undefined) {
    const all = new Set([...identity, ...kept.keys(), ...OF_EVERY_LEVEL, ...wanted]);
    made = new Map(Array.from(all, (tag): [number, Destination] => {
      const level = kept.get(tag);
      const other = wanted.has(tag) ? WANTED : NO_SECTION;
      const section = OF_EVERY_LEVEL.has(tag) ? EVERY_SECTION : level ? QUERY_LEVELS.indexOf(level) : other;
      return [tag, { section, identifies: identity.has(tag), wanted: wanted.has(tag) }];
    }));
    ofKept.set(wanted, made);
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
  /** Those of the levels, from the patient down, and where something is wanted the one for it. */
  readonly #sections: Section[];
  /** Tags that are kept, in the order in which they came, and the last of them. */
  readonly #tags: number[] = [];
  #lastTag = -1;
  /** Bytes of what is kept, and of what is wanted, the headers as long as they can be. */
  #used = 0;
  #usedByWanted = 0;
  #wanted: Uint8Array | undefined;
  /** Where the value that was asked for goes. */
  #destination: Destination | undefined;
  /** The sequence that is being kept. */
  #sequence: OpenSequence | undefined;
  #stopped = false;

  /** A collector at the first byte of a data set. */
  constructor(options: AttributeCollectorOptions) {
    this.#destinations = destinationsOf(options);
    const count = options.wanted === undefined || options.wanted.size === 0 ? WANTED : WANTED + 1;
    this.#sections = Array.from({ length: count }, () => Section.take());
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
    const [patient, study, series, image, wanted] = joinSections(this.#sections);
    this.#wanted = wanted;
    for (const section of this.#sections.splice(0)) section.release();
    return { PATIENT: patient!, STUDY: study!, SERIES: series!, IMAGE: image! };
  }

  /**
   * After `finish()`: what was wanted and is not kept, as a data set in Explicit VR Little Endian with the Specific Character
   * Set and Timezone Offset From UTC of the instance; undefined where nothing was.
   */
  get wanted(): Uint8Array | undefined {
    return this.#wanted;
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

  /** Takes room for an element; false if too little is left. */
  #takeRoom(length: number, wanted: boolean): boolean {
    const used = (wanted ? this.#usedByWanted : this.#used) + LONGEST_HEADER + length;
    if (used > MAXIMUM_KEPT_LENGTH) return false;
    if (wanted) this.#usedByWanted = used;
    else this.#used = used;
    return true;
  }

  #value(): void {
    const { element, value } = this.#scanner;
    const { tag } = element;
    if (this.#sequence !== undefined) return this.#sequence.section.put(element, value);
    const { section, identifies, wanted } = this.#destination!;
    if (identifies && !this.identity.has(tag)) this.identity.set(tag, value.slice());
    if (section === NO_SECTION || !this.#isNew(tag) || !this.#takeRoom(value.length, wanted)) return;
    if (section !== EVERY_SECTION) this.#sections[section]!.put(element, value);
    else for (const each of this.#sections) each.put(element, value);
    this.#remember(tag);
  }

  #beginSequence(): void {
    const { tag } = this.#scanner.element;
    const open = this.#sequence;
    if (open !== undefined) {
      if (!this.#takeRoom(0, open.wanted)) open.giveUp();
      return open.begin(tag);
    }
    const { section: number = NO_SECTION, wanted = false } = this.#destinations.get(tag) ?? {};
    const section = this.#sections[number];
    if (section === undefined || !this.#isNew(tag) || !this.#takeRoom(0, wanted)) return this.#scanner.skip();
    this.#sequence = new OpenSequence(section, tag, wanted);
  }

  /** An element inside a sequence that is kept: one that is too long costs the sequence. */
  #innerElement(sequence: OpenSequence): void {
    const { length } = this.#scanner.element;
    if (length > MAXIMUM_VALUE_LENGTH || sequence.isGivenUp || !this.#takeRoom(length, sequence.wanted)) {
      sequence.giveUp();
    } else this.#scanner.takeValue();
  }

  #structure(sequence: OpenSequence, event: string): void {
    if (event === "item") {
      if (!this.#takeRoom(0, sequence.wanted)) sequence.giveUp();
      sequence.beginItem();
    } else if (event === "item-end" || event === "sequence-end") {
      if (sequence.end()) {
        if (!sequence.isGivenUp) this.#remember(sequence.tag);
        this.#sequence = undefined;
      }
    }
  }
}
