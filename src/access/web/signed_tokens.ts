/**
 * Tokens that an issuer has signed: JSON Web Tokens (RFC 7519), as OpenID Connect and OAuth 2.0 (RFC 9068) have them.
 *
 * @module
 */

import type * as Jose from "jose";
import { type Asker, type Recognition, type RecognizeToken, type Scope, SCOPES } from "./asker.ts";
import { type Keys, KeySet, type KeySetOptions } from "./key_set.ts";

/** Whose tokens are taken. */
export interface SignedTokenOptions extends Pick<KeySetOptions, "fetch" | "now" | "onError"> {
  /** What the claim `iss` has to be. */
  readonly issuer: string;
  /** What the claim `aud` has to be, or to have in it. */
  readonly audience: string;
  /** URL of the issuer's keys. */
  readonly jwks: string;
  /** Milliseconds by which clocks may differ. */
  readonly clockSkew: number;
  /** The claim that has the scopes: words with spaces between them, or a list. Dots lead into objects, as in `realm_access.roles`. */
  readonly scopeClaim: string;
  /** What scopes begin with there, such as `gantry.`; may be empty. */
  readonly scopePrefix: string;
}

/** Signatures alone that can't be made with what everybody may know. */
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
  ...["EdDSA", "Ed25519"],
];

/** Three parts of base64url. */
const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Longest name, in characters. */
const LONGEST_NAME = 64;

/** Knows tokens of an issuer. The library that checks them is loaded by this, and not otherwise. */
export function recognizeSigned(options: SignedTokenOptions): RecognizeToken {
  const keySet = new KeySet({ ...options, url: options.jwks });
  // A library that can't be loaded is told at once, not when the first token comes.
  const library = import("jose").catch((error) => void options.onError(error));
  return async (token) => {
    if (!FORM.test(token)) return refused("is wrong");
    const jose = await library;
    if (jose === undefined) return { outcome: "unavailable" };
    let keys = await keySet.current();
    if (keys === undefined) return { outcome: "unavailable" };
    try {
      return known(await verify(jose, token, keys, options), options);
    } catch (error) {
      if (!(error instanceof jose.errors.JWKSNoMatchingKey)) return refused(reasonOf(jose, error));
    }
    const before = keys;
    keys = await keySet.newerThan(before);
    if (keys === before) return refused(UNKNOWN_KEY);
    try {
      return known(await verify(jose, token, keys, options), options);
    } catch (error) {
      return refused(reasonOf(jose, error));
    }
  };
}

const UNKNOWN_KEY = "is signed with a key that its issuer does not have";

function refused(why: string): Recognition {
  return { outcome: "refused", why };
}

async function verify(
  jose: typeof Jose,
  token: string,
  { set }: Keys,
  { issuer, audience, clockSkew, now = Date.now }: SignedTokenOptions,
): Promise<Jose.JWTPayload> {
  const checks: Jose.JWTVerifyOptions = {
    ...{ issuer, audience, algorithms: ALGORITHMS },
    clockTolerance: clockSkew / 1000,
    requiredClaims: ["exp"],
    currentDate: new Date(now()),
  };
  const find = jose.createLocalJWKSet(set);
  try {
    return (await jose.jwtVerify(token, find, checks)).payload;
  } catch (error) {
    if (!(error instanceof jose.errors.JWKSMultipleMatchingKeys)) throw error;
    return await verifyByAny(jose, token, error, checks);
  }
}

/** A token that doesn't say which of several keys it is signed with. */
async function verifyByAny(
  jose: typeof Jose,
  token: string,
  keys: AsyncIterable<CryptoKey>,
  checks: Jose.JWTVerifyOptions,
): Promise<Jose.JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jose.jwtVerify(token, key, checks)).payload;
    } catch (error) {
      if (!(error instanceof jose.errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new jose.errors.JWSSignatureVerificationFailed();
}

/** Why a token is refused. Nothing of it is repeated. */
function reasonOf({ errors }: typeof Jose, error: unknown): string {
  if (error instanceof errors.JWTExpired) return "has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return CLAIM_REASONS[error.claim] ?? "has a wrong claim";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "has a wrong signature";
  if (error instanceof errors.JWKSNoMatchingKey) return UNKNOWN_KEY;
  if (error instanceof errors.JOSEAlgNotAllowed) return "is signed in a way that is not taken";
  return "can't be understood";
}

const CLAIM_REASONS: Readonly<Record<string, string>> = {
  iss: "is of another issuer",
  aud: "is for another audience",
  nbf: "is not valid yet",
  exp: "has no time at which it expires",
};

function known(claims: Jose.JWTPayload, { scopeClaim, scopePrefix }: SignedTokenOptions): Recognition {
  const names = [claims.sub, claims.client_id, claims.azp];
  const name = shownName(names.find((name) => typeof name === "string" && name !== "") as string | undefined);
  const asker: Asker = { name, scopes: scopesOf(valueOf(claims, scopeClaim), scopePrefix) };
  return { outcome: "known", asker };
}

/** The value of a claim by its name, or by names with dots between them. */
function valueOf(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split(".").reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string, unknown>)[part]
        : undefined,
    claims,
  );
}

function scopesOf(value: unknown, prefix: string): ReadonlySet<Scope> {
  const words: unknown[] = typeof value === "string" ? value.split(" ") : Array.isArray(value) ? value : [];
  return new Set(SCOPES.filter((scope) => words.includes(prefix + scope)));
}

/** On one line, and no longer than it is useful. */
function shownName(name = "a token without a name"): string {
  return name.replace(/[^\x20-\x7e]/g, "?").slice(0, LONGEST_NAME);
}
