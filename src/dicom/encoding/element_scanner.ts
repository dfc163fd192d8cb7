/**
 * The one reader of encoded data sets: it walks over elements as their bytes arrive, in chunks of any size.
 *
 * @module
 */

import { ChunkCursor } from "./chunk_cursor.ts";
import {
  type ElementHeader,
  type Encoding,
  IMPLICIT_LITTLE_ENDIAN,
  type MutableElementHeader,
  NO_HEADER,
  readElementHeader,
  SHORTEST_HEADER,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import { FoundEncoding } from "./found_encoding.ts";
import { Inflater } from "./inflater.ts";
import {
  type Frame,
  type FrameKind,
  isItemTag,
  ITEM,
  ITEM_DELIMITATION,
  Nesting,
  SEQUENCE_DELIMITATION,
} from "./nesting.ts";
import type { ElementScannerOptions, ScanEvent } from "./scan_events.ts";
import { ScanReport } from "./scan_report.ts";
import { type StrayBytes, StrayBytesReader } from "./stray_bytes.ts";
import { nameTag } from "../names.ts";
import { vrDefinition } from "../vr.ts";

export type { ElementScannerOptions, ScanEvent } from "./scan_events.ts";

const PIXEL_DATA = 0x7fe0_0010;

const NO_BYTES = new Uint8Array(0);

const END_OF: Readonly<Record<Exclude<FrameKind, "data-set">, ScanEvent>> = {
  sequence: "sequence-end",
  item: "item-end",
  fragments: "fragments-end",
};

/**
 * Walks over an encoded data set without holding it.
 *
 * `push()` gives it bytes, `next()` takes a step and tells what is there, or undefined when it needs more bytes; what
 * stands there is in `element`. Values that aren't asked for pass at no cost and in no memory. A walk stops by calling
 * `next()` no more: `element.offset` says where. `end()` says that no more bytes come, and throws when some are missing. A
 * deflated data set is inflated on the way; offsets count what it inflates to.
 *
 * Throws `DataSetError` for bytes that break PS3.5 and `LimitError` beyond a limit; it is of no use after that.
 *
 * @example
 * ```ts
 * const scanner = new ElementScanner({ transferSyntax: "1.2.840.10008.1.2.1" });
 * for (const chunk of [Uint8Array.of(8, 0, 0x18, 0, 0x55, 0x49, 2, 0), Uint8Array.of(0x31, 0)]) {
 *   scanner.push(chunk);
 *   for (let event; (event = scanner.next()) !== undefined;) {
 *     if (event === "element" && scanner.element.tag === 0x0008_0018) scanner.takeValue();
 *     if (event === "value") console.log(new TextDecoder().decode(scanner.value));
 *   }
 * }
 * scanner.end();
 * ```
 */
export class ElementScanner {
  /** What the last `element`, `sequence`, `item`, `fragments` or `fragment` is; it changes with every `next()`. */
  readonly element: Readonly<ElementHeader>;
  /** With `value`: the bytes that were asked for, a view of what was pushed where they came in one chunk. */
  value: Uint8Array = NO_BYTES;

  readonly #header: MutableElementHeader = { ...NO_HEADER };
  readonly #found: FoundEncoding;
  readonly #maxDepth: number;
  readonly #maxValueLength: number;
  readonly #maxLength: number;

  readonly #inflater: Inflater | undefined;
  readonly #cursor: ChunkCursor;
  /** Whether the header that is there closed something and is to be looked at again. */
  #again = false;

  readonly #nesting: Nesting;
  readonly #report: ScanReport;
  /** Whether an element of the data set was met, and what comes behind the last one. */
  #begun = false;
  #stray: StrayBytesReader | undefined;
  /** The level at which telling goes on, while something is skipped whose end has to be looked for; else -1. */
  #quietAbove = -1;

  /** Bytes of the present value that are still to come. */
  #remaining = 0;
  #taking = false;
  #pushed = 0;

  /** A scanner at the first byte of a data set. */
  constructor(options: ElementScannerOptions = {}) {
    this.element = this.#header;
    this.#found = new FoundEncoding(options.transferSyntax);
    if (this.#found.declared?.deflated) {
      this.#inflater = new Inflater({ maxLength: options.maxInflatedLength ?? 0x8000_0000 });
    }
    this.#cursor = new ChunkCursor(options.baseOffset);
    this.#maxDepth = options.maxDepth ?? 64;
    this.#maxValueLength = options.maxValueLength ?? 0x100_0000;
    this.#maxLength = options.maxLength ?? Infinity;
    this.#nesting = new Nesting(this.#found.encoding);
    this.#report = new ScanReport(this.#header, this.#nesting, options);
  }

  /** Where it is: how many bytes were walked over, and `baseOffset`. */
  get offset(): number {
    return this.#cursor.offset;
  }

  /** The encoding that the data set was found in. */
  get encoding(): Encoding {
    return this.#found.encoding;
  }

  /**
   * The transfer syntax UID of the data set, as far as it was walked over: the declared one, unless the first bytes have shown
   * another encoding; then the one that says no more than this encoding. Where it is deflated, or Pixel Data turned out to be
   * encapsulated, the declared one alone says how, and stands.
   */
  get transferSyntax(): string {
    return this.#found.transferSyntax;
  }

  /** After `end()`: what came behind the last element and is none. */
  get strayBytes(): StrayBytes | undefined {
    return this.#stray;
  }

  /**
   * Gives it the next bytes. They have to stay as they are until `next()` has said that it needs more, and for as long as a
   * `value` of them is in use.
   */
  push(chunk: Uint8Array): void {
    this.#pushed += chunk.length;
    (this.#inflater ?? this.#cursor).push(chunk);
    if (this.#pushed > this.#maxLength) {
      throw this.#report.limit("maxLength", this.#maxLength, "it is longer than");
    }
  }

  /** Takes a step. Undefined when it needs more bytes. */
  next(): ScanEvent | undefined {
    for (;;) {
      const event = this.#step();
      if (event === undefined) {
        const inflated = this.#inflater?.next();
        if (inflated === undefined) return undefined;
        this.#cursor.push(inflated);
      } else if (this.#quietAbove < 0) return event;
      else if (this.#nesting.level <= this.#quietAbove) this.#quietAbove = -1;
    }
  }

  /** When `next()` needs more bytes: how many of them belong to a value that isn't taken, and may be left out. */
  get skippableBytes(): number {
    return this.#taking || this.#inflater !== undefined ? 0 : this.#remaining;
  }

  /** Says that the `skippableBytes` bytes, which come next, are not going to be pushed. */
  leaveOut(): void {
    this.#cursor.leaveOut(this.skippableBytes);
    this.#remaining -= this.skippableBytes;
  }

  /** Asks for the value of the `element` or `fragment` that was just told: a `value` follows. */
  takeValue(): void {
    if (this.#remaining > this.#maxValueLength) {
      const about = `${nameTag(this.#header.tag)} has ${this.#remaining} bytes, more than`;
      throw this.#report.limit("maxValueLength", this.#maxValueLength, about);
    }
    this.#taking = true;
  }

  /** Passes over the `sequence`, `item` or `fragments` that was just told, its end included. */
  skip(): void {
    const frame = this.#nesting.frame;
    if (frame.undefinedLength) {
      this.#quietAbove = this.#nesting.level - 1;
    } else {
      this.#remaining = frame.bound - this.offset;
      this.#leave();
    }
  }

  /** Says that no more bytes come. Throws `DataSetError` when they end inside an element, an item or a sequence. */
  end(): void {
    this.#inflater?.end();
    const trailing = this.#inflater?.trailing ?? 0;
    if (trailing > 1) this.#report.warn(`${trailing} bytes come after the end of the deflated data set`);
    const { length } = this.#header;
    if (this.#remaining > 0) {
      const expected = `${length} bytes`;
      throw this.#report.error(`its value ends after ${length - this.#remaining} of ${expected}`, expected);
    }
    if (this.#cursor.insideHeader) this.#endInsideHeader(this.#cursor.partOfHeader());
    if (this.#nesting.level > 0) {
      const { tag, kind, undefinedLength, bound } = this.#nesting.frame;
      this.#header.tag = tag;
      const expected = undefinedLength ? "a delimitation item" : `${bound - this.offset} more bytes`;
      throw this.#report.error(`the bytes end inside ${kind === "item" ? "its item" : "it"}`, expected);
    }
    if (this.#stray === undefined) return;
    if (!this.#begun) throw this.#report.error("the data set is nothing but zeros", "a data element");
    this.#report.warnOfStrayBytes(this.#stray);
  }

  /** Takes what is too short for a header as stray, behind the last element of the data set. */
  #endInsideHeader(part: Uint8Array): void {
    if (this.#begun && this.#nesting.level === 0 && part.length < SHORTEST_HEADER) {
      this.#stray = new StrayBytesReader(this.offset, 0);
      this.#stray.push(part);
      return;
    }
    this.#header.offset = this.offset;
    throw this.#report.error("the bytes end inside the tag and length after it", "a whole element");
  }

  #step(): ScanEvent | undefined {
    if (this.#remaining > 0 || this.#taking) {
      if (!this.#passValue()) return undefined;
      if (this.#taking) {
        this.#taking = false;
        return "value";
      }
    }
    if (this.#stray !== undefined) return this.#passStrayBytes(this.#stray);
    const header = this.#header;
    for (;;) {
      const frame = this.#nesting.frame;
      if (this.#again) this.#again = false;
      else {
        if (this.offset >= frame.bound) return this.#leaveAtBound(frame);
        if (!this.#readHeader(frame)) return undefined;
      }
      if (header.tag === 0 && this.#isZeros(frame)) {
        this.#stray = new StrayBytesReader(header.offset, SHORTEST_HEADER);
        return this.#passStrayBytes(this.#stray);
      }
      this.#begun = true;
      if (isItemTag(header.tag)) {
        const event = this.#itemOrDelimiter(frame);
        if (event !== undefined) return event;
        continue;
      }
      if (frame.kind === "sequence" || frame.kind === "fragments") {
        throw this.#report.error("it stands where an item should", "an item or the end of the sequence");
      }
      if (header.length === UNDEFINED_LENGTH || header.vr === "SQ") return this.#enterElement(frame);
      this.#expectValueIn(frame);
      return "element";
    }
  }

  /** Whether the header is 8 zeros, which are no element. */
  #isZeros({ kind }: Frame): boolean {
    const { length, letters, explicitVr } = this.#header;
    return kind === "data-set" && length === 0 && (!explicitVr || letters === "\0\0");
  }

  #passStrayBytes(stray: StrayBytesReader): undefined {
    if (!stray.push(this.#cursor.takeRest())) {
      this.#header.offset = stray.offset;
      throw this.#report.error(`${stray.zeros} zeros stand between two elements, or something else is behind them`);
    }
  }

  /** Moves over the present value, keeping it when asked. False when there is more to come. */
  #passValue(): boolean {
    const cursor = this.#cursor;
    this.#remaining = this.#taking ? cursor.take(this.#remaining) : cursor.skip(this.#remaining);
    if (this.#remaining > 0) return false;
    if (this.#taking) this.value = cursor.taken();
    return true;
  }

  /** False when bytes are missing. */
  #readHeader(frame: Frame): boolean {
    if (!this.#found.isSettled && !this.#settle(frame)) return false;
    const header = this.#header;
    if (!this.#cursor.readHeader(frame.encoding, header)) return false;
    header.depth = this.#nesting.level >> 1;
    if (header.valueOffset > frame.bound) {
      throw this.#report.error("it begins before and ends after the end of what it is in");
    }
    return true;
  }

  /** Decides the encoding by the first header, or that after it where it leaves it open. False when bytes are missing. */
  #settle(root: Frame): boolean {
    const first = this.#cursor.peekHeader();
    if (first === undefined) return false;
    if (root.kind !== "data-set") return true;
    this.#found.settle(first);
    const { encoding, isOther } = this.#found;
    this.#nesting.setEncoding(encoding);
    if (isOther) {
      readElementHeader(first, 0, first.length, encoding, this.#header);
      const { explicitVr, littleEndian } = encoding;
      const seen = `${explicitVr ? "explicit" : "implicit"} VR, ${littleEndian ? "little" : "big"} endian`;
      this.#report.warn(`the data set is not in the transfer syntax that is declared: taken as ${seen}`);
    }
    return true;
  }

  #enterElement(frame: Frame): ScanEvent {
    const header = this.#header;
    const { vr, tag, explicitVr, length } = header;
    const fragments = length === UNDEFINED_LENGTH && (explicitVr ? vr !== "SQ" && vr !== "UN" : tag === PIXEL_DATA);
    if (fragments && vrDefinition(vr).kind === "text") {
      throw this.#report.error(`it has undefined length, which ${vr} cannot have`);
    }
    this.#found.hasFragments ||= fragments;
    const kind = fragments ? "fragments" : "sequence";
    const encoding = vr === "UN" && explicitVr ? IMPLICIT_LITTLE_ENDIAN : frame.encoding;
    if (kind === "sequence" && !explicitVr) header.vr = "SQ";
    if (this.#nesting.level >> 1 >= this.#maxDepth) {
      throw this.#report.limit("maxDepth", this.#maxDepth, `${this.#report.place}: sequences lie deeper than`);
    }
    this.#enter(kind, tag, encoding);
    return kind;
  }

  /** Opens a frame for what the header says. */
  #enter(kind: FrameKind, tag: number, encoding: Encoding): void {
    const { length, valueOffset } = this.#header;
    const left = this.#nesting.frame.bound - valueOffset;
    if (length === UNDEFINED_LENGTH || length <= left) {
      this.#nesting.enter(kind, tag, encoding, valueOffset, length);
      return;
    }
    if (kind !== "item") this.#expectInside(this.#nesting.frame);
    // Its elements tell whether it ends with the sequence: one that doesn't fit is an error.
    this.#report.warn(`an item claims ${length} bytes where ${left} are left of its sequence: it ends there`);
    this.#nesting.enter(kind, tag, encoding, valueOffset, left);
  }

  #leave(): ScanEvent {
    const { kind } = this.#nesting.frame;
    this.#nesting.leave();
    return END_OF[kind as keyof typeof END_OF];
  }

  /** Ends what has come to its length, or to that of what is around it. */
  #leaveAtBound(frame: Frame): ScanEvent {
    if (frame.undefinedLength) this.#report.warn(`${nameTag(frame.tag)} has no delimitation item`);
    return this.#leave();
  }

  /** Acts on a tag of group FFFE. Undefined for a delimitation item that ends nothing, which is passed over. */
  #itemOrDelimiter(frame: Frame): ScanEvent | undefined {
    const { kind, undefinedLength } = frame;
    const { tag, length } = this.#header;
    const inItem = kind === "item" && undefinedLength;
    switch (tag) {
      case ITEM:
        if (kind === "sequence") {
          this.#nesting.countItem();
          this.#enter("item", frame.tag, frame.encoding);
          return "item";
        }
        if (kind === "fragments") {
          this.#nesting.countItem();
          this.#expectValueIn(frame);
          return "fragment";
        }
        if (!inItem) throw this.#report.error("an item stands where an element should", "a data element");
        return this.#leaveUndelimited(frame);
      case ITEM_DELIMITATION:
        if (length !== 0) this.#report.warn("an Item Delimitation Item has a length other than 0");
        if (inItem) return this.#leave();
        this.#report.warn("an Item Delimitation Item ends nothing");
        return undefined;
      case SEQUENCE_DELIMITATION:
        if (length !== 0) this.#report.warn("a Sequence Delimitation Item has a length other than 0");
        if (inItem) return this.#leaveUndelimited(frame);
        if (undefinedLength && kind !== "data-set") return this.#leave();
        this.#report.warn("a Sequence Delimitation Item ends nothing");
        return undefined;
      default:
        throw this.#report.error("group FFFE has no such tag", "an item or a delimitation item");
    }
  }

  /** Ends an item that has no delimitation item, because what can only come after it is there. */
  #leaveUndelimited(frame: Frame): ScanEvent {
    this.#report.warn(`an item of ${nameTag(frame.tag)} has no delimitation item`);
    this.#again = true;
    return this.#leave();
  }

  #expectValueIn(frame: Frame): void {
    if (this.#header.length === UNDEFINED_LENGTH) {
      throw this.#report.error("a fragment has undefined length", "a length");
    }
    this.#expectInside(frame);
    const { length } = this.#header;
    this.#remaining = length;
    if (length % 2 === 1 && this.#quietAbove < 0) {
      this.#report.warn(`${this.#report.place}: it has an odd length, ${length}`);
    }
  }

  #expectInside(frame: Frame): void {
    const { length, valueOffset } = this.#header;
    if (valueOffset + length > frame.bound) {
      const left = frame.bound - valueOffset;
      throw this.#report.error(
        `it claims ${length} bytes where ${left} are left of what it is in`,
        `at most ${left} bytes`,
      );
    }
  }
}
