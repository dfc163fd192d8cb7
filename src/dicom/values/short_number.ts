/**
 * The numbers of decimal and integer strings, without the detour over their text where that is short.
 *
 * @module
 */

import { parseDecimalString, parseIntegerString } from "./decimal.ts";

/**
 * The number that a value of VR DS is, as `parseDecimalString()` gives it.
 *
 * @throws {DataSetError} on text that is no number; an empty value is none
 */
export function decimalValue(text: string): number {
  return shortNumber(text) ?? parseDecimalString(text).value;
}

/**
 * The number that a value of VR IS is, as `parseIntegerString()` gives it.
 *
 * @throws {DataSetError} on text that is no integer; an empty value is none
 */
export function integerValue(text: string): number {
  const value = text.includes(".") ? undefined : shortNumber(text);
  return value === undefined ? parseIntegerString(text).value : value === 0 ? 0 : value;
}

/**
 * The number that is written without an exponent in up to 15 digits, which always are the same number again; undefined for
 * any other text. It is the one that `Number` makes of it, in a fraction of the time: a quotient of two integers that are
 * exact is rounded as the text would be.
 */
export function shortNumber(text: string): number | undefined {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  let digits = 0;
  let integer = 0;
  let point = text.length;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= ZERO && code <= NINE) {
      integer = integer * 10 + code - ZERO;
      digits++;
    } else if (code === POINT && point === text.length) point = index;
    else return undefined;
  }
  if (digits === 0 || digits > SURELY_EXACT_DIGITS) return undefined;
  const value = point < text.length ? integer / POWERS_OF_TEN[text.length - 1 - point]! : integer;
  return start === 1 ? -value : value;
}

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

const SURELY_EXACT_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: SURELY_EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);
