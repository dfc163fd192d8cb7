/**
 * Problems with requests.
 *
 * @module
 */

import type { ProblemName } from "../../http/problem.ts";

/** A problem with a request, for the client. */
export class RequestProblem extends Error {
  override readonly name = "RequestProblem";
  /** Its kind. */
  readonly problem: ProblemName;
  /** Headers of the answer. */
  readonly headers: Record<string, string>;

  /** `detail` says what was found and what was expected. */
  constructor(problem: ProblemName, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.problem = problem;
    this.headers = headers;
  }
}

/** Most characters of a request that a message repeats. */
const MAXIMUM_SHOWN = 64;

/** A text of a request as a message shows it: in quotes, on one line, and shortened. */
export function shown(text: string, maximum = MAXIMUM_SHOWN): string {
  const cut = text.length > maximum ? `${text.slice(0, maximum - 1)}~` : text;
  return JSON.stringify(cut.replace(/[^\x20-\x7e]/g, "?"));
}

/** The problem of a wrong parameter that never holds a patient's value; `found` is undefined if it is missing. */
export function wrongParameter(name: string, found: string | undefined, expected: string): RequestProblem {
  const what = found === undefined ? "nothing" : shown(found);
  return new RequestProblem(
    "InvalidRequest",
    `Cannot understand the parameter ${name}: found ${what}, expected ${expected}`,
  );
}

/** The problem of a path with another text in the place of a UID. */
export function noUidInPath(action: string, found: string): RequestProblem {
  return new RequestProblem(
    "InvalidRequest",
    `Cannot ${action}: found ${shown(found)} in the path, which is no UID; expected up to 64 digits and dots`,
  );
}

/** The problem of a wrong header; `found` is undefined if it is missing. */
export function wrongHeader(
  name: "Content-Type" | "Content-Encoding",
  found: string | undefined,
  expected: string,
  headers: Record<string, string> = {},
): RequestProblem {
  const what = found === undefined ? "none" : shown(found, MAXIMUM_SHOWN_OF_HEADER);
  const detail = `Cannot read the body: found ${what} as its ${name}, expected ${expected}`;
  return new RequestProblem("UnsupportedMediaType", detail, headers);
}

/** Most characters of a header that a message repeats. */
export const MAXIMUM_SHOWN_OF_HEADER = 200;
