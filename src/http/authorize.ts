/**
 * Who may ask for what: bearer tokens (RFC 6750) and the scopes that routes want.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { readBearerToken } from "../access/bearer_token.ts";
import type { Asker, RecognizeToken, Scope } from "../access/web/asker.ts";
import type { HttpSender } from "./part.ts";
import { problem } from "./problem.ts";

/** A request that carries a token, or requires one. */
export interface HttpRequestEvent {
  /** What tells it from other events. */
  readonly type: "http-request";
  /** Method of HTTP. */
  readonly method: string;
  /** Its route, such as `/worklist/:key`; a path may contain patient data, which does not belong in a log. */
  readonly route: string;
  /** Status of the answer. */
  readonly status: number;
  /** Name of the bearer; undefined for a token without a name, and for an unknown token. */
  readonly asker?: string;
  /** IP address of who is connected, where it is known. */
  readonly remoteAddress?: string;
  /** Why it was refused, where it was: "The bearer token has expired". */
  readonly refused?: string;
}

/** How to decide. */
export interface AuthorizeOptions {
  /** Says whose token it is. */
  readonly recognize: RecognizeToken;
  /** What a route wants. */
  readonly scopeOf: (method: string, path: string) => Scope | "any";
  /** Which paths want no token. */
  readonly isOpen: (path: string) => boolean;
  /** Hears of each request that is not open, once there is an answer. */
  readonly onRequest?: ((event: HttpRequestEvent) => void) | undefined;
}

/** Seconds after which a client may try again where its token can't be checked. */
const RETRY_AFTER = "30";

/** Who asks, by request: known once the request is let pass. */
const ASKERS = new WeakMap<Request, Asker>();

/** The name of who sent a request; undefined without a token, or with one that has no name. */
export function askerOf(c: Context): string | undefined {
  return ASKERS.get(c.req.raw)?.name;
}

/** Wants `Authorization: Bearer TOKEN` of a token with the scope that the route wants. */
export function authorize({ recognize, scopeOf, isOpen, onRequest }: AuthorizeOptions): MiddlewareHandler {
  return async (c, next) => {
    const { method, path } = c.req;
    if (isOpen(path)) return await next();
    const tell = (status: number, refused?: string) => {
      const { remoteAddress } = (c.env ?? {}) as HttpSender;
      const asker = askerOf(c);
      onRequest?.({
        ...{ type: "http-request", method, route: routePath(c, -1), status },
        ...(asker !== undefined && { asker }),
        ...(remoteAddress !== undefined && { remoteAddress }),
        ...(refused !== undefined && { refused }),
      });
    };
    const refusal = await refuse(c, recognize, scopeOf(method, path));
    if (refusal !== undefined) {
      tell(refusal.response.status, refusal.why);
      return refusal.response;
    }
    await next();
    tell(c.res.status);
  };
}

/** Why a request can't pass, and its answer; undefined where it can. */
async function refuse(
  c: Context,
  recognize: RecognizeToken,
  wanted: Scope | "any",
): Promise<{ readonly why: string; readonly response: Response } | undefined> {
  const given = readBearerToken(c.req.header("authorization"));
  if (given === undefined) return unauthorized(c, "The request has no bearer token", "");
  const recognition = await recognize(given);
  switch (recognition.outcome) {
    case "refused":
      return unauthorized(c, `The bearer token ${recognition.why}`, ', error="invalid_token"');
    case "unavailable": {
      const why = "The bearer token can't be checked: the keys of its issuer can't be had";
      return { why, response: problem(c, "TokenNotChecked", why, { headers: { "Retry-After": RETRY_AFTER } }) };
    }
    case "known":
      ASKERS.set(c.req.raw, recognition.asker);
      return wanted === "any" || recognition.asker.scopes.has(wanted) ? undefined : insufficient(c, wanted);
  }
}

function unauthorized(c: Context, why: string, error: string) {
  const headers = { "WWW-Authenticate": `Bearer realm="gantry"${error}` };
  return { why, response: problem(c, "Unauthorized", why, { headers }) };
}

function insufficient(c: Context, wanted: Scope) {
  const why = `The bearer token does not have the scope ${wanted}`;
  const headers = { "WWW-Authenticate": `Bearer realm="gantry", error="insufficient_scope", scope="${wanted}"` };
  return { why, response: problem(c, "InsufficientScope", why, { headers }) };
}
