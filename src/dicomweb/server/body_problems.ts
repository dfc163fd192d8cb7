/**
 * Problems with the body of a request, found before a byte of it is read.
 *
 * @module
 */

import { ACCEPTED_ENCODINGS, decodeContent } from "../store/content_encoding.ts";
import { RequestProblem, shown, wrongHeader } from "./request_problem.ts";

/** The body of a request without its Content-Encoding. Throws `RequestProblem` for an unknown encoding. */
export function decodedBody(body: ReadableStream<Uint8Array>, encoding: string | null): ReadableStream<Uint8Array> {
  const decoded = decodeContent(body, encoding);
  if (decoded !== undefined) return decoded;
  throw wrongHeader("Content-Encoding", encoding ?? "", `one of ${ACCEPTED_ENCODINGS}`, {
    "Accept-Encoding": ACCEPTED_ENCODINGS,
  });
}

/** The problem of a part with an unexpected media type; an empty type stands for none. */
export function wrongPart(
  { number, mediaType }: { readonly number: number; readonly mediaType: string },
  expected: string,
): RequestProblem {
  const found = mediaType === "" ? "no Content-Type" : shown(mediaType);
  const detail = `Cannot read part ${number} of the body: found ${found}, expected ${expected}`;
  return new RequestProblem("UnsupportedMediaType", detail);
}

/** The problem of a body that is too long; `found` is undefined if the request did not state its length. */
export function bodyTooLong(found: number | undefined, maximum: number): RequestProblem {
  const what = found === undefined ? "more" : `${found} bytes`;
  return new RequestProblem("BodyTooLarge", `Cannot read the body: found ${what}, expected at most ${maximum} bytes`);
}
