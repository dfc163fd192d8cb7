/**
 * A request's body in JSON, up to a limit.
 *
 * @module
 */

import type { Context } from "hono";
import { readBody } from "./body.ts";
import type { ProblemName } from "./problem.ts";
import { problem } from "./problem.ts";

/** The problems that `readJson` may answer. */
export const JSON_BODY_PROBLEMS: readonly ProblemName[] = ["UnsupportedMediaType", "BodyTooLarge", "MalformedBody"];

/** The value of the body, or the answer that says why it cannot be read; at most `maximum` bytes, of one of `mediaTypes`. */
export async function readJson(
  c: Context,
  maximum: number,
  mediaTypes: readonly string[] = ["application/json"],
): Promise<{ readonly value: unknown } | Response> {
  const mediaType = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (mediaType === undefined || !mediaTypes.includes(mediaType)) {
    const found = mediaType === undefined ? "no Content-Type" : "another Content-Type";
    return problem(c, "UnsupportedMediaType", `The request has ${found}; expected ${mediaTypes.join(" or ")}`, {
      headers: { Accept: mediaTypes.join(", ") },
    });
  }
  const body = await readBody(c.req.raw, maximum);
  if (body === "too-large") return problem(c, "BodyTooLarge", `The body is longer than ${maximum} bytes`);
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) };
  } catch {
    return problem(c, "MalformedBody", "The body is not JSON in UTF-8");
  }
}
