/**
 * The values of an element whose VR is text, in JSON.
 *
 * @module
 */

import type { ValueElement } from "../data_set/data_element.ts";
import type { DataSet } from "../data_set/data_set.ts";
import { decodeField, type OnWarning } from "../data_set/element_text.ts";
import { isExactNumber } from "../values/decimal.ts";
import { type Vr, type VrDefinition, vrDefinition } from "../vr.ts";
import { asciiBytes, type JsonOutput } from "./json_output.ts";

const NUL = 0x00;
const SPACE = 0x20;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const CARET = 0x5e;
const TILDE = 0x7e;

const COMMA = asciiBytes(",");
const VALUES = asciiBytes(',"Value":[');
const VALUES_END = asciiBytes("]");
const NULL = asciiBytes("null");
const NAME = asciiBytes('{"Alphabetic":');
const NAME_END = asciiBytes("}");

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes the values of an element that is text but no person name: none of them for one of zero length. They are written from
 * where they lie, if they can be; what is in a character set of more than ASCII goes over to UTF-8 first.
 */
export function writeTextValues(element: ValueElement, dataSet: DataSet, output: JsonOutput, warn: OnWarning): void {
  const { vr, source, start, length } = element;
  const definition = vrDefinition(vr);
  const end = start + length;
  if (isPlain(source, start, end, definition.delimited)) return writeField(source, start, end, definition, output);
  const utf8 = encoder.encode(decodeField(element, vr, dataSet, warn));
  writeField(utf8, 0, utf8.length, definition, output);
}

/** Writes person names as they nearly always are: plain, and of one group. False where they are not, and nothing is written. */
export function writePlainNames({ source, start, length }: ValueElement, output: JsonOutput): boolean {
  const end = start + length;
  if (!isPlain(source, start, end, true)) return false;
  for (let index = start; index < end; index++) if (source[index] === EQUALS) return false;
  writeField(source, start, end, vrDefinition("PN"), output);
  return true;
}

/** Whether all bytes are the same characters in every character set; ISO-IR 14 has others for backslash and tilde. */
function isPlain(bytes: Uint8Array, start: number, end: number, delimited: boolean): boolean {
  for (let index = start; index < end; index++) {
    const byte = bytes[index]!;
    if (byte >= TILDE || (byte < SPACE && byte !== NUL) || (byte === BACKSLASH && !delimited)) return false;
  }
  return true;
}

/** Writes the values that UTF-8 holds from `start` to before `end`, each without its padding; names have one group here. */
function writeField(utf8: Uint8Array, start: number, end: number, definition: VrDefinition, output: JsonOutput): void {
  const { vr, delimited, leadingSpaces } = definition;
  for (let next = start, behind; next <= end; next = behind + 1) {
    behind = next;
    while (behind < end && !(delimited && utf8[behind] === BACKSLASH)) behind++;
    let first = next;
    let last = behind;
    while (last > first && (utf8[last - 1] === SPACE || utf8[last - 1] === NUL)) last--;
    while (!leadingSpaces && first < last && utf8[first] === SPACE) first++;
    while (vr === "PN" && last > first && utf8[last - 1] === CARET) last--;
    if (next === start && behind === end && first === last) return;
    output.raw(next === start ? VALUES : COMMA);
    writeValue(utf8, first, last, vr, output);
  }
  output.raw(VALUES_END);
}

function writeValue(utf8: Uint8Array, start: number, end: number, vr: Vr, output: JsonOutput): void {
  if (start === end) return output.raw(NULL);
  if (vr === "PN") {
    output.raw(NAME);
    output.string(utf8, start, end);
    return output.raw(NAME_END);
  }
  if (vr !== "DS" && vr !== "IS") return output.string(utf8, start, end);
  if (isShortNumber(utf8, start, end)) return output.raw(utf8, start, end);
  const text = decoder.decode(utf8.subarray(start, end));
  if (isExactNumber(text)) output.number(Number(text));
  else output.string(utf8, start, end);
}

/** Whether it is a number of JSON too, without an exponent: up to 15 digits always are the same number again. */
function isShortNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const integer = bytes[start] === MINUS ? start + 1 : start;
  const point = behindDigits(bytes, integer, end);
  if (point === integer || end - integer > 15 || (bytes[integer] === ZERO && point > integer + 1)) return false;
  return point === end || (bytes[point] === POINT && point + 1 < end && behindDigits(bytes, point + 1, end) === end);
}

function behindDigits(bytes: Uint8Array, start: number, end: number): number {
  let index = start;
  while (index < end && bytes[index]! >= ZERO && bytes[index]! <= NINE) index++;
  return index;
}
