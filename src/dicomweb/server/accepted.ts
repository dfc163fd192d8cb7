/**
 * What a request accepts: the query parameter `accept` (PS3.18 8.3.3.1), which who can set no headers uses, or else the
 * header Accept.
 *
 * @module
 */

import type { Context } from "hono";
import { type MediaRange, parseMediaRanges } from "../media_range.ts";

const ANY: readonly MediaRange[] = [{ type: "*/*", parameters: new Map(), quality: 1 }];

/** The ranges, the one that is liked best first; anything where the request names none. */
export function acceptedBy(c: Context): readonly MediaRange[] {
  const parameters = c.req.queries("accept") ?? [];
  // A plus sign that wasn't escaped has become a space.
  const fromQuery = parameters.filter((value) => value !== "").join(",").replace(/(?<=\/[\w.-]+) (?=[\w.-]+)/g, "+");
  const text = fromQuery === "" ? c.req.header("accept") : fromQuery;
  const ranges = parseMediaRanges(text ?? "").filter(({ quality }) => quality > 0);
  return text === undefined || text.trim() === "" ? ANY : ranges;
}
