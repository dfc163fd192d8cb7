/**
 * Values as users give them to the bytes of a value field (PS3.5 6.2 and 6.4).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { type CharacterSet, characterSet } from "../charsets/character_set.ts";
import { type Vr, vrDefinition } from "../vr.ts";
import { type BinaryValues, HOST_LITTLE_ENDIAN } from "./binary_values.ts";
import {
  type DicomDate,
  type DicomDateTime,
  type DicomTime,
  formatDate,
  formatDateTime,
  formatTime,
} from "./date_time.ts";
import { formatDecimalString, formatIntegerString } from "./decimal.ts";
import { formatPersonName, type PersonNameParts } from "./person_name.ts";
import { checkText } from "./text_rules.ts";
import { isInCharacterSet } from "./text_values.ts";

/** One value that may be given for an attribute. */
export type GivenValue = string | number | bigint | PersonNameParts | DicomDate | DicomTime | DicomDateTime;

/** A value field. */
export interface EncodedValue {
  /** Of even length. */
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
}

type ArrayConstructor = new (length: number) => BinaryValues;

interface NumberRule {
  readonly array: ArrayConstructor;
  /** The first and the last integer; absent for floating point. */
  readonly range?: readonly [number, number] | readonly [bigint, bigint];
}

const NUMBERS: Partial<Record<Vr, NumberRule>> = {
  AT: { array: Uint32Array, range: [0, 0xffff_ffff] },
  FD: { array: Float64Array },
  FL: { array: Float32Array },
  OB: { array: Uint8Array, range: [0, 0xff] },
  OD: { array: Float64Array },
  OF: { array: Float32Array },
  OL: { array: Uint32Array, range: [0, 0xffff_ffff] },
  OV: { array: BigUint64Array, range: [0n, 0xffff_ffff_ffff_ffffn] },
  OW: { array: Uint16Array, range: [0, 0xffff] },
  SL: { array: Int32Array, range: [-0x8000_0000, 0x7fff_ffff] },
  SS: { array: Int16Array, range: [-0x8000, 0x7fff] },
  SV: { array: BigInt64Array, range: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn] },
  UL: { array: Uint32Array, range: [0, 0xffff_ffff] },
  UN: { array: Uint8Array, range: [0, 0xff] },
  US: { array: Uint16Array, range: [0, 0xffff] },
  UV: { array: BigUint64Array, range: [0n, 0xffff_ffff_ffff_ffffn] },
};

/** VRs of one value that is a string of bytes or words, for which their encoded bytes may be given. */
const STRINGS_OF_BYTES: ReadonlySet<Vr> = new Set<Vr>(["OB", "OD", "OF", "OL", "OV", "OW", "UN"]);

const DEFAULT_REPERTOIRE = characterSet();

/** The text of values of a VR that is text, checked. A backslash in a value parts values where the VR has several. */
export function formatText(values: readonly GivenValue[], vr: Vr): string {
  const texts = values.map((value) => formatOne(value, vr));
  if (!vrDefinition(vr).delimited) {
    if (texts.length > 1) throw wrong(`${texts.length} values`, vr, "one value");
    for (const text of texts) checkText(text.trimEnd(), vr);
    return texts.join("");
  }
  const text = texts.join("\\");
  for (const value of text.split("\\")) checkText(value.trim(), vr);
  return text;
}

/** Encodes the text of a value field. Throws `DataSetError` on a character that the repertoire doesn't have. */
export function encodeText(text: string, vr: Vr, characterSet: CharacterSet): EncodedValue {
  const bytes = isInCharacterSet(vr) ? characterSet.encode(text, vr) : DEFAULT_REPERTOIRE.encode(text);
  return { bytes: padded(bytes, vr), littleEndian: true };
}

/** What may be given where it isn't a text. */
const FORMS: Partial<Record<Vr, string>> = {
  DA: "a text, or an object with year, month and day",
  DS: "a text or a number",
  DT: "a text, or an object with year and what follows it",
  IS: "a text or a number",
  PN: "a text, or an object with the parts of a name",
  TM: "a text, or an object with hour and what follows it",
};

function formatOne(value: GivenValue, vr: Vr): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") {
    if (vr === "DS") return formatDecimalString(value);
    if (vr === "IS") return formatIntegerString(value);
  } else if (typeof value === "object") {
    if (vr === "PN") return formatPersonName(value as PersonNameParts);
    if (vr === "DA" && "day" in value) return formatDate(value as DicomDate);
    if (vr === "TM" && "hour" in value) return formatTime(value as DicomTime);
    if (vr === "DT" && "year" in value) return formatDateTime(value);
  }
  throw wrong(
    typeof value === "object" ? "an object" : `the ${typeof value} ${value}`,
    vr,
    FORMS[vr] ?? "text, in quotation marks",
  );
}

/**
 * Encodes numbers. A typed array of the VR's own kind is taken as it is, without a copy; bytes given for a VR that is a
 * string of words are those of little endian words. Throws `DataSetError` for what the VR cannot hold.
 */
export function encodeNumbers(given: ArrayLike<unknown>, vr: Vr): EncodedValue {
  const rule = NUMBERS[vr]!;
  const { size } = vrDefinition(vr);
  if (given instanceof Uint8Array && STRINGS_OF_BYTES.has(vr)) {
    if (given.length % size !== 0) throw wrong(`${given.length} bytes`, vr, `a multiple of ${size} bytes`);
    return { bytes: padded(given, vr), littleEndian: true };
  }
  const values = given instanceof rule.array && vr !== "AT" ? given : checkedNumbers(given, vr, rule);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { bytes: padded(bytes, vr), littleEndian: HOST_LITTLE_ENDIAN };
}

function checkedNumbers(given: ArrayLike<unknown>, vr: Vr, { array, range }: NumberRule): BinaryValues {
  const values = new array(given.length);
  const big = typeof range?.[0] === "bigint";
  for (let index = 0; index < given.length; index++) {
    let value = given[index];
    if (big && Number.isSafeInteger(value)) value = BigInt(value as number);
    const right = big ? typeof value === "bigint" : typeof value === "number";
    if (!right) throw wrong(shown(value), vr, big ? "integers" : "numbers");
    const number = value as number;
    if (range !== undefined && !(number >= range[0] && number <= range[1] && (big || Number.isInteger(number)))) {
      throw wrong(shown(value), vr, `integers from ${range[0]} to ${range[1]}`);
    }
    if (array === Float32Array && Number.isFinite(number) && !Number.isFinite(Math.fround(number))) {
      throw wrong(shown(value), vr, "numbers that 32 bits can hold");
    }
    values[index] = vr === "AT" && HOST_LITTLE_ENDIAN ? number << 16 | number >>> 16 : number;
  }
  return values;
}

function padded(bytes: Uint8Array, vr: Vr): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = vrDefinition(vr).padding;
  return even;
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : String(value);
}

function wrong(found: string, vr: Vr, expected: string): DataSetError {
  return new DataSetError(`Cannot write ${found} as ${vr}: expected ${expected}`, { expected });
}
