/**
 * What each client may do: bearer tokens (RFC 6750), and the scopes that routes need.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { readBearerToken } from "../access/bearer_token.ts";
import type { Asker, RecognizeToken, Scope } from "../access/web/asker.ts";
import type { HttpSender } from "./part.ts";
import { problem } from "./problem.ts";

/** A request to a route that needs a token. */
export interface HttpRequestEvent {
  /** Tells this event from others. */
  readonly type: "http-request";
  /** HTTP method. */
  readonly method: string;
  /** The route of the request, such as `/worklist/:key`; a path may hold patient data, which does not belong in a log. */
  readonly route: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Name of the bearer; undefined for a token without a name, and for an unknown token. */
  readonly asker?: string;
  /** IP address of the connected client, if it is known. */
  readonly remoteAddress?: string;
  /** Why the request was refused, if it was: "The bearer token has expired". */
  readonly refused?: string;
}

/** How to authorize requests. */
export interface AuthorizeOptions {
  /** Finds the bearer of a token. */
  readonly recognize: RecognizeToken;
  /** The scope that a route needs. */
  readonly scopeOf: (method: string, path: string) => Scope | "any";
  /** Whether a path needs no token. */
  readonly isOpen: (path: string) => boolean;
  /** Called with each request that needs a token, once it has an answer. */
  readonly onRequest?: ((event: HttpRequestEvent) => void) | undefined;
}

/** Seconds after which a client may try again if the gateway could not check its token. */
const RETRY_AFTER = "30";

/** The bearer of each request's token, known once the request is authorized. */
const ASKERS = new WeakMap<Request, Asker>();

/** The name of a request's bearer; undefined without a token, and for a token without a name. */
export function askerOf(c: Context): string | undefined {
  return ASKERS.get(c.req.raw)?.name;
}

/** Requires `Authorization: Bearer TOKEN`, with a token that has the scope of the route. */
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

/** Why a request is refused, and its answer; undefined for a request that may pass. */
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
