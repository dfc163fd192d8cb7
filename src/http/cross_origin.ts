/**
 * What web pages of other origins may use (CORS, as the Fetch standard has it).
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "hono";
import { isBelow } from "./paths.ts";

/** Paths that pages of other origins may use. */
export interface CrossOrigin {
  /** Such as `/dicom-web`: this path and all below it. */
  readonly path: string;
  /** Origins as browsers write them, such as `https://viewer.example`; `*` for all. */
  readonly origins: readonly string[];
}

/** Methods that pages may use. */
const METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
/** Headers that viewers send and browsers ask about. */
const REQUEST_HEADERS =
  "Accept, Accept-Language, Authorization, Cache-Control, Content-Type, If-None-Match, If-Range, Range";
/** Headers of answers that viewers read. */
const EXPOSED_HEADERS =
  "Content-Length, Content-Location, Content-Range, ETag, Link, Location, Retry-After, Warning, X-Total-Count";
/** Seconds that a browser may remember the answer to a preflight; browsers allow no more. */
const PREFLIGHT_AGE = "7200";

/** Whether a request comes from a page that may send it. */
export function isAllowedOrigin(c: Context, rules: readonly CrossOrigin[]): boolean {
  const origin = c.req.header("origin");
  if (origin === undefined) return false;
  return rules.some(({ path, origins }) =>
    isBelow(c.req.path, path) && (origins.includes("*") || origins.includes(origin))
  );
}

/**
 * Answers preflights, which carry no token, and lets pages of the allowed origins read the answers. `hasToken` says that no
 * page gets an answer without a token: then pages may also embed resources, as pages need that demand it of all they load (COEP).
 */
export function allowOrigins(rules: readonly CrossOrigin[], hasToken: boolean): MiddlewareHandler {
  return async (c, next) => {
    const rule = rules.find(({ path, origins }) => origins.length > 0 && isBelow(c.req.path, path));
    if (rule === undefined) return await next();
    const isAllowed = isAllowedOrigin(c, rules);
    if (isAllowed && c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined) {
      return c.body(null, 204, {
        ...allowance(c),
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
        "Access-Control-Max-Age": PREFLIGHT_AGE,
      });
    }
    await next();
    c.res.headers.append("Vary", "Origin");
    if (isAllowed) {
      for (const [name, value] of Object.entries(allowance(c))) if (name !== "Vary") c.res.headers.set(name, value);
    }
    if (isAllowed || hasToken) c.res.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  };
}

function allowance(c: Context): Record<string, string> {
  return {
    "Access-Control-Allow-Origin": c.req.header("origin") ?? "",
    "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    "Vary": "Origin",
  };
}
