/**
 * Data sets to bytes (PS3.5 section 7 and Annex A).
 *
 * @module
 */

import { nameTransferSyntax } from "../../names.ts";
import { DataSetError } from "../../../errors.ts";
import { encodingOf } from "../../encoding/choose_encoding.ts";
import { type Encoding, UNDEFINED_LENGTH } from "../../encoding/element_header.ts";
import { ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION } from "../../encoding/nesting.ts";
import type { StrayBytes } from "../../encoding/stray_bytes.ts";
import type { TransferSyntax } from "../../transfer_syntaxes.ts";
import { swapBytes } from "../../values/binary_values.ts";
import { vrDefinition } from "../../vr.ts";
import { encodingAsRead, inOrderOf, strayBytesOf } from "../as_read.ts";
import type {
  EncapsulatedElement,
  Fragment,
  ReferencedElement,
  SequenceElement,
  ValueElement,
  ValueReference,
} from "../data_element.ts";
import type { DataSetLike, ElementLike } from "../data_set_like.ts";
import { aboutElement } from "../element_error.ts";
import { EncodedOutput, type Piece } from "./encoded_output.ts";
import { encodingInside, isWritten, layOut, paddedLength, type WrittenPart, writtenVr } from "./encoding_layout.ts";
import type { WrittenForm } from "./written_form.ts";
import { EXTENDED_OFFSET_TABLE, extendedWithPaddedOffsets, withPaddedOffsets } from "../frames/offset_tables.ts";

/** Bytes of a value that becomes a piece of its own. */
const APART = 0x4000;

/** Bytes in which small things are gathered first. */
const FIRST_BUFFER = 0x2000;

/** What many zeros are written from. */
const ZEROS = new Uint8Array(APART);

/** Encodes data sets in one transfer syntax and form. An unknown transfer syntax is taken as Explicit VR Little Endian. */
export class DataSetEncoder {
  readonly #transferSyntax: TransferSyntax | undefined;
  readonly #form: WrittenForm;
  readonly #part: WrittenPart;
  #output = new EncodedOutput(0, 0);
  #whole = true;
  /** The lengths of sequences and items in the order in which they come, and which is next. */
  #lengths: readonly number[] = [];
  #next = 0;

  /** An encoder of data sets, or of meta information. */
  constructor(transferSyntax: TransferSyntax | undefined, form: WrittenForm, part: WrittenPart = "data-set") {
    this.#transferSyntax = transferSyntax;
    this.#form = form;
    this.#part = part;
  }

  /** The data set in one piece, behind `before`. Throws `DataSetError` for a value that was left in its source, too. */
  encode(dataSet: DataSetLike, before: readonly Uint8Array[] = []): Uint8Array<ArrayBuffer> {
    this.#begin(dataSet, true, before);
    return this.#output.whole();
  }

  /** The data set in pieces, large values as they are. Throws `DataSetError` for what the transfer syntax cannot hold. */
  encodePieces(dataSet: DataSetLike): readonly Piece[] {
    this.#begin(dataSet, false, []);
    return this.#output.pieces();
  }

