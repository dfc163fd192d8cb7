/**
 * Makes a data set of bytes as they arrive.
 *
 * @module
 */

import { DataSetError, LimitError } from "../../../errors.ts";

import { dictionaryVr, impliedVr } from "../../implied_vr.ts";
import { encodingOf } from "../../encoding/choose_encoding.ts";
import { SHORTEST_HEADER, UNDEFINED_LENGTH } from "../../encoding/element_header.ts";
import { ElementScanner, type ScanEvent } from "../../encoding/element_scanner.ts";
import { isItemTag } from "../../encoding/nesting.ts";
import { elementOf, groupOf } from "../../tag.ts";
import { keywordIfKnown, nameTag } from "../../names.ts";
import * as UID from "../../generated/uid.ts";
import { findTransferSyntax } from "../../transfer_syntaxes.ts";
import type { Vr } from "../../vr.ts";
import {
  EncapsulatedElement,
  type Fragment,
  ReferencedElement,
  SequenceElement,
  ValueElement,
} from "../data_element.ts";
import { type DataElement, DataSet } from "../data_set.ts";
import { rememberEncoding, rememberStrayBytes } from "../as_read.ts";
import { isForeign } from "../writing/encoding_layout.ts";
import { pathAround, pathTo } from "../element_error.ts";
import { type DataSetReaderOptions, DEFAULT_LIMITS } from "./reader_options.ts";
import { ReadingOrder } from "./reading_order.ts";
import { shortLivedList } from "../short_lived_list.ts";
import { dependsOnSign, UnsettledSigns } from "../vr_choice.ts";

export type { DataSetReaderOptions } from "./reader_options.ts";

/** Warnings that are told; what comes after would say no more. */
const MAXIMUM_WARNINGS = 100;

const NO_BYTES = new Uint8Array(0);

/** An element that was met and not read. */
export interface StoppedAt {
  /** Its tag. */
  readonly tag: number;
  /** Its VR. */
  readonly vr: Vr;
  /** Byte ordering of its value. */
  readonly littleEndian: boolean;
  /** Bytes of its value, 0xFFFFFFFF for an undefined length. */
  readonly length: number;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** Where its value begins, in bytes. */
  readonly valueOffset: number;
}

/**
 * Takes an encoded data set by the chunk. Values are views of the chunks that they came in, which are the data set's from
 * then on.
 *
 * What was read can be seen at any time: after an error, all that came before it.
 */
export class DataSetReader {
  /** What was read so far. */
  readonly dataSet: DataSet;
  readonly #scanner: ElementScanner;
  readonly #options: DataSetReaderOptions;
  readonly #deflated: boolean;
  readonly #resolveUnknown: boolean;
  readonly #stopAt: number;
  readonly #maxElements: number;
  readonly #maxValueLength: number;
  readonly #referenceAbove: number;

  /** The innermost data set, those around it, the items of the innermost sequence, and of those around it. */
  #current: DataSet;
  readonly #outer: DataSet[] = [];
  #items: DataSet[] = [];
  readonly #outerItems: DataSet[][] = [];
  #fragments: Fragment[] = [];
  /** The last element of the top level. */
  #top: DataElement | undefined;
  readonly #order = new ReadingOrder();
  /** Puts in place what was left in its source, once all its bytes have passed. */
  #whenPassed: (() => void) | undefined;

  /** The present chunk, and how many bytes came before it. */
  #chunk: Uint8Array = NO_BYTES;
  #base: number;
  #elements = 0;
  #warnings = 0;
  #stopped = false;
  readonly #signs = new UnsettledSigns();

  /** A reader at the first byte of a data set; what it reads is put into `dataSet`, by default a new one. */
  constructor(options: DataSetReaderOptions = {}, dataSet: DataSet = new DataSet(undefined, options)) {
    this.dataSet = dataSet;
    this.#current = dataSet;
    this.#options = options;
    this.#base = options.baseOffset ?? 0;
    this.#deflated = findTransferSyntax(options.transferSyntax ?? "")?.deflated ?? false;
    this.#resolveUnknown = options.resolveUnknown ?? true;
    this.#stopAt = options.stopAt ?? Infinity;
    this.#maxElements = options.maxElements ?? DEFAULT_LIMITS.maxElements;
    this.#maxValueLength = options.maxValueLength ?? DEFAULT_LIMITS.maxValueLength;
    this.#referenceAbove = options.reference && !this.#deflated ? options.referenceAbove ?? 0x1_0000 : Infinity;
    this.#scanner = new ElementScanner({ ...DEFAULT_LIMITS, ...options });
  }

  /** Whether the reader came to `stopAt`: it ignores bytes that are pushed after that. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * The element that it stopped at, which is not read: its length is 0xFFFFFFFF where it is undefined, and its value begins
   * `valueOffset` bytes from the first of the data set. Undefined as long as it has not stopped.
   */
  get stoppedAt(): StoppedAt | undefined {
    return this.#stopped ? this.#scanner.element : undefined;
  }

