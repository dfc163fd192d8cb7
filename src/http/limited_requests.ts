/**
 * A limit on how many requests of a kind a part of the gateway answers at the same time.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "hono";
import type { HttpPart, Json, JsonObject } from "./part.ts";
import { problem } from "./problem.ts";
import { RequestSlots, type SlotsOptions } from "./request_slots.ts";
import { settleShort, watchBody } from "./watched_body.ts";

/** A kind of requests, and the limit on their number. */
export interface RequestLimit extends SlotsOptions {
  /** Name of the limit, which is the name of its key in the configuration: `maxRetrievals`. */
  readonly limit: string;
  /** Whether a request is of the kind. */
  readonly includes: (method: string, path: string) => boolean;
}

/** How busy a kind of requests is. */
export interface RequestLoad {
  /** Name of the limit. */
  readonly limit: string;
  /** Requests that are being answered. */
  readonly running: number;
  /** Requests that wait. */
  readonly waiting: number;
}

/** A part whose requests are limited. */
export interface LimitedPart extends HttpPart {
  /** How busy each kind is. */
  load(): readonly RequestLoad[];
}

/** Seconds after which a client may try again. */
const RETRY_AFTER = "5";

/**
 * The part with limits. A request keeps its place until the client has read the whole answer. When too many requests wait
 * already, or one has waited for too long, the answer is 503, and `onPassed` is called with the limit.
 */
export function limitRequests(
  part: HttpPart,
  root: string,
  limits: readonly RequestLimit[],
  onPassed: (limit: string, maximum: number) => void,
): LimitedPart {
  const kinds = limits.map((limit) => ({ ...limit, slots: new RequestSlots(limit) }));
  const limited: MiddlewareHandler = async (c, next) => {
    const kind = kinds.find(({ includes }) => includes(c.req.method, c.req.path));
    if (kind === undefined) return await next();
    const leave = await kind.slots.enter(c.req.raw.signal);
    if (leave === undefined) {
      if (!c.req.raw.signal.aborted) onPassed(kind.limit, kind.maximum);
      return busy(c, kind);
    }
    try {
      await next();
      // A client reads no body in answer to HEAD.
      if (c.req.method === "HEAD") return leave();
      const response = watchBody(await settleShort(c.res), leave);
      c.res = undefined;
      c.res = response;
    } catch (error) {
      leave();
      throw error;
    }
  };
  return {
    ...part,
    routes(app) {
      app.use(`${root}/*`, limited);
      part.routes?.(app);
    },
    paths: (options) => withBusy(part.paths?.(options) ?? {}, limits),
    load: () => kinds.map(({ limit, slots }) => ({ limit, running: slots.taken, waiting: slots.waiting })),
  };
}

function busy(c: Context, { limit, maximum }: RequestLimit): Response {
  const detail = `${maximum} such requests are under way (${limit}), and others wait`;
  return problem(c, "TooBusy", detail, { headers: { "Retry-After": RETRY_AFTER } });
}

/** Path items whose limited operations say so, unless they have a 503 of their own. */
function withBusy(paths: JsonObject, limits: readonly RequestLimit[]): JsonObject {
  const busy = { $ref: "#/components/responses/TooBusy" };
  const described = Object.entries(paths as Record<string, Record<string, JsonObject>>).map(([path, methods]) => {
    const all = Object.entries(methods).map(([method, operation]): [string, Json] => {
      const isLimited = limits.some(({ includes }) => includes(method.toUpperCase(), path));
      const responses = { ...(isLimited && { 503: busy }), ...operation.responses as JsonObject };
      return [method, { ...operation, responses }];
    });
    return [path, Object.fromEntries(all)];
  });
  return Object.fromEntries(described);
}
