/**
 * Why `fetch()` failed.
 *
 * @module
 */

import { errorText } from "../../safe_text.ts";

/** What kept the answer from coming: `fetch` says so in the cause, or behind "error sending request …: client error (…): ". */
export function fetchCause(error: unknown): unknown {
  const { cause = error } = error as { readonly cause?: unknown };
  if (!(cause instanceof Error)) return cause;
  const said = errorText(cause).replace(/^error sending request .*?: client error \(\w+\): /, "");
  return said === errorText(cause) ? cause : new Error(said);
}
