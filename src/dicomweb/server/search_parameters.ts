/**
 * The parameters of a search, read from its URL (PS3.18 8.3.4).
 *
 * @module
 */

import { attributeKeywords, findAttribute, parseTag } from "../../dicom/dictionary.ts";
import { nearest } from "../../nearest.ts";
import type { MatchingOptions } from "../../query/dialect.ts";
import type { WrittenKey } from "../../query/written_keys.ts";
import { RequestProblem, shown, wrongParameter } from "./request_problem.ts";

/** The conditions of a search, and the form of its answers. */
export interface SearchParameters {
  /** Attributes to match, with their values. */
  readonly match: readonly WrittenKey[];
  /** Attributes to return, without values. */
  readonly include: readonly WrittenKey[];
  /** Whether to return all attributes that exist. */
  readonly includeAll: boolean;
  /** Matching beyond the standard rules. */
  readonly matching: Pick<MatchingOptions, "fuzzyNames" | "emptyValue" | "multipleValue">;
  /** Number of answers to skip. */
  readonly offset: number;
  /** Most answers; Infinity for all. */
  readonly limit: number;
  /** The end of an earlier page. */
  readonly after: string | undefined;
  /** Parameters that have no meaning here. */
  readonly ignored: readonly string[];
}

/** Longest query of a URL, in characters. */
const MAXIMUM_LENGTH = 64 * 1024;
/** Most parameters. */
const MAXIMUM_PARAMETERS = 2_000;
/** Most ignored parameters that a warning names. */
const MAXIMUM_TOLD = 10;

/** VRs whose lists may have commas as well as backslashes: no value of theirs has a comma. */
const WITH_COMMAS: ReadonlySet<string> = new Set(["UI", "CS"]);

/** An attribute by keyword or tag, or a path to one. */
const ATTRIBUTE = /^(?:[A-Z]\w*|[\da-fA-F]{8})(?:\.(?:[A-Z]\w*|[\da-fA-F]{8}))*$/;

/** Reads the query of a URL. Throws `RequestProblem` for an invalid one. */
export function readSearch(query: string): SearchParameters {
  const parameters = parametersOf(query);
  const values = new Map<string, string[]>();
  const include: WrittenKey[] = [];
  const ignored: string[] = [];
  let includeAll = false;
  const options = new Map<string, string>();
  for (const [name, value] of parameters) {
    const known = name.toLowerCase();
    if (known === "includefield") {
      for (const field of value.split(",").map((field) => field.trim()).filter((field) => field !== "")) {
        if (field.toLowerCase() === "all") includeAll = true;
        else include.push({ name: field, path: pathOf(field, "includefield"), value: undefined });
      }
    } else if (OPTIONS.has(known)) options.set(known, value);
    else if (NOT_OF_SEARCH.has(known)) continue;
    else if (ATTRIBUTE.test(name)) values.set(name, [...values.get(name) ?? [], value]);
    else ignored.push(name);
  }
  return {
    match: Array.from(values, ([name, value]) => matchOf(name, value)),
    include,
    includeAll,
    matching: {
      fuzzyNames: flag(options, "fuzzymatching"),
      emptyValue: flag(options, "emptyvaluematching"),
      multipleValue: flag(options, "multiplevaluematching"),
    },
    offset: count(options, "offset") ?? 0,
    limit: count(options, "limit") ?? Infinity,
    after: options.get(CURSOR),
    ignored: ignored.slice(0, MAXIMUM_TOLD),
  };
}

/** The parameter for the end of an earlier page, which only URLs of this server have. */
export const CURSOR = "cursor";

const OPTIONS: ReadonlySet<string> = new Set([
  ...["fuzzymatching", "emptyvaluematching", "multiplevaluematching", "limit", "offset", CURSOR],
]);

/** Parameters of every request. */
const NOT_OF_SEARCH: ReadonlySet<string> = new Set(["accept", "charset"]);

/** Names and values, decoded. Throws `RequestProblem` beyond the limits. */
export function parametersOf(query: string): readonly (readonly [string, string])[] {
  if (query.length > MAXIMUM_LENGTH) {
    const found = `${query.length} characters`;
    throw new RequestProblem("AddressTooLong", `The query has ${found}; expected at most ${MAXIMUM_LENGTH}`);
  }
  const parameters = [...new URLSearchParams(query)];
  if (parameters.length > MAXIMUM_PARAMETERS) {
    const found = `${parameters.length} parameters`;
    throw new RequestProblem("AddressTooLong", `The query has ${found}; expected at most ${MAXIMUM_PARAMETERS}`);
  }
  return parameters;
}

/** Several parameters of one name are several values. */
function matchOf(name: string, values: readonly string[]): WrittenKey {
  const path = pathOf(name, name);
  const vr = findAttribute(path.at(-1)!.tag)?.vr ?? "";
  const texts = WITH_COMMAS.has(vr) ? values.map((value) => value.replaceAll(",", "\\")) : values;
  return { name, path, value: texts.filter((text) => text !== "").join("\\") };
}

function pathOf(text: string, parameter: string): WrittenKey["path"] {
  const path = text.split(".").map((part) => {
    const tag = parseTag(part);
    if (tag === undefined) {
      const expected = "expected keywords of PS3.6 or tags of 8 hexadecimal digits, with dots between them";
      const meant = nearest(part, keywordsLike(part));
      throw new RequestProblem(
        "InvalidRequest",
        `Cannot understand the parameter ${shown(parameter)}: found ${shown(part)}, ${expected}${
          meant === undefined ? "" : ` (did you mean ${meant}?)`
        }`,
      );
    }
    return { tag, item: 0 };
  });
  if (path.length <= MAXIMUM_DEPTH) return path;
  const found = `${path.length} attributes within each other`;
  throw new RequestProblem(
    "InvalidRequest",
    `Cannot understand the parameter ${shown(parameter)}: found ${found}, expected at most ${MAXIMUM_DEPTH}`,
  );
}

/** The keywords that begin as a word does: comparing it with all of them would take long. */
function* keywordsLike(word: string): Generator<string> {
  const first = word.slice(0, 1).toUpperCase();
  for (const keyword of attributeKeywords()) if (keyword.startsWith(first)) yield keyword;
}

/** Most sequences within sequences. */
const MAXIMUM_DEPTH = 16;

function flag(options: ReadonlyMap<string, string>, name: string): boolean {
  const value = options.get(name)?.toLowerCase() ?? "false";
  if (value === "true" || value === "false" || value === "") return value !== "false";
  throw wrongParameter(name, value, "true or false");
}

function count(options: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = options.get(name);
  if (value === undefined || value === "") return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw wrongParameter(name, value, "a whole number from 0 to 999999999");
}
