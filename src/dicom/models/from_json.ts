/**
 * A data set from the DICOM JSON model (PS3.18 Annex F).
 *
 * @module
 */

import { DataSetError, LimitError } from "../../errors.ts";
import { declarable, declaration } from "../data_set/specific_character_set.ts";
import { ReferencedElement, SequenceElement, ValueElement, type ValueReference } from "../data_set/data_element.ts";
import { DataSet } from "../data_set/data_set.ts";
import type { OnWarning } from "../data_set/element_text.ts";
import { parseTag } from "../dictionary.ts";
import { elementOf, groupOf } from "../tag.ts";
import { encodeNumbers, encodeText } from "../values/encode_value.ts";
import { isVr, type Vr, vrDefinition } from "../vr.ts";
import { inlineBinary, kindOf, TAG, toNumber, toText, wrong } from "./from_json_values.ts";
import { firstWarnings } from "./model_warnings.ts";

/** How to read. */
export interface FromJsonOptions {
  /** Where the bulk data of a URI is. Without it a data set with bulk data is refused. */
  readonly bulkData?: (uri: string) => ValueReference;
  /** Deepest nesting of sequences; default 64. */
  readonly maxDepth?: number;
  /**
   * Called for attributes that are left out because they can't be read, and for numbers that had to be shortened, at
   * most a hundred times. Without it the first attribute that can't be read throws an error.
   */
  readonly onWarning?: ((warning: DataSetError) => void) | undefined;
}

/**
 * Reads a parsed JSON object. Text is encoded in UTF-8, and declared so where it has to be; what it says is kept as it is,
 * whether or not its VR allows it, but a DS or IS that is too long is shortened to the nearest number. Groups 0000 and 0002,
 * which are no part of a data set (PS3.5 7.1), are left out with a warning, group lengths without one.
 *
 * Throws `DataSetError` with the path of a wrong attribute. With `onWarning`, calls it instead and leaves out only this
 * attribute. Throws `LimitError` for deeper nesting.
 */
export function fromJson(json: unknown, options: FromJsonOptions = {}): DataSet {
  const reading = new JsonReader(options).read(json, "", 0, undefined);
  for (let next = reading.next();; next = reading.next()) if (next.done === true) return next.value;
}

/** To be asked at each step of long work, and waited for where it gives a promise. */
export type BetweenSteps = () => Promise<void> | undefined;

/** Reads as `fromJson()` does, and waits in between for `pause`, so that others have their turn. */
export async function fromJsonInSteps(
  json: unknown,
  options: FromJsonOptions,
  pause: BetweenSteps,
): Promise<DataSet> {
  const reading = new JsonReader(options).read(json, "", 0, undefined);
  for (let next = reading.next();; next = reading.next()) {
    if (next.done === true) return next.value;
    await pause();
  }
}

/** Attributes that are read in a step. */
const AT_A_TIME = 128;

const SPECIFIC_CHARACTER_SET = 0x0008_0005;
const UTF_8 = declarable("ISO_IR 192");
const NOT_ASCII = /[^\0-\x7f]/;
const DEFAULT_MAXIMUM_DEPTH = 64;
/** Characters of the name of an attribute that messages show; no keyword has more. */
const LONGEST_NAME = 64;

/** Groups of the command set and of the meta information. */
const GROUPS_APART: readonly number[] = [0x0000, 0x0002];

type JsonObject = Readonly<Record<string, unknown>>;

class JsonReader {
  readonly #options: FromJsonOptions;
  readonly #warn: OnWarning;
  #needsUtf8 = false;
  #attributes = 0;

  constructor(options: FromJsonOptions) {
    this.#options = options;
    this.#warn = firstWarnings(options.onWarning);
  }

