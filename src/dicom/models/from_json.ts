/**
 * A data set from the DICOM JSON model (PS3.18 Annex F).
 *
 * @module
 */

import { DataSetError, LimitError } from "../../errors.ts";
import { characterSet } from "../charsets/character_set.ts";
import { declaration } from "../data_set/character_set_conversion.ts";
import { ReferencedElement, SequenceElement, ValueElement, type ValueReference } from "../data_set/data_element.ts";
import { DataSet } from "../data_set/data_set.ts";
import { concatenate } from "../encoding/chunk_cursor.ts";
import { elementOf, parseTag } from "../tag.ts";
import { encodeNumbers, encodeText } from "../values/encode_value.ts";
import { isVr, type Vr, vrDefinition } from "../vr.ts";
import { fromBase64 } from "./base64.ts";
import type { JsonPersonName } from "./json_model.ts";

/** How to read. */
export interface FromJsonOptions {
  /** Where the bulk data of a URI is. Without it a data set with bulk data is refused. */
  readonly bulkData?: (uri: string) => ValueReference;
  /** Deepest nesting of sequences; default 64. */
  readonly maximumDepth?: number;
}

/**
 * Reads a parsed JSON object. Text is encoded in UTF-8, and declared so where it has to be; what it says is kept as it is,
 * whether or not its VR allows it. Throws `DataSetError` with the path of what is wrong, `LimitError` for deeper nesting.
 */
export function fromJson(json: unknown, options: FromJsonOptions = {}): DataSet {
  return new JsonReader(options).read(json, "", 0, undefined);
}

const SPECIFIC_CHARACTER_SET = 0x0008_0005;
const UTF_8 = characterSet(["ISO_IR 192"]);
const NOT_ASCII = /[^\0-\x7f]/;
const DEFAULT_MAXIMUM_DEPTH = 64;
const TAG = /^[0-9A-Fa-f]{8}$/;

/** What is not finite has no number in JSON. */
const NOT_FINITE: Readonly<Record<string, number>> = { NaN: NaN, inf: Infinity, "-inf": -Infinity };

class JsonReader {
  readonly #options: FromJsonOptions;
  #needsUtf8 = false;

  constructor(options: FromJsonOptions) {
    this.#options = options;
  }

  read(json: unknown, path: string, depth: number, parent: DataSet | undefined): DataSet {
    const { maximumDepth = DEFAULT_MAXIMUM_DEPTH } = this.#options;
    if (depth > maximumDepth) {
      throw new LimitError(`Cannot read ${path}: nested deeper than ${maximumDepth} sequences`, {
        limit: "maximumDepth",
        maximum: maximumDepth,
      });
    }
    const dataSet = new DataSet(undefined, { parent });
    for (const [name, attribute] of Object.entries(object(json, path === "" ? "the data set" : path, path))) {
      const at = path === "" ? name : `${path}.${name}`;
      const tag = TAG.test(name) ? parseInt(name, 16) : parseTag(name);
      if (tag === undefined) throw wrong(at, `${JSON.stringify(name.slice(0, 40))} is no tag`, "8 hexadecimal digits");
      // All text is Unicode, whatever it was before; the outermost data set says so for all.
      if (tag === SPECIFIC_CHARACTER_SET) this.#needsUtf8 ||= depth === 0;
      else if (elementOf(tag) !== 0) this.#readAttribute(dataSet, tag, object(attribute, at, at), at, depth);
    }
    if (depth === 0 && this.#needsUtf8) dataSet.setElement(declaration(UTF_8));
    return dataSet;
  }

  #readAttribute(
    dataSet: DataSet,
    tag: number,
    attribute: Readonly<Record<string, unknown>>,
    path: string,
    depth: number,
  ): void {
    const { vr, Value, InlineBinary, BulkDataURI } = attribute;
    if (typeof vr !== "string" || !isVr(vr)) throw wrong(path, `its vr is ${shown(vr)}`, "one of the VRs of PS3.5");
    const forms = [Value, InlineBinary, BulkDataURI].filter((form) => form !== undefined).length;
    if (forms > 1) throw wrong(path, "it has several values", "at most one of Value, InlineBinary and BulkDataURI");
    if (BulkDataURI !== undefined) dataSet.setElement(this.#refer(tag, vr, BulkDataURI, path));
    else if (InlineBinary !== undefined) dataSet.setElement(readInline(tag, vr, InlineBinary, path));
    else if (vr === "SQ") {
      const items = list(Value, path).map((item, index) =>
        this.read(item ?? {}, `${path}[${index}]`, depth + 1, dataSet)
      );
      dataSet.setElement(new SequenceElement(tag, items));
    } else dataSet.setElement(this.#readValues(tag, vr, list(Value, path), path));
  }

  #refer(tag: number, vr: Vr, uri: unknown, path: string): ReferencedElement {
    const { bulkData } = this.#options;
    if (typeof uri !== "string") throw wrong(path, `its BulkDataURI is ${shown(uri)}`, "a URI");
    if (bulkData === undefined) throw wrong(path, "it is bulk data", "the option bulkData, which finds it");
    return new ReferencedElement(tag, vr, bulkData(uri));
  }

  #readValues(tag: number, vr: Vr, values: readonly unknown[], path: string): ValueElement {
    try {
      if (vrDefinition(vr).kind === "text") {
        const text = values.map((value) => toText(value, vr, path)).join("\\");
        this.#needsUtf8 ||= NOT_ASCII.test(text);
        return new ValueElement(tag, vr, encodeText(text, vr, UTF_8).bytes);
      }
      const { bytes, littleEndian } = encodeNumbers(values.map((value) => toNumber(value, vr, path)), vr);
      return new ValueElement(tag, vr, bytes, { littleEndian });
    } catch (cause) {
      if (!(cause instanceof DataSetError) || cause.path !== undefined) throw cause;
      throw wrong(path, cause.message.replace(/^C/, "c"), cause.expected ?? `values of VR ${vr}`);
    }
  }
}

