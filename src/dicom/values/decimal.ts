/**
 * Numbers that are written as text: decimal strings (VR DS) and integer strings (VR IS), PS3.5 6.2.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { trimPadding } from "./padding.ts";

/** A number as it was written and as JavaScript sees it. */
export interface NumberString {
  /** The text without padding: exact, however many digits it has. */
  readonly text: string;
  /** The nearest number; for DS it may be infinite. */
  readonly value: number;
}

/** How to read a value. */
export interface NumberStringOptions {
  /** Takes what was read although it is not right; throwing from it makes the reading strict. */
  readonly warn?: ((message: string) => void) | undefined;
}

const DS_MAX_LENGTH = 16;
const IS_MAX_LENGTH = 12;
const IS_MIN = -(2 ** 31);
const IS_MAX = 2 ** 31 - 1;

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const INTEGER_WITH_ZERO_FRACTION = /^[+-]?\d+\.0*$/;

/**
 * Reads one value of VR DS. More than 16 characters are taken with a warning.
 *
 * @throws {DataSetError} on text that is no number; an empty value is none
 */
export function parseDecimalString(text: string, options: NumberStringOptions = {}): NumberString {
  const trimmed = trimPadding(text, false);
  if (!DECIMAL.test(trimmed)) {
    throw notNumber(text, "decimal string", "digits with an optional sign, point and exponent");
  }
  warnOfLength(text, DS_MAX_LENGTH, options);
  return { text: trimmed, value: Number(trimmed) };
}

/**
 * Reads one value of VR IS. More than 12 characters, a fraction of zeros, and a value beyond 32 bits are taken with a
 * warning.
 *
 * @throws {DataSetError} on text that is no integer; an empty value is none
 */
export function parseIntegerString(text: string, options: NumberStringOptions = {}): NumberString {
  const trimmed = trimPadding(text, false);
  const whole = INTEGER_WITH_ZERO_FRACTION.test(trimmed);
  if (!whole && !INTEGER.test(trimmed)) throw notNumber(text, "integer string", "digits with an optional sign");
  const value = Number(trimmed);
  warnOfLength(text, IS_MAX_LENGTH, options);
  if (whole) options.warn?.(`${shown(text)} has a fraction, which an integer string has not`);
  if (value < IS_MIN || value > IS_MAX) options.warn?.(`${shown(text)} is not between ${IS_MIN} and ${IS_MAX}`);
  return { text: trimmed, value: value === 0 ? 0 : value };
}

/**
 * Whether the number that JavaScript makes of the text is written with the same decimal value again: whether nothing is
 * lost when the text becomes a JSON number.
 */
export function isExactNumber(text: string): boolean {
  const exact = decimalDigits(trimPadding(text, false));
  const value = Number(trimPadding(text, false));
  const written = Number.isFinite(value) ? decimalDigits(String(value)) : undefined;
  return exact !== undefined && written !== undefined && exact.digits === written.digits &&
    exact.exponent === written.exponent && exact.negative === written.negative;
}

/** A decimal number as digits times a power of ten, in the one form without zeros at either end. */
function decimalDigits(text: string): { digits: string; exponent: number; negative: boolean } | undefined {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  if (!DECIMAL.test(text)) return undefined;
  const [whole = "", fraction = ""] = mantissa.replace(/^[+-]/, "").split(".");
  const padded = (whole + fraction).replace(/^0+/, "");
  const digits = withoutTrailingZeros(padded);
  if (digits === "") return { digits, exponent: 0, negative: false };
  return {
    digits,
    exponent: Number(exponent) - fraction.length + padded.length - digits.length,
    negative: mantissa.startsWith("-"),
  };
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}

/**
 * Writes a number as a value of VR DS: as JavaScript writes it if that fits into 16 characters, else with as many digits
 * as do fit.
 *
 * @throws {DataSetError} on a number that is not finite
 */
export function formatDecimalString(value: number): string {
  if (!Number.isFinite(value)) {
    throw new DataSetError(`Cannot format ${value} as a decimal string: it is not finite`, {
      expected: "a finite number",
    });
  }
  let text = written(value);
  for (let digits = 16; text.length > DS_MAX_LENGTH || !Number.isFinite(Number(text)); digits--) {
    text = written(Number(value.toPrecision(digits)));
  }
  return text;
}

/** As JavaScript writes the number, or with an exponent if that is too long. */
function written(value: number): string {
  const text = String(value);
  return (text.length <= DS_MAX_LENGTH ? text : value.toExponential()).replace("e+", "e");
}

/**
 * Writes a number as a value of VR IS.
 *
 * @throws {DataSetError} on a number that is no integer between -2^31 and 2^31 - 1
 */
export function formatIntegerString(value: number): string {
  if (!Number.isInteger(value) || value < IS_MIN || value > IS_MAX) {
    throw new DataSetError(`Cannot format ${value} as an integer string: it is not in its range`, {
      expected: `an integer between ${IS_MIN} and ${IS_MAX}`,
    });
  }
  return String(value);
}

/**
 * A value of VR DS or IS that is too long in as many characters as it may have, which is the nearest number; as it is when it
 * is not too long.
 *
 * @throws {DataSetError} on one that is too long and no such number
 */
export function shortened(text: string, vr: "DS" | "IS"): string {
  const trimmed = trimPadding(text, false);
  if (trimmed.length <= (vr === "DS" ? DS_MAX_LENGTH : IS_MAX_LENGTH)) return text;
  return vr === "DS"
    ? formatDecimalString(parseDecimalString(trimmed).value)
    : formatIntegerString(parseIntegerString(trimmed).value);
}

function warnOfLength(text: string, maximum: number, options: NumberStringOptions): void {
  if (text.length > maximum) options.warn?.(`${shown(text)} has ${text.length} characters, more than ${maximum}`);
}

function notNumber(text: string, what: string, expected: string): DataSetError {
  return new DataSetError(`Cannot read ${shown(text)} as ${what === "integer string" ? "an" : "a"} ${what}`, {
    expected,
  });
}

/** The text as messages show it, shortened. */
function shown(text: string): string {
  return JSON.stringify(text.length > 32 ? `${text.slice(0, 32)}…` : text);
}
