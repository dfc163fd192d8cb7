/**
 * Tokens that an operator has made and given to a client, known by their digests.
 *
 * @module
 */

import { sha256, tokenCheck } from "../bearer_token.ts";
import { equalBytes } from "../equal_bytes.ts";
import { type Asker, type RecognizeToken, type Scope, SCOPES } from "./asker.ts";

/** A token with a name: itself, or its digest. */
export type FixedToken =
  & {
    /** What it may do. */
    readonly scopes: readonly Scope[];
  }
  & (
    /** At least one character. */
    | { readonly token: string; readonly sha256?: never }
    /** 64 hexadecimal digits, with or without colons. */
    | { readonly sha256: string; readonly token?: never }
  );

const WRONG = { outcome: "refused", why: "is wrong" } as const;

/** Knows one token without a name, which may do everything. */
export function recognizeOne(token: string): RecognizeToken {
  const check = tokenCheck(token);
  const asker: Asker = { scopes: new Set(SCOPES) };
  return async (given) => await check(given) ? { outcome: "known", asker } : WRONG;
}

/**
 * Knows tokens by name. It compares the digest of a token with those of all, whichever it is: the time that it takes tells
 * nothing about them.
 */
export function recognizeFixed(tokens: Readonly<Record<string, FixedToken>>): RecognizeToken {
  const known = Object.entries(tokens).map(([name, { token, sha256: hex, scopes }]) => ({
    asker: { name, scopes: new Set(scopes) } satisfies Asker,
    digest: token === undefined ? Promise.resolve(bytesOf(hex)) : sha256(token),
  }));
  return async (given) => {
    const digest = await sha256(given);
    let found: Asker | undefined;
    for (const { asker, digest: expected } of known) if (equalBytes(digest, await expected)) found = asker;
    return found === undefined ? WRONG : { outcome: "known", asker: found };
  };
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(":", "").match(/../g) ?? [], (digits) => parseInt(digits, 16));
}
