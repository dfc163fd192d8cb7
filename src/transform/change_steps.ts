/**
 * Changes as data: the steps that a route has, as they stand in a configuration.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { type AnyChange, type Change, toChange } from "./change.ts";
import { type CsvColumns, parseCsvMap } from "./csv.ts";
import { copyAttributes, fillTemplates, removeAttributes, type SetTo, setValues } from "./steps/attributes.ts";
import { convertCharacterSet, dropPrivate, mapUids, replaceAeTitles } from "./steps/everywhere.ts";
import { compressPixels, decompressPixels } from "./steps/transfer_syntaxes.ts";
import { type IssuerPrefixOptions, type MapOptions, mapValues, prefixIssuer } from "./steps/values.ts";

/** Where the values of `map` come from: a table in the configuration, or a file of CSV. */
export type MapStep =
  & MapOptions
  & ({ readonly table: Readonly<Record<string, string>> } | CsvColumns & { readonly csv: string });

/** What the steps of Gantry take. */
export interface StepOptions {
  /** Values by the paths of attributes. */
  readonly set: Readonly<Record<string, SetTo>>;
  /** Paths of attributes or items. */
  readonly remove: string | readonly string[];
  /** The paths of sources by those of attributes that are to be the same. */
  readonly copy: Readonly<Record<string, string>>;
  /** Templates by the paths of attributes. */
  readonly template: Readonly<Record<string, string>>;
  /** An attribute that is looked up in a table. */
  readonly map: MapStep;
  /** An issuer whose name is put before an identifier. */
  readonly prefixIssuer: IssuerPrefixOptions;
  /** The key under which UIDs are given others. */
  readonly mapUids: { readonly key: string };
  /** New AE titles by those that they replace. */
  readonly aeTitles: Readonly<Record<string, string>>;
  /** Defined terms of the character set to convert to. */
  readonly characterSet: string | readonly string[];
  /** `true`, or the creators whose private attributes stay. */
  readonly dropPrivate: true | { readonly keep: readonly string[] };
  /** Keyword or UID of the transfer syntax to compress pixel data into. */
  readonly compress: string;
  /** `true` to decompress only compressed pixel data, or the keyword or UID of the transfer syntax that every instance gets. */
  readonly decompress: true | string;
}

/** A step of Gantry: an object with one key. */
export type KnownStep = { [Name in keyof StepOptions]: Pick<StepOptions, Name> }[keyof StepOptions];

/** A step as it stands in a configuration, of Gantry or of the integrator's own kinds. */
export type ChangeStep = KnownStep | Readonly<Record<string, unknown>>;

/** Makes a change of the options of a step. Throws for options that are not right. */
export type StepKind = (options: never) => AnyChange;

/** What steps may need that is not in them. */
export interface CompileOptions {
  /** Kinds of steps beside those of Gantry, such as `deidentify`, by their names. */
  readonly kinds?: Readonly<Record<string, StepKind>>;
  /** Gives the text of a file that a step names; without it such a step is an error. */
  readonly readText?: ((path: string) => string) | undefined;
  /** The facts that templates may name. Default: all that the caller gives with an instance. */
  readonly facts?: readonly string[] | undefined;
  /** UIDs of transfer syntaxes that pixel data can be compressed into, without loss. Default: none. */
  readonly encodable?: readonly string[] | undefined;
}

/** A step that can't be used. */
export class ChangeStepError extends SyntaxError {
  /** Name of the class. */
  override readonly name = "ChangeStepError";
  /** Which step: its index and, where it has one, its name. */
  readonly path: readonly [index: number] | readonly [index: number, name: string];
  /** What was found there. */
  readonly found: string;
  /** What was expected. */
  readonly expected: string;

