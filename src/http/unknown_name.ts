/**
 * What is said of a name that nothing has.
 *
 * @module
 */

import { nearest } from "../nearest.ts";

/** Names that are listed. */
const MOST_LISTED = 10;
/** Most characters of a name that are shown. */
const LONGEST = 64;

/**
 * `No configured peer is called "PASC" (did you mean PACS?)`; `kind` is what would have the name, such as `configured peer`.
 * Where none of `known` is near, `fitting` are named, which would do.
 */
export function unknownName(
  kind: string,
  name: string,
  known: readonly string[],
  fitting: readonly string[] = known,
): string {
  const found = `No ${kind} is called ${JSON.stringify(name.replace(/[^\x20-\x7e]/g, "?").slice(0, LONGEST))}`;
  if (known.length === 0) return `${found}: there is none at all`;
  const meant = nearest(name, known);
  if (meant !== undefined) return `${found} (did you mean ${meant}?)`;
  if (fitting.length === 0) return found;
  const others = fitting.length > MOST_LISTED ? ` or one of ${fitting.length - MOST_LISTED} others` : "";
  return `${found}: expected ${fitting.slice(0, MOST_LISTED).join(", ")}${others}`;
}