  /** The transfer syntax UID that the data set was found in: the declared one, unless its first bytes show another encoding. */
  get transferSyntax(): string {
    return this.#scanner.transferSyntax;
  }

  /** Reads a chunk, which is the data set's from then on. Throws `DataSetError` and `LimitError`. */
  push(chunk: Uint8Array): void {
    if (this.#stopped) return;
    this.#base += this.#chunk.length;
    this.#chunk = chunk;
    const scanner = this.#scanner;
    scanner.push(chunk);
    for (let event; !this.#stopped && (event = scanner.next()) !== undefined;) this.#take(event);
  }

  /** How many of the bytes that come next it has no use for: they may be left out, by `leaveOut()`. */
  get skippableBytes(): number {
    return this.#stopped ? 0 : this.#scanner.skippableBytes;
  }

  /** Says that the `skippableBytes` bytes, which come next, are not going to be pushed. */
  leaveOut(): void {
    this.#base += this.skippableBytes;
    this.#scanner.leaveOut();
  }

  /** Says that no more bytes come. Throws `DataSetError` when some are missing and it has not stopped. */
  end(): void {
    this.leaveOff();
    if (this.#stopped) return;
    this.#scanner.end();
    const { strayBytes } = this.#scanner;
    if (strayBytes !== undefined) rememberStrayBytes(this.dataSet, strayBytes);
  }

  /** Puts in place what is whole, and settles what depends on elements to come: no more is going to be read. */
  leaveOff(): void {
    if (this.#scanner.skippableBytes === 0) this.#putWhatPassed();
    this.#signs.settleAll();
    const { encoding, transferSyntax } = this.#scanner;
    if (encoding !== encodingOf(findTransferSyntax(transferSyntax))) {
      rememberEncoding(this.dataSet, transferSyntax, encoding);
    }
  }

  #take(event: ScanEvent): void {
    if (this.#whenPassed !== undefined) this.#putWhatPassed();
    switch (event) {
      case "element":
        this.#readElement();
        break;
      case "value":
        this.#addTaken();
        break;
      case "sequence":
        this.#enterSequence();
        break;
      case "item":
        this.#enterItem();
        break;
      case "item-end":
        this.#current = this.#outer.pop()!;
        this.#order.leave();
        break;
      case "sequence-end":
        this.#items = this.#outerItems.pop()!;
        this.#complete();
        break;
      case "fragments":
        this.#enterFragments();
        break;
      case "fragment":
        this.#readFragment();
        break;
      case "fragments-end":
        this.#complete();
    }
  }

  #readElement(): void {
    const { tag, length, valueOffset, vr, littleEndian } = this.#scanner.element;
    if (!this.#begin(tag)) return;
    if (length > this.#referenceAbove) {
      const element = new ReferencedElement(tag, vr, this.#options.reference!(valueOffset, length), { littleEndian });
      this.#whenPassed = () => {
        this.#put(element);
        this.#complete();
      };
    } else if (this.#isAtHand(valueOffset, length)) {
      this.#addValue(this.#chunk, valueOffset - this.#base, length);
    } else this.#scanner.takeValue();
  }

  #readFragment(): void {
    const { length, valueOffset } = this.#scanner.element;
    this.#count();
    if (this.#fragments.length > 0 && this.#referenceAbove < Infinity) {
      const fragment = this.#options.reference!(valueOffset, length);
      this.#whenPassed = () => void this.#fragments.push(fragment);
    } else if (this.#isAtHand(valueOffset, length)) {
      const start = valueOffset - this.#base;
      this.#fragments.push(this.#chunk.subarray(start, start + length));
    } else this.#scanner.takeValue();
  }

  /** Whether a value lies wholly in the present chunk. */
  #isAtHand(offset: number, length: number): boolean {
    const start = offset - this.#base;
    return !this.#deflated && start >= 0 && start + length <= this.#chunk.length && length <= this.#maxValueLength;
  }

  #addTaken(): void {
    const { value, element } = this.#scanner;
    if (isItemTag(element.tag)) this.#fragments.push(value);
    else this.#addValue(value, 0, value.length);
  }

  #addValue(source: Uint8Array, start: number, length: number): void {
    const { tag, vr: readVr, letters, littleEndian, explicitVr } = this.#scanner.element;
    let vr = readVr;
    if (vr === "UN" && explicitVr && this.#resolveUnknown) vr = impliedVr(tag);
    const resolved = vr !== readVr;
    // What is in UN is Little Endian in every transfer syntax (PS3.5 6.2.2); letters of no VR say nothing of the kind.
    const value = new ValueElement(tag, vr === "SQ" ? "UN" : vr, source, {
      start,
      length,
      littleEndian: littleEndian || (resolved && letters === ""),
      writtenVr: letters || (resolved ? "UN" : ""),
    });
    const signMatters = vr === "US" && (resolved || !explicitVr) && dependsOnSign(dictionaryVr(tag));
    this.#put(signMatters ? this.#signs.settle(value, this.#current) : value);
    if (vr === "SQ") this.#readUnknownSequence(value);
    this.#complete();
  }

  /** Puts a sequence in the place of UN, unless its value is none. */
  #readUnknownSequence(element: ValueElement): void {
    const { depth, valueOffset } = this.#scanner.element;
    const item = this.#current;
    const options: DataSetReaderOptions = {
      transferSyntax: UID.ImplicitVRLittleEndian,
      baseOffset: valueOffset - SHORTEST_HEADER,
      basePath: () => pathAround(item),
      maxDepth: (this.#options.maxDepth ?? 64) - depth,
      maxElements: this.#maxElements - this.#elements,
      onWarning: this.#options.onWarning ?? (() => {}),
    };
    const nested = new DataSetReader(options, this.#current);
    const { tag, length, bytes } = element;
    this.#current.delete(tag);
    try {
      nested.push(implicitHeader(tag, length));
      nested.push(bytes);
      nested.end();
      this.#elements += nested.#elements;
      const read = this.#current.element(tag);
      if (read?.kind === "sequence") this.#put(new SequenceElement(tag, read.items, { writtenVr: element.writtenVr }));
    } catch (error) {
      if (!(error instanceof DataSetError)) throw error;
      this.#warn("it is encoded as UN and is no sequence, which it should be");
      this.#put(element);
    }
  }

  #enterSequence(): void {
    const { tag, length, letters, vr } = this.#scanner.element;
    if (!this.#begin(tag)) {
      this.#scanner.skip();
      return;
    }
    const items = shortLivedList<DataSet>();
    const writtenVr = letters || (vr === "SQ" ? "" : vr);
    this.#put(new SequenceElement(tag, items, { undefinedLength: length === UNDEFINED_LENGTH, writtenVr }));
    this.#outerItems.push(this.#items);
    this.#items = items;
  }

  #enterItem(): void {
    this.#count();
    const undefinedLength = this.#scanner.element.length === UNDEFINED_LENGTH;
    const item = new DataSet(undefined, { parent: this.#current, undefinedLength });
    this.#items.push(item);
    this.#outer.push(this.#current);
    this.#current = item;
    this.#order.enter();
  }

  #enterFragments(): void {
    const { tag, vr } = this.#scanner.element;
    if (!this.#begin(tag)) {
      this.#scanner.skip();
      return;
    }
    this.#fragments = [];
    this.#put(new EncapsulatedElement(tag, vr, this.#fragments));
  }

  /** Whether the element that was just met is to be read: not if it is beyond the end, or one that is there already. */
  #begin(tag: number): boolean {
    if (tag >= this.#stopAt && this.#outer.length === 0) {
      this.#stopped = true;
      return false;
    }
    this.#count();
    if (this.#current.has(tag)) {
      this.#warn("it occurs twice; the first one counts");
      return false;
    }
    if (isForeign(tag)) this.#warn("its group stands in no data set, so it will not be written (PS3.5 7.1)");
    if (!this.#order.add(tag, this.#current)) this.#warn("it is not in the order of tags");
    return true;
  }

  #count(): void {
    if (++this.#elements <= this.#maxElements) return;
    const maximum = this.#maxElements;
    throw new LimitError(`Cannot read the data set: it has more elements than the limit of ${maximum}`, {
      limit: "maxElements",
      maximum,
    });
  }

  #putWhatPassed(): void {
    this.#whenPassed?.();
    this.#whenPassed = undefined;
  }

  #put(element: DataElement): void {
    this.#current.setElement(element);
    if (this.#outer.length === 0) this.#top = element;
  }

  #complete(): void {
    if (this.#outer.length === 0) this.#options.onElement?.(this.#top!, this.dataSet);
  }

  #warn(problem: string): void {
    if (this.#warnings++ >= MAXIMUM_WARNINGS) return;
    const { tag, offset } = this.#scanner.element;
    const keyword = keywordIfKnown(tag);
    const message = `Cannot rely on ${nameTag(tag)} at offset ${offset}: ${problem}`;
    const detail = { tag, offset, path: pathTo(this.#current, tag), ...(keyword === undefined ? {} : { keyword }) };
    this.#options.onWarning?.(new DataSetError(message, detail));
  }
}

/** The header that a sequence has in Implicit VR Little Endian. */
function implicitHeader(tag: number, length: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(SHORTEST_HEADER));
  header.setUint16(0, groupOf(tag), true);
  header.setUint16(2, elementOf(tag), true);
  header.setUint32(4, length, true);
  return new Uint8Array(header.buffer);
}