  /** An error that names the step. */
  constructor(
    path: readonly [index: number] | readonly [index: number, name: string],
    detail: { readonly found: string; readonly expected: string; readonly cause?: unknown },
  ) {
    const [index, name = ""] = path;
    const { found, expected, cause } = detail;
    const place = `change[${index}]${name === "" ? "" : `.${name}`}`;
    super(`Cannot understand ${place}: found ${found}, expected ${expected}`, { cause });
    this.path = path;
    this.found = found;
    this.expected = expected;
  }
}

/**
 * Makes changes of steps, in their order. Throws `ChangeStepError` that names the step, such as `change[2].set`, for one that
 * is unknown or has options that are not right.
 *
 * @example
 * ```ts
 * import { compileChanges } from "@gantry/dicom/transform";
 *
 * const changes = compileChanges([
 *   { prefixIssuer: { issuer: "NORTH" } },
 *   { set: { InstitutionName: "North Hospital", '(0009,"ACME 1.1",01)': { vr: "LO", value: "routed" } } },
 *   { remove: ["PatientComments", "RequestAttributesSequence[*].ScheduledProcedureStepDescription"] },
 * ]);
 * ```
 */
export function compileChanges(steps: readonly ChangeStep[], options: CompileOptions = {}): readonly Change[] {
  return steps.map((step, index) => {
    const entries = typeof step === "object" && step !== null ? Object.entries(step) : [];
    const [name = "", given] = entries[0] ?? [];
    if (entries.length !== 1) {
      const found = entries.length === 0 ? "none" : `${entries.length} keys`;
      throw new ChangeStepError([index], { found, expected: "an object with one key" });
    }
    const kind = kindOf(name, options);
    if (kind === undefined) {
      const expected = `one of ${[...Object.keys(KINDS), ...Object.keys(options.kinds ?? {})].join(", ")}`;
      throw new ChangeStepError([index, name], { found: "no step of this name", expected });
    }
    try {
      return toChange(kind(given as never));
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError)) throw error;
      throw new ChangeStepError([index, name], { ...foundIn(error), cause: error });
    }
  });
}

/** What an error of the form "Cannot X: found Y, expected Z" says, where X may say it all. */
function foundIn(error: Error): { readonly found: string; readonly expected: string } {
  const [, work = "be used", rest = error.message] = /^Cannot ([^:]*): (.*)$/s.exec(error.message) ?? [];
  const [, problem = "", said] = /^(.*?)(?:(?:^|, )expected (.*))?$/s.exec(rest) ?? [];
  const expected = said ?? (error instanceof DataSetError ? error.expected : undefined) ?? "options that are right";
  if (problem.startsWith("found ")) return { found: problem.slice("found ".length), expected };
  return { found: `a step that cannot ${work}${problem === "" ? "" : ` (${problem})`}`, expected };
}

function kindOf(name: string, { kinds = {}, ...options }: CompileOptions): StepKind | undefined {
  if (Object.hasOwn(kinds, name)) return kinds[name];
  if (!Object.hasOwn(KINDS, name)) return undefined;
  return (given: unknown) => KINDS[name as keyof StepOptions](given, options);
}

type KnownOptions = Omit<CompileOptions, "kinds">;

/** The steps of Gantry by their names; each checks what it is given. */
const KINDS: Record<keyof StepOptions, (options: unknown, around: KnownOptions) => AnyChange> = {
  set: (options) => setValues(notEmpty(record(options)) as StepOptions["set"]),
  remove: (options) => removeAttributes(notEmpty(texts(options))),
  copy: (options) => copyAttributes(notEmpty(recordOfTexts(options))),
  template: (options, { facts }) => fillTemplates(notEmpty(recordOfTexts(options)), facts),
  map: (options, { readText }) => mapStep(record(options), readText),
  prefixIssuer: (options) => prefixIssuer(issuerOptions(recordOfTexts(options))),
  mapUids: (options) => mapUids(uidOptions(recordOfTexts(options))),
  aeTitles: (options) => replaceAeTitles(notEmpty(recordOfTexts(options))),
  characterSet: (options) => convertCharacterSet(texts(options)),
  dropPrivate: (options) => dropPrivate(options === true ? {} : privateOptions(record(options))),
  compress: (options, { encodable = [] }) => compressPixels(text(options), encodable),
  decompress: (options) => decompressPixels(options === true ? options : text(options)),
};

