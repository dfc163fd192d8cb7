/**
 * Endpoints as Gantry shows and compares them.
 *
 * @module
 */

import type { Endpoint } from "../upper_layer/connection.ts";

/** An IPv4 address inside an IPv6 one (RFC 4291 2.5.5.2), as dual-stack sockets report it. */
const ipv4Mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An endpoint without brackets, and with an IPv4-mapped address as plain IPv4, so that it can be compared. */
export function endpointOf(hostname: string, port: number): Endpoint {
  const bare = hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
  return { hostname: ipv4Mapped.exec(bare)?.[1] ?? bare, port };
}

/** `host:port`, with brackets around an IPv6 address. */
export function endpointText({ hostname, port }: Endpoint): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
