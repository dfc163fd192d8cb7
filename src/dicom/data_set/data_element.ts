/**
 * Data elements (PS3.5 7.1): a tag, a VR, and a value as it is encoded. They never change: a data set puts another in place.
 *
 * @module
 */

import type { EncodedValue } from "../values/encoded_value.ts";
import type { Vr } from "../vr.ts";

/** What a data set consists of whose items are of a type. `kind` tells which it is. */
export type ElementOf<Item> = ValueElement | SequenceElement<Item> | EncapsulatedElement | ReferencedElement;

/** A value that stays in its source until it is read, because it is too large or has not arrived yet. */
export interface ValueReference {
  /** Bytes of the value. */
  readonly length: number;
  /** All bytes; each call starts from the first if the source allows it. */
  stream(): ReadableStream<Uint8Array>;
  /** A part of it, where the source allows that: `length` bytes from `offset` on. */
  slice?(offset: number, length: number): ValueReference;
}

/** An element with its encoded value in memory. */
export class ValueElement implements EncodedValue {
  /** 0xGGGGEEEE. */
  readonly tag: number;
  /** Its VR. */
  readonly vr: Vr;
  /** Byte ordering of the value. */
  readonly littleEndian: boolean;
  /** The letters of the VR as they were written, where they aren't `vr`'s; else empty. */
  readonly writtenVr: string;
  /** What the value is a part of, such as the file that it was read from. */
  readonly source: Uint8Array;
  /** Where in `source` it begins. */
  readonly start: number;
  /** Bytes of the value, padding included. */
  readonly length: number;

  /** An element whose value is the `length` bytes of `source` from `start` on, which are not copied. */
  constructor(
    tag: number,
    vr: Vr,
    source: Uint8Array,
    options: { start?: number; length?: number; littleEndian?: boolean; writtenVr?: string } = {},
  ) {
    this.tag = tag;
    this.vr = vr;
    this.source = source;
    this.start = options.start ?? 0;
    this.length = options.length ?? source.length - this.start;
    this.littleEndian = options.littleEndian ?? true;
    this.writtenVr = options.writtenVr ?? "";
  }

  /** Tells it from the other kinds. */
  get kind(): "value" {
    return "value";
  }

  /** The encoded value, padding included: a view. */
  get bytes(): Uint8Array {
    return this.source.subarray(this.start, this.start + this.length);
  }
}

/** A sequence of items (PS3.5 7.5), which are data sets. */
export class SequenceElement<Item = unknown> {
  /** 0xGGGGEEEE. */
  readonly tag: number;
  /** The items in their order. */
  readonly items: readonly Item[];
  /** Whether it was read with undefined length. */
  readonly undefinedLength: boolean;
  /** The letters of the VR as they were written, where they aren't `SQ`; else empty. */
  readonly writtenVr: string;

  /** A sequence of `items`. */
  constructor(
    tag: number,
    items: readonly Item[],
    options: { undefinedLength?: boolean; writtenVr?: string } = {},
  ) {
    this.tag = tag;
    this.items = items;
    this.undefinedLength = options.undefinedLength ?? false;
    this.writtenVr = options.writtenVr ?? "";
  }

  /** Tells it from the other kinds. */
  get kind(): "sequence" {
    return "sequence";
  }

  /** Always `SQ`. */
  get vr(): "SQ" {
    return "SQ";
  }
}

/** A piece of encapsulated Pixel Data. */
export type Fragment = Uint8Array | ValueReference;

/** Encapsulated Pixel Data (PS3.5 A.4). */
export class EncapsulatedElement {
  /** 0xGGGGEEEE. */
  readonly tag: number;
  /** Its VR. */
  readonly vr: Vr;
  /** The values of its items: the Basic Offset Table, which may be empty, and the fragments. */
  readonly fragments: readonly Fragment[];

  /** Encapsulated Pixel Data of these items, of which the first is the Basic Offset Table. */
  constructor(tag: number, vr: Vr, fragments: readonly Fragment[]) {
    this.tag = tag;
    this.vr = vr;
    this.fragments = fragments;
  }

  /** Tells it from the other kinds. */
  get kind(): "encapsulated" {
    return "encapsulated";
  }
}

/** An element whose value was left where it is. */
export class ReferencedElement {
  /** 0xGGGGEEEE. */
  readonly tag: number;
  /** Its VR. */
  readonly vr: Vr;
  /** Where the value is. */
  readonly reference: ValueReference;
  /** Byte ordering of the value. */
  readonly littleEndian: boolean;

  /** An element whose value `reference` gives when it is asked for. */
  constructor(tag: number, vr: Vr, reference: ValueReference, options: { littleEndian?: boolean } = {}) {
    this.tag = tag;
    this.vr = vr;
    this.reference = reference;
    this.littleEndian = options.littleEndian ?? true;
  }

  /** Tells it from the other kinds. */
  get kind(): "referenced" {
    return "referenced";
  }

  /** Bytes of the value. */
  get length(): number {
    return this.reference.length;
  }
}
