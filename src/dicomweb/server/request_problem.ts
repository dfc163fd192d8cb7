/**
 * What is wrong with a request.
 *
 * @module
 */

import type { ProblemName } from "../../http/problem.ts";

/** What is wrong with a request, for the client. */
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
