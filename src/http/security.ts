/**
 * Refuses requests from other sites, and tells browsers what they may do with answers.
 *
 * @module
 */

import type { Context, MiddlewareHandler, Next } from "hono";
import { type CrossOrigin, isAllowedOrigin } from "./cross_origin.ts";
import { problem } from "./problem.ts";

/** Set on every answer that doesn't set its own. They keep answers from other sites' pages, from frames and from caches. */
const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["Cache-Control", "no-store"],
  ["Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Referrer-Policy", "no-referrer"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
];

/** Adds the security headers. */
export async function securityHeaders(c: Context, next: Next): Promise<void> {
  await next();
  for (const [name, value] of SECURITY_HEADERS) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
}

/** What may stand between the scheme and the path of a URL, without any character that ends it. */
const HOST = /^[^\s/?#@\\]*$/;

/**
 * Refuses requests whose host is invalid or not one of `hosts` (names or addresses without port, IPv6 in brackets; any by
 * default). A page whose name was rebound to a loopback address sends its own name, so it gets nothing.
 */
export function allowHosts(hosts?: readonly string[]): MiddlewareHandler {
  const allowed = hosts && new Set(hosts.map((host) => host.toLowerCase()));
  const isAllowed = (hostname: string) => allowed?.has(hostname) ?? true;
  return async (c, next) => {
    const { url } = c.req;
    const named = c.req.header("host") ?? (URL.canParse(url) ? new URL(url).host : "");
    // Servers make the URL from the header, even from an invalid one.
    const isHost = HOST.test(named) && URL.canParse(url);
    if (!isHost || !isAllowed(new URL(url).hostname) || !isAllowed(hostnameOf(named))) {
      return problem(c, "HostNotAllowed", "The sidecar does not answer for the host that the request names");
    }
    await next();
  };
}

function hostnameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "");
}

/**
 * Refuses requests from pages of other origins that are not in `allowed`. Browsers name the origin in `Origin`, and no other
 * client sends that header.
 */
export function refuseCrossSite(allowed: readonly CrossOrigin[] = []): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header("origin");
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    const isOwn = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host.toLowerCase());
    if (!isOwn && !isAllowedOrigin(c, allowed)) {
      return problem(c, "CrossSiteRequest", "The request comes from a page of another origin, and no token is set");
    }
    await next();
  };
}