  /** Yields after so many attributes, and returns what it has read. */
  *read(json: unknown, path: string, depth: number, parent: DataSet | undefined): Generator<void, DataSet, void> {
    const { maxDepth = DEFAULT_MAXIMUM_DEPTH } = this.#options;
    if (depth > maxDepth) {
      throw new LimitError(`Cannot read ${path}: nested deeper than ${maxDepth} sequences`, {
        limit: "maxDepth",
        maximum: maxDepth,
      });
    }
    const dataSet = new DataSet(undefined, { parent });
    for (const [name, attribute] of Object.entries(object(json, path === "" ? "the data set" : path, path))) {
      const short = name.slice(0, LONGEST_NAME);
      const at = path === "" ? short : `${path}.${short}`;
      if (++this.#attributes % AT_A_TIME === 0) yield;
      try {
        const items = this.#readNamed(dataSet, name, attribute, at, depth);
        if (items !== undefined) yield* items;
      } catch (error) {
        if (!(error instanceof DataSetError) || this.#options.onWarning === undefined) throw error;
        this.#warn(error);
      }
    }
    if (depth === 0 && this.#needsUtf8) dataSet.setElement(declaration(UTF_8));
    return dataSet;
  }

  /** Reads an attribute; of a sequence it gives what reads its items. */
  #readNamed(
    dataSet: DataSet,
    name: string,
    attribute: unknown,
    path: string,
    depth: number,
  ): Generator<void, void, void> | undefined {
    const tag = TAG.test(name) ? parseInt(name, 16) : parseTag(name);
    if (tag === undefined) throw wrong(path, `${JSON.stringify(name.slice(0, 40))} is no tag`, "8 hexadecimal digits");
    if (GROUPS_APART.includes(groupOf(tag))) {
      this.#warn(wrong(path, "it is no part of a data set", "no group 0000 or 0002"));
      return undefined;
    }
    // All text is Unicode, whatever it was before; the outermost data set says so for all.
    if (tag === SPECIFIC_CHARACTER_SET) this.#needsUtf8 ||= depth === 0;
    else if (elementOf(tag) !== 0) return this.#readAttribute(dataSet, tag, object(attribute, path, path), path, depth);
    return undefined;
  }

  #readAttribute(
    dataSet: DataSet,
    tag: number,
    attribute: JsonObject,
    path: string,
    depth: number,
  ): Generator<void, void, void> | undefined {
    const { vr, Value, InlineBinary, BulkDataURI } = attribute;
    if (typeof vr !== "string" || !isVr(vr)) {
      const found = typeof vr === "string" && vr.length === 2 ? JSON.stringify(vr) : kindOf(vr);
      throw wrong(path, `its vr is ${found}`, "one of the VRs of PS3.5");
    }
    const forms = [Value, InlineBinary, BulkDataURI].filter((form) => form !== undefined).length;
    if (forms > 1) throw wrong(path, "it has several values", "at most one of Value, InlineBinary and BulkDataURI");
    if (vr === "SQ") {
      if (InlineBinary !== undefined || BulkDataURI !== undefined) {
        throw wrong(path, "it is a sequence without items", "its items as Value");
      }
      return this.#readItems(dataSet, tag, list(Value, path), path, depth);
    } else if (BulkDataURI !== undefined) dataSet.setElement(this.#refer(tag, vr, BulkDataURI, path));
    else if (InlineBinary !== undefined) dataSet.setElement(this.#readInline(tag, vr, InlineBinary, path));
    else dataSet.setElement(this.#readValues(tag, vr, list(Value, path), path));
    return undefined;
  }

  *#readItems(
    dataSet: DataSet,
    tag: number,
    written: readonly unknown[],
    path: string,
    depth: number,
  ): Generator<void, void, void> {
    const items: DataSet[] = [];
    for (const [index, item] of written.entries()) {
      items.push(yield* this.read(item ?? {}, `${path}[${index}]`, depth + 1, dataSet));
    }
    dataSet.setElement(new SequenceElement(tag, items));
  }

  #refer(tag: number, vr: Vr, uri: unknown, path: string): ReferencedElement {
    const { bulkData } = this.#options;
    if (typeof uri !== "string") throw wrong(path, `its BulkDataURI is ${kindOf(uri)}`, "a URI");
    if (bulkData === undefined) throw wrong(path, "it is bulk data", "the option bulkData, which finds it");
    return new ReferencedElement(tag, vr, bulkData(uri));
  }

  /** Text in Base64 is in UTF-8, as all other text is. */
  #readInline(tag: number, vr: Vr, text: unknown, path: string): ValueElement {
    const bytes = inlineBinary(text, vr, path);
    return typeof bytes === "string"
      ? this.#readValues(tag, vr, bytes === "" ? [] : [bytes], path)
      : new ValueElement(tag, vr, bytes);
  }

  #readValues(tag: number, vr: Vr, values: readonly unknown[], path: string): ValueElement {
    try {
      if (vrDefinition(vr).kind === "text") {
        const text = values.map((value) => toText(value, vr, path, this.#warn)).join("\\");
        const { bytes } = encodeText(text, vr, UTF_8);
        this.#needsUtf8 ||= NOT_ASCII.test(text);
        return new ValueElement(tag, vr, bytes);
      }
      const { bytes, littleEndian } = encodeNumbers(values.map((value) => toNumber(value, vr, path)), vr);
      return new ValueElement(tag, vr, bytes, { littleEndian });
    } catch (cause) {
      if (!(cause instanceof DataSetError) || cause.path !== undefined) throw cause;
      throw wrong(path, cause.message.replace(/^C/, "c"), cause.expected ?? `values of VR ${vr}`);
    }
  }
}

function object(value: unknown, what: string, path: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw wrong(path, `${what} is ${kindOf(value)}`, "an object");
}

function list(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw wrong(path, `its Value is ${kindOf(value)}`, "a list");
}
