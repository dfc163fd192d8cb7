/** An issuer of tokens: keys, what is signed with them, and a server of its key set. */

import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

export const ISSUER = "https://login.example/realms/clinic";
export const AUDIENCE = "gantry";

/** A key of an issuer. */
export interface IssuerKey {
  readonly kid: string;
  readonly jwk: JWK;
  /** A token with these claims, beside those of a good one; a claim that is undefined is left out. */
  sign(
    claims?: Record<string, unknown>,
    header?: { readonly alg?: string; readonly kid?: string | undefined },
  ): Promise<string>;
}

/** Makes a key. */
export async function issuerKey(kid: string, alg = "ES256"): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return {
    kid,
    jwk: { ...await exportJWK(publicKey), kid, use: "sig" },
    sign: (claims = {}, header = {}) => signed(privateKey, claims, { alg, kid, ...header }),
  };
}

function signed(
  key: CryptoKey,
  claims: Record<string, unknown>,
  header: { readonly alg: string; readonly kid?: string | undefined },
): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "ct1",
    scope: "openid read",
    exp: seconds + 300,
    iat: seconds,
    ...claims,
  };
  return new SignJWT(all).setProtectedHeader(header as { alg: string }).sign(key);
}

/** A server of keys, as `fetch` sees it: what it answers can be changed, and who asks is counted. */
export class KeyServer {
  asked = 0;
  answer: () => Response | Promise<Response>;

  constructor(...keys: readonly IssuerKey[]) {
    this.answer = () => this.give(...keys);
  }

  give(...keys: readonly IssuerKey[]): Response {
    return Response.json({ keys: keys.map(({ jwk }) => jwk) });
  }

  readonly fetch: typeof fetch = async (_url, init) => {
    this.asked++;
    const gone = new Promise<never>((_, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal!.reason));
    });
    return await Promise.race([this.answer(), gone]);
  };
}
