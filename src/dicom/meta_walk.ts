/**
 * Walks over File Meta Information, group 0002, and finds where it ends.
 *
 * @module
 */

import { encodingOf, hasOwnVr, hasVr, settleEncoding } from "./encoding/choose_encoding.ts";
import {
  type Encoding,
  EXPLICIT_LITTLE_ENDIAN,
  NO_HEADER,
  readElementHeader,
  SHORTEST_HEADER,
} from "./encoding/element_header.ts";
import { tagAt, uint32 } from "./encoding/integers.ts";
import { groupOf } from "./tag.ts";
import { findTransferSyntax } from "./transfer_syntaxes.ts";

const META_GROUP = 0x0002;
const GROUP_LENGTH = 0x0002_0000;
const NO_BYTES = new Uint8Array(0);

/**
 * The elements of meta information one after the other. It ends at its group length (PS3.10 7.1), if an element ends there.
 * Without such a length it ends with its group, and where a second run of that group, or a data set in implicit VR, begins.
 */
export class MetaWalk {
  /** Where the next element, or the data set, begins. */
  offset: number;
  /** Whether the bytes end inside the element at `offset`. */
  isCut = false;
  /** The tag of the present element, also where it is cut; undefined when not even its header is there. */
  tag: number | undefined;
  /** The value of the present element: a view. */
  value: Uint8Array = NO_BYTES;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #ended: boolean;
  readonly #encoding: Encoding;
  readonly #header = { ...NO_HEADER };
  /** Where the group length says that it ends; undefined where it is missing or wrong. */
  readonly #groupEnd: number | undefined;

  /** A walk from `start` on; `ended` says that no more bytes are going to come. */
  constructor(bytes: Uint8Array, start: number, ended: boolean) {
    this.#bytes = bytes;
    this.#start = start;
    this.#ended = ended;
    this.offset = start;
    const first = bytes.subarray(start, start + SHORTEST_HEADER);
    this.#encoding = first.length < SHORTEST_HEADER
      ? EXPLICIT_LITTLE_ENDIAN
      : settleEncoding(EXPLICIT_LITTLE_ENDIAN, first);
    this.#groupEnd = this.#findGroupEnd();
    this.offset = start;
    this.isCut = false;
  }

  /** What was wrong with it, once it has ended. */
  get problems(): string[] {
    const problems: string[] = [];
    if (this.offset === this.#start) return problems;
    if (this.offset !== this.#groupEnd) problems.push("the group length of its meta information is missing or wrong");
    if (this.#encoding !== EXPLICIT_LITTLE_ENDIAN) {
      problems.push("its meta information is not in Explicit VR Little Endian");
    }
    return problems;
  }

  /** Takes a step to the next element; false at the end. `transferSyntax` is what was read of it so far. */
  next(transferSyntax: string | undefined): boolean {
    return this.#isMore() && !this.#endsHere(transferSyntax) && this.#step();
  }

  /** Whether there may be an element, for all that the bytes say. */
  #isMore(): boolean {
    const left = this.#bytes.length - this.offset;
    if (left < 2) {
      this.tag = undefined;
      this.isCut = !this.#ended;
      return false;
    }
    return groupOf(tagAt(this.#bytes, this.offset, this.#encoding.littleEndian)) === META_GROUP;
  }

  #step(): boolean {
    const size = readElementHeader(this.#bytes, this.offset, this.#bytes.length, this.#encoding, this.#header);
    const { length, tag } = this.#header;
    const end = this.offset + size + length;
    this.tag = size === 0 ? undefined : tag;
    this.isCut = size === 0 || end > this.#bytes.length;
    if (this.isCut) return false;
    this.value = this.#bytes.subarray(this.offset + size, end);
    this.offset = end;
    return true;
  }

  /** Walks on to where the group length says that the group ends. Undefined unless an element ends there. */
  #findGroupEnd(): number | undefined {
    if (!this.#isMore() || !this.#step() || this.tag !== GROUP_LENGTH || this.value.length !== 4) return undefined;
    const groupEnd = this.offset + uint32(this.value, 0, this.#encoding.littleEndian);
    while (this.offset < groupEnd && this.#isMore() && this.#step());
    // Of what is cut more may be to come.
    return this.offset === groupEnd || (this.isCut && !this.#ended) ? groupEnd : undefined;
  }

  /** Whether the data set begins here, though with an element of group 0002, which it must not have (PS3.5 7.1). */
  #endsHere(transferSyntax: string | undefined): boolean {
    // Without a transfer syntax it isn't whole; within the group length it goes on.
    if (!transferSyntax || (this.#groupEnd !== undefined && this.offset < this.#groupEnd)) return false;
    const declared = findTransferSyntax(transferSyntax);
    // What is deflated can look like anything.
    if (this.offset === this.#groupEnd && (declared?.deflated || encodingOf(declared) === this.#encoding)) return true;
    const first = this.#bytes.subarray(this.offset, this.offset + SHORTEST_HEADER);
    if (first.length < SHORTEST_HEADER) return this.#ended && this.offset === this.#groupEnd;
    const { explicitVr, littleEndian } = this.#encoding;
    const isRightEnd = this.offset === this.#groupEnd;
    if (!isRightEnd && tagAt(first, 0, littleEndian) === GROUP_LENGTH) return true;
    return explicitVr !== (isRightEnd || !explicitVr ? hasOwnVr(first, this.#encoding) : hasVr(first));
  }
}