function mapStep(options: Readonly<Record<string, unknown>>, readText: CompileOptions["readText"]): AnyChange {
  const { table, csv, ...rest } = options;
  if (table !== undefined) return mapValues(new Map(Object.entries(notEmpty(recordOfTexts(table)))), mapOptions(rest));
  if (typeof csv !== "string") throw wrong("neither a table nor the path of a file of CSV", "one of them");
  if (readText === undefined) throw wrong("the path of a file", "a table, since no files are read here");
  const { key, value, ...others } = recordOfTexts(rest);
  const columns = { ...(key === undefined ? {} : { key }), ...(value === undefined ? {} : { value }) };
  return mapValues(parseCsvMap(textOf(csv, readText), columns), mapOptions(others));
}

function textOf(file: string, readText: (path: string) => string): string {
  try {
    return readText(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw wrong(`${JSON.stringify(file)}, which cannot be read (${reason})`, "a file of CSV");
  }
}

function mapOptions(given: Readonly<Record<string, unknown>>): MapOptions {
  const { attribute, to, missing, ...others } = recordOfTexts(given);
  refuseOthers(others, "attribute, to and missing");
  if (attribute === undefined) throw wrong("no attribute", "the path of one");
  if (missing !== undefined && missing !== "hold" && missing !== "keep" && missing !== "remove") {
    throw wrong(JSON.stringify(missing), "hold, keep or remove");
  }
  return { attribute, ...(to === undefined ? {} : { to }), ...(missing === undefined ? {} : { missing }) };
}

function issuerOptions(given: Readonly<Record<string, string>>): IssuerPrefixOptions {
  const { issuer, separator, attribute, ...others } = given;
  refuseOthers(others, "issuer, separator and attribute");
  if (issuer === undefined) throw wrong("no issuer", "its name");
  return { issuer, ...(separator !== undefined && { separator }), ...(attribute !== undefined && { attribute }) };
}

function uidOptions(given: Readonly<Record<string, string>>): { readonly key: Uint8Array } {
  const { key = "", ...others } = given;
  refuseOthers(others, "key");
  return { key: new TextEncoder().encode(key) };
}

function privateOptions(given: Readonly<Record<string, unknown>>): { readonly keep: readonly string[] } {
  const { keep, ...others } = given;
  refuseOthers(others, "keep");
  return { keep: texts(keep) };
}

function refuseOthers(others: object, expected: string): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw wrong(JSON.stringify(unknown), expected);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(value === null ? "nothing" : `a ${typeof value}`, "an object");
}

/** Refuses a step without attributes or values: it would have no effect, so its author made a mistake. */
function notEmpty<Given extends object>(given: Given): Given {
  if (Object.keys(given).length > 0) return given;
  throw wrong("nothing in it", "at least one attribute or value");
}

function recordOfTexts(value: unknown): Readonly<Record<string, string>> {
  const found = record(value);
  for (const [key, text] of Object.entries(found)) {
    if (typeof text !== "string") throw wrong(`a ${typeof text} at ${key}`, "text");
  }
  return found as Record<string, string>;
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw wrong(value === null ? "nothing" : `a ${typeof value}`, "the keyword or UID of a transfer syntax");
}

function texts(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.every((text) => typeof text === "string")) return list;
  const other = list.find((text) => typeof text !== "string");
  throw wrong(other === undefined ? "nothing" : `a ${typeof other}`, "text, or a list of it");
}

function wrong(found: string, expected: string): DataSetError {
  return new DataSetError(`Cannot take the options: found ${found}, expected ${expected}`, { expected });
}
