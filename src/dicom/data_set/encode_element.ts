/**
 * Elements of values as users give them.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { CharacterSet } from "../charsets/character_set.ts";
import { encodeNumbers, encodeText, formatText, type GivenValue } from "../values/encode_value.ts";
import { type Vr, vrDefinition } from "../vr.ts";
import { ValueElement } from "./data_element.ts";

/**
 * An element of any VR but SQ. No value makes one of zero length. Throws `DataSetError` when `value` is none of that VR, is
 * too long, or has characters that the character set doesn't have.
 */
export function encodeElement(tag: number, vr: Vr, value: unknown, characterSet: CharacterSet): ValueElement {
  const values = listOf(value);
  const { bytes, littleEndian } = vrDefinition(vr).kind === "text"
    ? encodeText(formatText(Array.from(values) as GivenValue[], vr), vr, characterSet)
    : encodeNumbers(values, vr);
  return new ValueElement(tag, vr, bytes, { littleEndian });
}

function listOf(value: unknown): ArrayLike<unknown> {
  if (value === undefined || value === null) return [];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as Uint8Array;
  if (Array.isArray(value)) return value;
  if (value instanceof DataView || value instanceof ArrayBuffer) {
    throw new DataSetError("Cannot write an ArrayBuffer: expected a typed array", { expected: "a typed array" });
  }
  return [value];
}