  #begin(dataSet: DataSetLike, whole: boolean, before: readonly Uint8Array[]): void {
    const original = this.#form === "original";
    const asRead = original ? encodingAsRead(dataSet, this.#transferSyntax?.uid) : undefined;
    const encoding = asRead ?? encodingOf(this.#transferSyntax);
    const { length, lengths } = layOut(dataSet, encoding, this.#form, this.#part);
    const behind = original ? strayBytesOf(dataSet) : undefined;
    const size = sumOf(before) + length + (behind === undefined ? 0 : behind.zeros + behind.rest.length);
    this.#output = whole ? new EncodedOutput(size, Infinity) : new EncodedOutput(FIRST_BUFFER, APART);
    this.#whole = whole;
    this.#lengths = lengths;
    this.#next = 0;
    for (const bytes of before) this.#output.value(bytes);
    this.#writeDataSet(dataSet, encoding, this.#part);
    if (behind !== undefined) this.#writeStrayBytes(behind);
  }

  #writeStrayBytes({ zeros, rest }: StrayBytes): void {
    for (let left = zeros; left > 0; left -= ZEROS.length) this.#output.value(ZEROS.subarray(0, left));
    this.#output.value(rest);
  }

  #writeDataSet(dataSet: DataSetLike, encoding: Encoding, part: WrittenPart): void {
    for (const element of inOrderOf(dataSet, this.#form)) {
      if (!isWritten(element, this.#form, part)) continue;
      if (element.kind === "value") this.#writeValue(this.#settled(element, dataSet), encoding);
      else if (element.kind === "sequence") this.#writeSequence(element, encoding);
      else {
        aboutElement(
          "write",
          dataSet,
          element.tag,
          () =>
            element.kind === "encapsulated"
              ? this.#writeFragments(element, encoding)
              : this.#writeReference(element, encoding),
        );
      }
    }
  }

  /** What padding moves is told where it will be. */
  #settled(element: ValueElement, dataSet: DataSetLike): ValueElement {
    return element.tag !== EXTENDED_OFFSET_TABLE || this.#form === "original"
      ? element
      : extendedWithPaddedOffsets(element, dataSet);
  }

  #writeValue(element: ValueElement, encoding: Encoding): void {
    const { bytes, vr } = element;
    const length = paddedLength(bytes.length, this.#form);
    const letters = this.#writeHeader(element, length, encoding);
    const { unit, padding } = vrDefinition(vr);
    const swap = unit > 1 && element.littleEndian !== (encoding.littleEndian || letters === "UN");
    this.#output.value(swap ? swapBytes(bytes, unit) : bytes);
    if (length > bytes.length) this.#output.byte(padding);
  }

  #writeSequence(element: SequenceElement<DataSetLike>, outer: Encoding): void {
    const encoding = encodingInside(element, outer, this.#form);
    const length = this.#lengths[this.#next++]!;
    this.#writeHeader(element, length, outer);
    for (const item of element.items) {
      const itemLength = this.#lengths[this.#next++]!;
      this.#output.header(ITEM, "", itemLength, encoding);
      this.#writeDataSet(item, encoding, "data-set");
      if (itemLength === UNDEFINED_LENGTH) this.#output.header(ITEM_DELIMITATION, "", 0, encoding);
    }
    if (length === UNDEFINED_LENGTH) this.#output.header(SEQUENCE_DELIMITATION, "", 0, encoding);
  }

  #writeFragments(element: EncapsulatedElement, encoding: Encoding): void {
    if (this.#transferSyntax !== undefined && !this.#transferSyntax.encapsulated) {
      throw new DataSetError(
        `Cannot encapsulate in ${nameTransferSyntax(this.#transferSyntax.uid)}: expected native Pixel Data`,
        {
          expected: "native Pixel Data",
        },
      );
    }
    this.#writeHeader(element, UNDEFINED_LENGTH, encoding);
    const { fragments } = this.#form === "original" ? element : withPaddedOffsets(element);
    for (const fragment of fragments) {
      const length = paddedLength(fragment.length, this.#form);
      this.#output.header(ITEM, "", length, encoding);
      this.#writeFragment(fragment);
      if (length > fragment.length) this.#output.byte(0);
    }
    this.#output.header(SEQUENCE_DELIMITATION, "", 0, encoding);
  }

  #writeFragment(fragment: Fragment): void {
    if (fragment instanceof Uint8Array) this.#output.value(fragment);
    else this.#fetchLater(fragment, 1);
  }

  #writeReference(element: ReferencedElement, encoding: Encoding): void {
    const { reference, vr } = element;
    const length = paddedLength(reference.length, this.#form);
    const letters = this.#writeHeader(element, length, encoding);
    const { unit, padding } = vrDefinition(vr);
    this.#fetchLater(reference, element.littleEndian !== (encoding.littleEndian || letters === "UN") ? unit : 1);
    if (length > reference.length) this.#output.byte(padding);
  }

  #fetchLater(reference: ValueReference, swapUnit: number): void {
    if (this.#whole) throw new DataSetError("Cannot wait for a value that was left in its source: expected a stream");
    this.#output.reference(reference, swapUnit);
  }

  /** Returns the letters of the VR. */
  #writeHeader(element: ElementLike, length: number, encoding: Encoding): string {
    const letters = writtenVr(element, length, this.#form);
    this.#output.header(element.tag, letters, length, encoding);
    return letters;
  }
}

function sumOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
