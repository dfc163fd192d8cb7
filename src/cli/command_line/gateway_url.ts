/**
 * Where the gateway of a configuration is.
 *
 * @module
 */

import type { Config } from "../../config.ts";

/** Where a gateway listens for HTTP, as this machine reaches it. */
export function urlOf({ http: { host, port, tls } }: Config, otherPort = port): URL {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const name = reachable.includes(":") ? `[${reachable}]` : reachable;
  return new URL(`${tls === undefined ? "http" : "https"}://${name}:${otherPort}`);
}
