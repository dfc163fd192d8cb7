/**
 * The token of the configuration, which may do everything.
 *
 * @module
 */

/** Throws `TypeError` when there is a token that nobody needs to know. */
export function checkToken(token: string | undefined): void {
  if (token !== "") return;
  throw new TypeError("Cannot create the sidecar: the token is empty, expected at least one character");
}
