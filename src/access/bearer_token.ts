/**
 * Bearer tokens (RFC 6750): a client that has one may ask.
 *
 * @module
 */

import { equalBytes } from "./equal_bytes.ts";

/** The token in an `Authorization` header; undefined when the header has none, or is missing. */
export function readBearerToken(authorization: string | null | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}

/**
 * Answers what tells whether a token is `expected`. It compares digests, so that neither the text nor the length of the
 * expected token shows in the time that it takes.
 */
export function tokenCheck(expected: string): (token: string) => Promise<boolean> {
  const digest = sha256(expected);
  return async (token) => equalBytes(await sha256(token), await digest);
}

/** The digest of a text. */
export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
