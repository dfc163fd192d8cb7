/**
 * Whether requests over HTTP need a token.
 *
 * @module
 */

import type { HttpConfig } from "./generated/model.ts";

/** Whether there are tokens, of whatever kind. Without any, every client that reaches the port may ask. */
export function needsToken({ token, tokens, oidc }: Pick<HttpConfig, "token" | "tokens" | "oidc">): boolean {
  return token !== undefined || oidc !== undefined || Object.keys(tokens).length > 0;
}
