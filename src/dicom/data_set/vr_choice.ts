/**
 * Which VR an attribute has where the dictionary leaves a choice (PS3.5 Annex A).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { type DictionaryVr, dictionaryVr } from "../implied_vr.ts";
import type { Vr } from "../vr.ts";
import { ValueElement } from "./data_element.ts";
import type { DataSetLike } from "./data_set_like.ts";

const PIXEL_REPRESENTATION = 0x0028_0103;
const BITS_ALLOCATED = 0x0028_0100;

/** Pixel Representation (0028,0103): whether pixels are signed. */
const SIGNED = 1;

/**
 * Whether the pixels that a data set describes are signed, by its own Pixel Representation or that of the nearest data set
 * around it that has one; undefined where none has.
 */
function hasSignedPixels(dataSet: DataSetLike): boolean | undefined {
  for (let around: DataSetLike | undefined = dataSet; around !== undefined; around = around.parent) {
    const element = around.element(PIXEL_REPRESENTATION);
    if (element?.kind === "value" && element.length === 2) {
      return element.bytes[element.littleEndian ? 0 : 1] === SIGNED;
    }
  }
  return undefined;
}

/** Whether the VR depends on Pixel Representation. */
export function dependsOnSign(vr: DictionaryVr | undefined): boolean {
  return vr === "US or SS" || vr === "US or SS or OW";
}

/** Elements that were read as US and turn out as SS where the pixels are signed, which may not be known yet. */
export class UnsettledSigns {
  readonly #unsettled: { readonly dataSet: DataSetLike; readonly tag: number }[] = [];

  /** The element as far as it is known; it is remembered where Pixel Representation is still to come. */
  settle(element: ValueElement, dataSet: DataSetLike): ValueElement {
    const signed = hasSignedPixels(dataSet);
    if (signed === undefined) this.#unsettled.push({ dataSet, tag: element.tag });
    return signed ? toSigned(element) : element;
  }

  /** Puts SS in the place of what was remembered, where it is known by now. */
  settleAll(): void {
    for (const { dataSet, tag } of this.#unsettled.splice(0)) {
      const element = dataSet.element(tag);
      if (element?.kind === "value" && hasSignedPixels(dataSet)) dataSet.setElement(toSigned(element));
    }
  }
}

function toSigned({ tag, source, start, length, littleEndian, writtenVr }: ValueElement): ValueElement {
  return new ValueElement(tag, "SS", source, { start, length, littleEndian, writtenVr });
}

/** The VR to set a value with. Throws `DataSetError` when only the caller can know it. */
export function vrToSet(dataSet: DataSetLike, tag: number, value: unknown): Vr {
  const vr = dictionaryVr(tag);
  switch (vr) {
    case undefined:
    case "NONE":
    case "UN": {
      const present = dataSet.element(tag)?.vr;
      if (present !== undefined && present !== "UN") return present;
      throw new DataSetError("Cannot choose a VR: the dictionary has none, expected it among the options", {
        tag,
        expected: "a VR among the options",
      });
    }
    case "OB or OW":
      return ArrayBuffer.isView(value) && !(value instanceof Uint8Array) || bitsAllocated(dataSet) > 8 ? "OW" : "OB";
    case "US or OW":
      return "US";
    case "US or SS":
    case "US or SS or OW":
      return isSigned(dataSet, value) ? "SS" : "US";
    default:
      return vr;
  }
}

function bitsAllocated(dataSet: DataSetLike): number {
  const bits = dataSet.getAll(BITS_ALLOCATED)[0];
  return typeof bits === "number" ? bits : 0;
}

function isSigned(dataSet: DataSetLike, value: unknown): boolean {
  if (value instanceof Int16Array || value instanceof Uint16Array) return value instanceof Int16Array;
  const numbers: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (numbers.some((number) => typeof number === "number" && number < 0)) return true;
  return hasSignedPixels(dataSet) === true && !numbers.some((number) => typeof number === "number" && number > 0x7fff);
}
