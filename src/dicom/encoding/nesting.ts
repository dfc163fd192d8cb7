/**
 * What is open around a position in a data set: sequences, items and encapsulated Pixel Data.
 *
 * @module
 */

import { keywordIfKnown } from "../names.ts";
import { type Encoding, UNDEFINED_LENGTH } from "./element_header.ts";
import { formatTag } from "../tag.ts";

/** Item (PS3.5 7.5). */
export const ITEM = 0xfffe_e000;
/** Item Delimitation Item. */
export const ITEM_DELIMITATION = 0xfffe_e00d;
/** Sequence Delimitation Item. */
export const SEQUENCE_DELIMITATION = 0xfffe_e0dd;

/** Whether the tag is of items and their delimitation, which have no VR. */
export function isItemTag(tag: number): boolean {
  return tag >= 0xfffe_0000 && tag <= 0xfffe_ffff;
}

/** What a frame is of. */
export type FrameKind = "data-set" | "sequence" | "item" | "fragments";

/** Something that is open. */
export interface Frame {
  /** What is open. */
  readonly kind: FrameKind;
  /** The tag of the sequence, also for its items. */
  readonly tag: number;
  /** The offset where it ends, or where what is around it does when its own length is undefined. */
  readonly bound: number;
  /** Whether a delimitation item ends it. */
  readonly undefinedLength: boolean;
  /** How what is in it is encoded. */
  readonly encoding: Encoding;
}

type MutableFrame = { -readonly [Field in keyof Frame]: Frame[Field] } & { items: number };

/** The frames from the data set down to the present position. Frames are reused, so that items cost no allocation. */
export class Nesting {
  readonly #frames: MutableFrame[] = [];
  #level = 0;
  #frame: MutableFrame;

  /** The data set alone. */
  constructor(encoding: Encoding) {
    this.#frame = { kind: "data-set", tag: 0, bound: Infinity, undefinedLength: true, items: 0, encoding };
    this.#frames.push(this.#frame);
  }

  /** The innermost frame. */
  get frame(): Frame {
    return this.#frame;
  }

  /** 0 for the data set, and one more for each sequence and each item. */
  get level(): number {
    return this.#level;
  }

  /** Sets the encoding of what comes in the innermost frame. */
  setEncoding(encoding: Encoding): void {
    this.#frame.encoding = encoding;
  }

  /** Counts an item or a fragment of the innermost frame. */
  countItem(): void {
    this.#frame.items++;
  }

  /** Opens a frame for a value of `length` bytes, or `UNDEFINED_LENGTH`, at `offset`. */
  enter(kind: FrameKind, tag: number, encoding: Encoding, offset: number, length: number): void {
    const undefinedLength = length === UNDEFINED_LENGTH;
    const bound = undefinedLength ? this.#frame.bound : offset + length;
    const frame = this.#frames[++this.#level];
    if (frame === undefined) {
      this.#frame = { kind, tag, bound, undefinedLength, items: 0, encoding };
      this.#frames.push(this.#frame);
      return;
    }
    frame.kind = kind;
    frame.tag = tag;
    frame.bound = bound;
    frame.undefinedLength = undefinedLength;
    frame.items = 0;
    frame.encoding = encoding;
    this.#frame = frame;
  }

  /** Closes the innermost frame. */
  leave(): void {
    this.#frame = this.#frames[--this.#level]!;
  }

  /** Names the way to an element of the innermost frame: `ReferencedSeriesSequence[0].SeriesInstanceUID`. */
  pathOf(tag: number): string {
    const name = (tag: number) => keywordIfKnown(tag) ?? formatTag(tag);
    const open = this.#frames.slice(1, this.#level + 1).filter(({ kind }) => kind !== "item");
    const steps = open.map(({ tag, items }) => items === 0 ? name(tag) : `${name(tag)}[${items - 1}]`);
    if (!isItemTag(tag)) steps.push(name(tag));
    return steps.join(".");
  }
}