function readInline(tag: number, vr: Vr, text: unknown, path: string): ValueElement {
  if (typeof text !== "string") throw wrong(path, `its InlineBinary is ${shown(text)}`, "Base64");
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(text);
  } catch {
    throw wrong(path, "its InlineBinary is no Base64", "Base64 (RFC 4648)");
  }
  if (bytes.length % 2 === 1) bytes = concatenate([bytes, Uint8Array.of(vrDefinition(vr).padding)]);
  return new ValueElement(tag, vr, bytes);
}

function toText(value: unknown, vr: Vr, path: string): string {
  if (value === null) return "";
  if (vr === "PN" && typeof value === "object") {
    const { Alphabetic, Ideographic, Phonetic } = value as { readonly [Group in keyof JsonPersonName]: unknown };
    const groups = [Alphabetic, Ideographic, Phonetic].map((group) => group ?? "");
    const other = groups.find((group) => typeof group !== "string");
    if (other !== undefined) throw wrong(path, `a group of its name is ${shown(other)}`, "a string");
    return groups.join("=").replace(/=+$/, "");
  }
  if (typeof value === "string" || (typeof value === "number" && (vr === "DS" || vr === "IS"))) return String(value);
  throw wrong(path, `it has the value ${shown(value)}`, vr === "PN" ? "an object of name groups" : "a string");
}

function toNumber(value: unknown, vr: Vr, path: string): number | bigint {
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
  throw wrong(path, `it has the value ${shown(value)}`, vr === "AT" ? "8 hexadecimal digits" : "a number");
}

function object(value: unknown, what: string, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(path, `${what} is ${shown(value)}`, "an object");
}

function list(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw wrong(path, `its Value is ${shown(value)}`, "a list");
}

function wrong(path: string, problem: string, expected: string): DataSetError {
  const tag = parseTagOf(path);
  return new DataSetError(
    `Cannot read the JSON model${path === "" ? "" : ` at ${path}`}: ${problem}, expected ${expected}`,
    {
      path,
      expected,
      ...(tag !== undefined && { tag }),
    },
  );
}

function parseTagOf(path: string): number | undefined {
  const last = /([0-9A-Fa-f]{8})$/.exec(path)?.[1];
  return last === undefined ? undefined : parseInt(last, 16);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
