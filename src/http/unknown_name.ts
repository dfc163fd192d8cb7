/**
 * Error texts about unknown names.
 *
 * @module
 */

import { nearest } from "../nearest.ts";

/** Most names in a text. */
const MOST_LISTED = 10;
/** Most characters of the unknown name in a text. */
const LONGEST = 64;

/**
 * `No configured peer is called "PASC" (did you mean PACS?)`; `kind` says what the name should name, such as `configured peer`.
 * If none of `known` is near, the text lists `fitting`, the names that would do.
 */
export function unknownName(
  kind: string,
  name: string,
  known: readonly string[],
  fitting: readonly string[] = known,
): string {
  const found = `No ${kind} is called ${JSON.stringify(name.replace(/[^\x20-\x7e]/g, "?").slice(0, LONGEST))}`;
  if (known.length === 0) return `${found}: this gateway has none`;
  const meant = nearest(name, known);
  if (meant !== undefined) return `${found} (did you mean ${meant}?)`;
  if (fitting.length === 0) return found;
  const others = fitting.length > MOST_LISTED ? ` or one of ${fitting.length - MOST_LISTED} others` : "";
  return `${found}: expected ${fitting.slice(0, MOST_LISTED).join(", ")}${others}`;
}
