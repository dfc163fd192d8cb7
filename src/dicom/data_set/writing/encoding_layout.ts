/**
 * How a data set is going to be laid out: which VRs are written, and the lengths of sequences and items.
 *
 * @module
 */

import { DataSetError } from "../../../errors.ts";
import { type Encoding, hasLongForm, IMPLICIT_LITTLE_ENDIAN, UNDEFINED_LENGTH } from "../../encoding/element_header.ts";
import { elementOf, groupOf } from "../../tag.ts";
import { nameTag } from "../../names.ts";
import { vrDefinition } from "../../vr.ts";
import { inOrderOf } from "../as_read.ts";
import type { WrittenForm } from "./written_form.ts";
import type { EncapsulatedElement, SequenceElement } from "../data_element.ts";
import type { DataSetLike, ElementLike } from "../data_set_like.ts";

const COMMAND_GROUP = 0x0000;
const META_GROUP = 0x0002;

/** The longest value of a VR with a 16-bit length (PS3.5 7.1.2). */
const LONGEST_SHORT_VALUE = 0xfffe;

/** The longest value of any VR. */
const LONGEST_VALUE = 0xffff_fffe;

/** Bytes of the tag and length of an item, and of a delimitation item. */
const ITEM_HEADER = 8;

/** What is written: a data set has all groups but 0000 and 0002 (PS3.5 7.1), meta information has 0002 alone. */
export type WrittenPart = "data-set" | "meta";

/** Whether an element is written at all. */
export function isWritten({ tag }: ElementLike, form: WrittenForm, part: WrittenPart): boolean {
  const belongs = part === "meta" ? groupOf(tag) === META_GROUP : !isForeign(tag);
  return belongs && (form === "original" || elementOf(tag) !== 0);
}

/** Whether an element of a data set is never written, since it is of command sets or meta information. */
export function isForeign(tag: number): boolean {
  return groupOf(tag) === COMMAND_GROUP || groupOf(tag) === META_GROUP;
}

/** The letters of the VR that an element is written with in an explicit VR encoding. */
export function writtenVr(element: ElementLike, length: number, form: WrittenForm): string {
  const { vr } = element;
  if (form === "original" && "writtenVr" in element && element.writtenVr !== "") return element.writtenVr;
  // PS3.5 6.2.2: UN is also for what a 16-bit length cannot say.
  return length > LONGEST_SHORT_VALUE && length !== UNDEFINED_LENGTH && !vrDefinition(vr).longForm ? "UN" : vr;
}

/** The encoding of what is inside a sequence: Implicit VR Little Endian when it is written as UN (PS3.5 6.2.2). */
export function encodingInside(
  sequence: SequenceElement<DataSetLike>,
  encoding: Encoding,
  form: WrittenForm,
): Encoding {
  const unknown = encoding.explicitVr && writtenVr(sequence, 0, form) === "UN";
  return unknown ? IMPLICIT_LITTLE_ENDIAN : encoding;
}

/** Bytes of a value of `length` with its padding. */
export function paddedLength(length: number, form: WrittenForm): number {
  return form === "original" ? length : length + length % 2;
}

/** Bytes of a data set, and the lengths of its sequences and items in the order in which they are written. */
export interface Layout {
  readonly length: number;
  /** `UNDEFINED_LENGTH` among them. */
  readonly lengths: readonly number[];
}

/** Lays out a data set. Throws `DataSetError` for a value that is too long. */
export function layOut(dataSet: DataSetLike, encoding: Encoding, form: WrittenForm, part: WrittenPart): Layout {
  const lengths: number[] = [];
  return { length: measure(dataSet, encoding, form, lengths, part), lengths };
}

function measure(
  dataSet: DataSetLike,
  encoding: Encoding,
  form: WrittenForm,
  lengths: number[],
  part: WrittenPart = "data-set",
): number {
  let total = 0;
  for (const element of inOrderOf(dataSet, form)) {
    if (!isWritten(element, form, part)) continue;
    switch (element.kind) {
      case "sequence":
        total += headerLength(element, 0, encoding, form) + measureSequence(element, encoding, form, lengths);
        break;
      case "encapsulated":
        total += headerLength(element, 0, encoding, form) + measureFragments(element, form);
        break;
      default: {
        const length = paddedLength(element.length, form);
        checkLength(element.tag, length);
        total += headerLength(element, length, encoding, form) + length;
      }
    }
  }
  return total;
}

function headerLength(element: ElementLike, length: number, encoding: Encoding, form: WrittenForm): number {
  return encoding.explicitVr && hasLongForm(writtenVr(element, length, form)) ? 12 : 8;
}

function measureSequence(
  sequence: SequenceElement<DataSetLike>,
  outer: Encoding,
  form: WrittenForm,
  lengths: number[],
): number {
  const encoding = encodingInside(sequence, outer, form);
  const index = lengths.push(0) - 1;
  let total = 0;
  for (const item of sequence.items) {
    const itemIndex = lengths.push(0) - 1;
    const length = measure(item, encoding, form, lengths);
    lengths[itemIndex] = lengthOf(item, length, form);
    total += ITEM_HEADER + length + (lengths[itemIndex] === UNDEFINED_LENGTH ? ITEM_HEADER : 0);
  }
  lengths[index] = lengthOf(sequence, total, form);
  return total + (lengths[index] === UNDEFINED_LENGTH ? ITEM_HEADER : 0);
}

function lengthOf(
  { undefinedLength }: DataSetLike | SequenceElement<DataSetLike>,
  length: number,
  form: WrittenForm,
): number {
  const undefinedForm = form === "original" ? undefinedLength : form === "undefined";
  return undefinedForm || length > LONGEST_VALUE ? UNDEFINED_LENGTH : length;
}

function measureFragments({ tag, fragments }: EncapsulatedElement, form: WrittenForm): number {
  let total = ITEM_HEADER;
  for (const fragment of fragments) {
    const length = paddedLength(fragment.length, form);
    checkLength(tag, length);
    total += ITEM_HEADER + length;
  }
  return total;
}

function checkLength(tag: number, length: number): void {
  if (length <= LONGEST_VALUE) return;
  const expected = `at most ${LONGEST_VALUE} bytes`;
  throw new DataSetError(`Cannot write ${nameTag(tag)}: it has ${length} bytes, expected ${expected}`, {
    tag,
    expected,
  });
}
