/**
 * Parameters of requests for lists: filters, and which page.
 *
 * @module
 */

import type { Context } from "hono";
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

/** Which part of a list. */
export interface Page {
  /** What comes after this key alone. Default: from the beginning. */
  readonly after?: string;
  /** Most entries. */
  readonly limit: number;
}

/** What a filter may be, by its name. */
export interface FilterRule {
  /** For the OpenAPI document. */
  readonly description: string;
  /** What an error says. */
  readonly expected: string;
  /** Whether a value is right. */
  readonly isValid: (value: string) => boolean;
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

/** The filters that a request has, and the page; the problem to answer with when one is wrong. */
export function readListQuery<Name extends string>(
  c: Context,
  rules: Readonly<Record<Name, FilterRule>>,
): { readonly filters: Partial<Record<Name, string>>; readonly page: Page } | Response {
  const all: Readonly<Record<string, FilterRule>> = { ...rules, ...PAGE_RULES };
  const errors: MemberError[] = [];
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(c.req.query())) {
    const rule = Object.hasOwn(all, name) ? all[name] : undefined;
    if (rule?.isValid(value)) values[name] = value;
    else {
      const expected = rule?.expected ?? `no other parameter than ${Object.keys(all).join(", ")}`;
      errors.push({ pointer: name.slice(0, LONGEST_SHOWN), found: shown(value), expected });
    }
  }
  if (errors.length > 0) {
    const members = { errors: errors.slice(0, 20) };
    return problem(c, "InvalidFilter", "A parameter of the query is not what it can be", { members });
  }
  const { after, limit = DEFAULT_LIMIT, ...filters } = values;
  return {
    filters: filters as Partial<Record<Name, string>>,
    page: { ...(after !== undefined && { after }), limit: Number(limit) },
  };
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

function shown(value: string): string {
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
}
