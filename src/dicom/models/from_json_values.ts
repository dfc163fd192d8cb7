/**
 * Reads single values of the DICOM JSON model.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { OnWarning } from "../data_set/element_text.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { formatDecimalString, shortened } from "../values/decimal.ts";
import { type Vr, vrDefinition } from "../vr.ts";
import { fromBase64 } from "./base64.ts";
import { NAME_GROUPS, withoutEnd } from "./person_names.ts";

/** A tag as the model has it. */
export const TAG: RegExp = /^[0-9A-Fa-f]{8}$/;

/** What is not finite has no number in JSON. */
const NOT_FINITE: Readonly<Record<string, number>> = { NaN: NaN, inf: Infinity, "-inf": -Infinity };

/** The text of a value. A DS or IS that is too long becomes the nearest number, with a warning. Throws `DataSetError`. */
export function toText(value: unknown, vr: Vr, path: string, warn: OnWarning): string {
  if (value === null) return "";
  if (vr === "PN" && typeof value === "object" && !Array.isArray(value)) {
    return toName(value as Readonly<Record<string, unknown>>, path);
  }
  if (vr === "DS" || vr === "IS") {
    if (typeof value === "number") return vr === "DS" ? formatDecimalString(value) : shortened(String(value), vr);
    if (typeof value === "string") return value.split("\\").map((one) => toShort(one, vr, path, warn)).join("\\");
  }
  if (typeof value === "string") return value;
  throw wrong(path, `one of its values is ${kindOf(value)}`, vr === "PN" ? "an object of name groups" : "a string");
}

function toName(value: Readonly<Record<string, unknown>>, path: string): string {
  const groups = NAME_GROUPS.map((group) => value[group] ?? "");
  const other = groups.find((group) => typeof group !== "string");
  if (other !== undefined) throw wrong(path, `a group of its name is ${kindOf(other)}`, "a string");
  return withoutEnd(groups.join("="), "=");
}

function toShort(text: string, vr: "DS" | "IS", path: string, warn: OnWarning): string {
  const short = shortened(text, vr);
  if (short !== text) warn(wrong(path, `the number has ${text.length} characters`, `no more than ${vr} has room for`));
  return short;
}

/** The number of a value. Throws `DataSetError`. */
export function toNumber(value: unknown, vr: Vr, path: string): number | bigint {
  if (vr === "AT" && typeof value === "string" && TAG.test(value)) return parseInt(value, 16);
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) {
    return vr === "SV" || vr === "UV" ? BigInt(value) : Number(value);
  }
  if (typeof value === "string" && (vr === "FL" || vr === "FD")) {
    if (Object.hasOwn(NOT_FINITE, value)) return NOT_FINITE[value]!;
    const number = value.trim() === "" ? NaN : Number(value);
    if (!Number.isNaN(number)) return number;
  }
  throw wrong(path, `one of its values is ${kindOf(value)}`, vr === "AT" ? "8 hexadecimal digits" : "a number");
}

/** The value field that stands in Base64, of even length; for a VR that is text, its text. Throws `DataSetError`. */
export function inlineBinary(base64: unknown, vr: Vr, path: string): Uint8Array | string {
  if (typeof base64 !== "string") throw wrong(path, `its InlineBinary is ${kindOf(base64)}`, "Base64");
  const bytes = decoded(base64, path);
  const { kind, size, unit, padding } = vrDefinition(vr);
  if (kind === "text") return textOf(bytes, path);
  // Bytes and words are padded; half a number is none.
  const step = kind === "bytes" && unit <= 2 ? 1 : size;
  if (bytes.length % step !== 0) {
    throw wrong(path, `its InlineBinary has ${bytes.length} bytes`, `a multiple of ${size} bytes`);
  }
  return bytes.length % 2 === 0 ? bytes : concatenate([bytes, Uint8Array.of(padding)]);
}

function decoded(base64: string, path: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch {
    throw wrong(path, "its InlineBinary is no Base64", "Base64 (RFC 4648)");
  }
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrong(path, "its InlineBinary is text, but not in UTF-8", "UTF-8");
  }
}

/** The error for what stands at a path: tags with the index of an item between them. */
export function wrong(path: string, problem: string, expected: string): DataSetError {
  const digits = /([0-9A-Fa-f]{8})$/.exec(path)?.[1];
  return new DataSetError(
    `Cannot read the JSON model${path === "" ? "" : ` at ${path}`}: ${problem}, expected ${expected}`,
    { path, expected, ...(digits === undefined ? {} : { tag: parseInt(digits, 16) }) },
  );
}

/** What kind of value it is: the value itself may be a patient's, and messages are logged. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "missing";
  if (typeof value === "string") return value === "" ? "an empty string" : "a string";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
