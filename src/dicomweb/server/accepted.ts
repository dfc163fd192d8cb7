/**
 * What a request accepts: the query parameter `accept` (PS3.18 8.3.3.1), for clients that cannot set headers, or else the
 * header Accept.
 *
 * @module
 */

import type { Context } from "hono";
import { type MediaRange, parseMediaRanges } from "../media_range.ts";
import { MAXIMUM_SHOWN_OF_HEADER, RequestProblem, shown } from "./request_problem.ts";

const ANY: readonly MediaRange[] = [{ type: "*/*", parameters: new Map(), quality: 1 }];

/** The ranges, the preferred one first; any type if the request names none. */
export function acceptedBy(c: Context): readonly MediaRange[] {
  const { text } = writtenBy(c);
  return text.trim() === "" ? ANY : parseMediaRanges(text).filter(({ quality }) => quality > 0);
}

/** The problem of a request that accepts none of the possible types. */
export function notAcceptable(c: Context, expected: string): RequestProblem {
  const { where, text } = writtenBy(c);
  const found = `${where} ${shown(text, MAXIMUM_SHOWN_OF_HEADER)}`;
  return new RequestProblem(
    "NotAcceptable",
    `Cannot give what the request accepts: found ${found}, expected ${expected}`,
  );
}

function writtenBy(c: Context): { readonly where: string; readonly text: string } {
  const parameters = c.req.queries("accept") ?? [];
  // A plus sign that was not escaped has become a space.
  const text = parameters.filter((value) => value !== "").join(",").replace(/(?<=\/[\w.-]+) (?=[\w.-]+)/g, "+");
  return text === ""
    ? { where: "Accept", text: c.req.header("accept") ?? "" }
    : { where: "the parameter accept", text };
}
