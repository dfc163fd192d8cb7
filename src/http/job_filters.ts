/**
 * The filters of `/jobs` and `/deliveries`.
 *
 * @module
 */

import type { Context } from "hono";
import { type JobSelection, type JobStateName, STATES } from "./job_request.ts";
import { choiceRule, type FilterRule, invalidFilter, nearTo, readListQuery, shown } from "./list_query.ts";

/** Longest text of a filter. */
const LONGEST = 255;

/** An answer of a destination: a status of DIMSE or HTTP. A program's own destination may answer anything. */
const STATUS = /^(?:0x[\dA-F]{4}|[1-5]\d\d)$/;

/** The filters of jobs, by their names. */
export type JobFilters = Readonly<
  Record<"lane" | "state" | "class" | "status" | "sopInstanceUid" | "studyInstanceUid", FilterRule>
>;

/** The filters of jobs; `classes` are the outcomes of attempts. */
export function jobFilters(classes: readonly string[]): JobFilters {
  return {
    lane: textRule("Of this destination."),
    state: choiceRule("In these states, with commas between.", STATES, { several: true }),
    class: choiceRule("Whose last attempt came to this.", classes),
    status: textRule("That the destination answered so last, such as `0xA700` or `503`."),
    sopInstanceUid: textRule("Of this instance."),
    studyInstanceUid: textRule("Of this study."),
  };
}

/** The filters of attempts. */
export function deliveryFilters(classes: readonly string[]): Omit<JobFilters, "state" | "status"> {
  const { state: _, status: __, ...others } = jobFilters(classes);
  return others;
}

function textRule(description: string): FilterRule {
  return {
    description,
    expected: `a text of 1 to ${LONGEST} characters`,
    isValid: (value) => value.length >= 1 && value.length <= LONGEST,
  };
}

/** The position behind which a page begins, by the id of the last entry. */
const AFTER_RULE: FilterRule = {
  description: "`next` of the page before.",
  expected: "`next` of the page before",
  isValid: (value) => /^\d{1,15}$/.test(value),
};

/** The entries that a request selects, or the problem to answer when the request is wrong. */
export function readJobQuery(
  c: Context,
  rules: Partial<JobFilters>,
): { readonly selection: JobSelection; readonly after: number; readonly limit: number } | Response {
  const query = readListQuery(c, rules as Readonly<Record<string, FilterRule>>, { after: AFTER_RULE });
  if (query instanceof Response) return query;
  const { filters: { state, ...texts }, page: { after = "0", limit } } = query;
  const states = state?.split(",") as JobStateName[] | undefined;
  return { selection: { ...texts, ...(states !== undefined && { states }) }, after: Number(after), limit };
}

/** The unknown value in a selection that has found nothing; undefined if the selection may simply match nothing. */
export function unknownIn({ lane, status }: JobSelection, lanes: readonly string[]): UnknownFilter | undefined {
  if (lane !== undefined && !lanes.includes(lane)) {
    const known = lanes.length === 0 ? "none, since instances are sent nowhere" : `one of ${lanes.join(", ")}`;
    return { pointer: "lane", found: shown(lane), expected: known + nearTo(lane, lanes) };
  }
  if (status === undefined || STATUS.test(status)) return undefined;
  const expected = "what a destination has answered, such as 0xA700 or 503";
  return { pointer: "status", found: shown(status), expected: expected + nearTo(status, [upperCase(status)]) };
}

/** A filter with an unknown value, and what the value may be. */
export interface UnknownFilter {
  readonly pointer: "lane" | "status";
  readonly found: string;
  readonly expected: string;
}

/** The answer to an unknown filter. */
export function unknownFilter(c: Context, { pointer, found, expected }: UnknownFilter): Response {
  return invalidFilter(c, [{ pointer, found, expected }]);
}

function upperCase(status: string): string {
  return status.toUpperCase().replace(/^0X/, "0x");
}
