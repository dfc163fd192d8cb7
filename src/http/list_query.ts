/**
 * Parameters of requests for lists: filters, and the page.
 *
 * @module
 */

import type { Context } from "hono";
import { nearest } from "../nearest.ts";
import type { MemberError } from "./echo_request.ts";
import { queryParameter } from "./openapi.ts";
import type { JsonObject } from "./openapi_schemas.ts";
import { problem } from "./problem.ts";

/** A range of dates, YYYYMMDD, both included. */
export interface DateFilter {
  /** First day. */
  readonly from: string;
  /** Last day. */
  readonly to: string;
}

/** A part of a list. */
export interface Page {
  /** Only entries after this key. Default: from the beginning. */
  readonly after?: string;
  /** Most entries. */
  readonly limit: number;
}

/** What a filter may be, by its name. */
export interface FilterRule {
  /** For the OpenAPI document. */
  readonly description: string;
  /** What the value may be, for errors. */
  readonly expected: string;
  /** Whether a value is valid. */
  readonly isValid: (value: string) => boolean;
  /** All values, or all parts of a value, where those are known. */
  readonly choices?: readonly string[];
}

/** The rule of one of some words, or of several with commas between. */
export function choiceRule(
  description: string,
  choices: readonly string[],
  { several = false }: { readonly several?: boolean } = {},
): FilterRule {
  const isOne = (value: string) => choices.includes(value);
  return {
    description: `${description} ${choices.map((choice) => `\`${choice}\``).join(", ")}.`,
    expected: `${several ? "one or several" : "one"} of ${choices.join(", ")}`,
    isValid: (value) => several ? value.split(",").every(isOne) : isOne(value),
    choices,
  };
}

/** The word that a client probably meant, as an addition to an error; empty where no word is near. */
export function nearTo(word: string, words: readonly string[]): string {
  const meant = nearest(word, words.filter((known) => known !== word));
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

const DEFAULT_LIMIT = 100;
const MAXIMUM_LIMIT = 1000;
const LONGEST_SHOWN = 40;

const DAY = String.raw`(\d{4})-?(\d\d)-?(\d\d)`;
const DATES = new RegExp(`^${DAY}(?:/${DAY})?$`);

/** The rule of a date, or of a range of them. */
export const DATE_RULE: FilterRule = {
  description: "Of this day, or of these: `2025-01-31`, `2025-01-01/2025-01-31`.",
  expected: "YYYY-MM-DD or YYYYMMDD, or two of them with a / between",
  isValid: (value) => DATES.test(value),
};

/** The dates of a valid text. */
export function readDates(text: string): DateFilter {
  const [, ...parts] = DATES.exec(text) ?? [];
  const from = parts.slice(0, 3).join("");
  return { from, to: parts[3] === undefined ? from : parts.slice(3, 6).join("") };
}

const PAGE_RULES: Readonly<Record<string, FilterRule>> = {
  after: { description: "`next` of the page before.", expected: "`next` of the page before", isValid: () => true },
  limit: {
    description: `Most entries, ${DEFAULT_LIMIT} by default.`,
    expected: `a whole number from 1 to ${MAXIMUM_LIMIT}`,
    isValid: (value) => /^[1-9]\d{0,3}$/.test(value) && Number(value) <= MAXIMUM_LIMIT,
  },
};

/** The filters and the page of a request, or the problem to answer when one is wrong. `paging` replaces rules of pages. */
export function readListQuery<Name extends string>(
  c: Context,
  rules: Readonly<Record<Name, FilterRule>>,
  paging: Readonly<Record<string, FilterRule>> = {},
): { readonly filters: Partial<Record<Name, string>>; readonly page: Page } | Response {
  const values = readParameters(c, { ...rules, ...PAGE_RULES, ...paging });
  if (values instanceof Response) return values;
  const { after, limit = DEFAULT_LIMIT, ...filters } = values;
  return {
    filters: filters as Partial<Record<Name, string>>,
    page: { ...(after !== undefined && { after }), limit: Number(limit) },
  };
}

/** The problem to answer to a request with parameters, for a route that takes none; undefined without parameters. */
export function refuseParameters(c: Context): Response | undefined {
  const values = readParameters(c, {});
  return values instanceof Response ? values : undefined;
}

/** The parameters of a request by name, or the problem to answer when one is wrong. */
function readParameters(
  c: Context,
  rules: Readonly<Record<string, FilterRule>>,
): Readonly<Record<string, string>> | Response {
  const errors: MemberError[] = [];
  const read: Record<string, string> = {};
  for (const [name, values] of Object.entries(c.req.queries())) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const [value = ""] = values;
    if (rule === undefined) errors.push(unknownParameter(name, value, Object.keys(rules)));
    else if (values.length > 1) {
      errors.push({ pointer: name, found: `${values.length} of them`, expected: `one: ${rule.expected}` });
    } else if (rule.isValid(value)) read[name] = value;
    else errors.push({ pointer: name, found: shown(value), expected: rule.expected + nearChoice(value, rule) });
  }
  return errors.length > 0 ? invalidFilter(c, errors) : read;
}

/** The problem with a parameter that a route does not know. */
export function unknownParameter(name: string, value: string, known: readonly string[]): MemberError {
  const others = known.length === 0 ? "no parameter" : `no other parameter than ${known.join(", ")}`;
  return { pointer: name.slice(0, LONGEST_SHOWN), found: shown(value), expected: others + nearTo(name, known) };
}

/** A suggestion for the first part of a value that is not among the choices. */
function nearChoice(value: string, { choices = [] }: FilterRule): string {
  const wrong = value.split(",").find((part) => !choices.includes(part));
  return wrong === undefined ? "" : nearTo(wrong, choices);
}

/** The answer to wrong parameters. */
export function invalidFilter(c: Context, errors: readonly MemberError[]): Response {
  const members = { errors: errors.slice(0, 20) };
  return problem(c, "InvalidFilter", "The query has a parameter that is unknown or invalid", { members });
}

/** The parameters for the OpenAPI document. */
export function listParameters(rules: Readonly<Record<string, FilterRule>>): readonly JsonObject[] {
  return Object.entries({ ...rules, ...PAGE_RULES }).map(([name, { description }]) =>
    queryParameter(
      name,
      description,
      name === "limit" ? { type: "integer", minimum: 1, maximum: MAXIMUM_LIMIT } : {
        type: "string",
      },
    )
  );
}

/** A client's own text, shortened where it is long. */
export function shown(value: string): string {
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
}
