/**
 * The token of the configuration, which may do everything.
 *
 * @module
 */

/** Throws `TypeError` for an empty token, which would protect nothing. */
export function checkToken(token: string | undefined): void {
  if (token !== "") return;
  throw new TypeError("Cannot create the sidecar: the token is empty, expected at least one character");
}
