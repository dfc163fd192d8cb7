/**
 * Decimal and integer strings as numbers, without the detour over their text: nearly all of them are short.
 *
 * @module
 */

import type { EncodedValue } from "./encoded_value.ts";

const SPACE = 0x20;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;

/** Digits that a double always keeps. */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/**
 * The numbers of a value field of VR DS, or IS, where all of them are written in up to 15 digits without an exponent, and
 * without a point for IS; else undefined. They are the very numbers that their text stands for: a quotient of two integers
 * that are exact is rounded as the text would be.
 */
export function readShortNumbers({ source, start, length }: EncodedValue, vr: "DS" | "IS"): number[] | undefined {
  const end = start + length;
  let numbers: number[] | undefined;
  for (let at = start; at <= end; at++) {
    while (at < end && source[at] === SPACE) at++;
    const negative = at < end && source[at] === MINUS;
    if (negative) at++;
    let integer = 0;
    let digits = 0;
    let decimals = -1;
    for (; at < end; at++) {
      const byte = source[at]!;
      if (byte >= ZERO && byte <= NINE) {
        integer = integer * 10 + byte - ZERO;
        digits++;
        if (decimals >= 0) decimals++;
      } else if (byte === POINT && decimals < 0 && vr === "DS") decimals = 0;
      else break;
    }
    while (at < end && source[at] === SPACE) at++;
    if (digits === 0 || digits > EXACT_DIGITS || (at < end && source[at] !== BACKSLASH)) return undefined;
    const number = decimals > 0 ? integer / POWERS_OF_TEN[decimals]! : integer;
    const signed = negative && (number > 0 || vr === "DS") ? -number : number;
    if (numbers === undefined) numbers = [signed];
    else numbers.push(signed);
  }
  return numbers;
}
