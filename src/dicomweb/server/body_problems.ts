/**
 * What is wrong with the body of a request before a byte of it is read.
 *
 * @module
 */

import { ACCEPTED_ENCODINGS, decodeContent } from "../store/content_encoding.ts";
import { RequestProblem, shown, wrongHeader } from "./request_problem.ts";

/** The body of a request without its Content-Encoding. Throws `RequestProblem` for one that is not understood. */
export function decodedBody(body: ReadableStream<Uint8Array>, encoding: string | null): ReadableStream<Uint8Array> {
  const decoded = decodeContent(body, encoding);
  if (decoded !== undefined) return decoded;
  throw wrongHeader("Content-Encoding", encoding ?? "", `one of ${ACCEPTED_ENCODINGS}`, {
    "Accept-Encoding": ACCEPTED_ENCODINGS,
  });
}

/** The problem of a part that is of a media type that is not taken; an empty one is none. */
export function wrongPart(
  { number, mediaType }: { readonly number: number; readonly mediaType: string },
  expected: string,
): RequestProblem {
  const found = mediaType === "" ? "no Content-Type" : shown(mediaType);
  const detail = `Cannot read part ${number} of the body: found ${found}, expected ${expected}`;
  return new RequestProblem("UnsupportedMediaType", detail);
}

/** The problem of a body of more bytes than are read; `found` is undefined where it didn't say how many. */
export function bodyTooLong(found: number | undefined, maximum: number): RequestProblem {
  const what = found === undefined ? "more" : `${found} bytes`;
  return new RequestProblem("BodyTooLarge", `Cannot read the body: found ${what}, expected at most ${maximum} bytes`);
}
