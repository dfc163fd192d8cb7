/**
 * Which clients may use the HTTP API, as the configuration says.
 *
 * @module
 */

import { recognizeByAny } from "../access/web/asker.ts";
import { type FixedToken, recognizeFixed } from "../access/web/fixed_tokens.ts";
import { recognizeSigned } from "../access/web/signed_tokens.ts";
import type { HttpConfig } from "../config.ts";
import type { HttpAccess } from "../http/part.ts";

/** The tokens that have scopes; undefined where the configuration has none. */
export function httpAccess({ tokens, oidc }: HttpConfig, onError: (error: unknown) => void): HttpAccess | undefined {
  const hasTokens = Object.keys(tokens).length > 0;
  if (!hasTokens && oidc === undefined) return undefined;
  return {
    recognize: recognizeByAny([
      // The configuration has either the token or its digest.
      ...(hasTokens ? [recognizeFixed(tokens as Readonly<Record<string, FixedToken>>)] : []),
      ...(oidc === undefined ? [] : [recognizeSigned({ scopePrefix: "", ...oidc, onError })]),
    ]),
    ...(oidc !== undefined && { issuer: oidc.issuer }),
  };
}
