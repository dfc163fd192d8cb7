/**
 * The HTTP side of a gateway: protects the routes of its parts, and describes them in one document.
 *
 * The app is a function from `Request` to `Response`: any server that has those can run it.
 *
 * @module
 */

import { Hono, type MiddlewareHandler } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { getPathNoStrict } from "hono/utils/url";
import { recognizeByAny } from "../access/web/asker.ts";
import { recognizeOne } from "../access/web/fixed_tokens.ts";
import { authorize, type HttpRequestEvent } from "./authorize.ts";
import { allowOrigins } from "./cross_origin.ts";
import { indexPage } from "./index_page.ts";
import { openApiDocument, operation } from "./openapi.ts";
import type { HttpPart, OpenApiOptions } from "./part.ts";
import { problem } from "./problem.ts";
import { scopeFinder } from "./scopes.ts";
import { allowHosts, refuseCrossSite, securityHeaders } from "./security.ts";
import { checkToken } from "./token.ts";

/** What the app is made of. */
export interface HttpAppOptions extends OpenApiOptions {
  /**
   * Hosts that requests may name, without port, IPv6 in brackets; default any valid host. An app that needs no token because it
   * listens only on loopback names `localhost`, `127.0.0.1` and `[::1]` here.
   */
  readonly allowedHosts?: readonly string[];
  /** The parts that the app serves. */
  readonly parts: readonly HttpPart[];
  /** Called with each request that needs a token, once it is answered or refused. */
  onRequest?(event: HttpRequestEvent): void;
  /** Called with an unexpected error of a route; the client only learns that an error happened. */
  onError?(error: unknown): void;
}

/**
 * Makes the app. Routes that are added to it later are protected, and answer errors, as its own do.
 *
 * Throws `TypeError` when `token` is empty.
 */
export function createHttpApp(options: HttpAppOptions): Hono {
  const app = new Hono({ getPath: plainPath });
  app.use(withoutBodyForHead);
  const parts: readonly HttpPart[] = [...options.parts, descriptionPart(options)];
  protect(app, { ...options, parts });
  answerErrors(app, options);
  for (const part of parts) part.routes?.(app);
  return app;
}

/** A client reads no body in answer to HEAD: cancelling the body of the `GET` route closes what that has open. */
const withoutBodyForHead: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.req.method === "HEAD") await c.res.body?.cancel();
};

/** The path of a request without a slash at its end and without empty segments: clients that join prefixes make such paths. */
function plainPath(request: Request): string {
  const path = getPathNoStrict(request);
  return path.includes("//") ? path.replace(/\/{2,}/g, "/") : path;
}

/** The page at `/`, and the OpenAPI document. */
function descriptionPart(options: HttpAppOptions): HttpPart {
  const part: HttpPart = {
    routes(app) {
      app.get("/", (c) => indexPage(c, options.version, all.flatMap(({ links = [] }) => links)));
      app.get("/openapi.json", (c) => c.json(openApiDocument(options, all)));
    },
    paths: (options) => ({
      "/": {
        get: operation("index", "A page that leads to everything else", options, {
          200: { description: "The page.", content: { "text/html": { schema: { type: "string" } } } },
        }),
      },
      "/openapi.json": {
        get: operation("openapi", "This document", options, {
          200: { description: "The document.", content: { "application/json": { schema: { type: "object" } } } },
        }),
      },
    }),
    scopes: ["/", "/openapi.json"].map((path) => ({ path, scopes: { GET: "any" } })),
    links: [{ path: "/openapi.json", about: "All routes, as OpenAPI 3.1" }],
  };
  const all = [...options.parts, part];
  return part;
}

function protect(app: Hono, { token, access, allowedHosts, parts, onRequest }: HttpAppOptions): void {
  checkToken(token);
  app.use(securityHeaders);
  app.use(allowHosts(allowedHosts));
  const crossOrigin = parts.flatMap((part) => part.crossOrigin ?? []);
  const recognizers = [...(token === undefined ? [] : [recognizeOne(token)]), ...(access ? [access.recognize] : [])];
  const isProtected = recognizers.length > 0;
  if (crossOrigin.length > 0) app.use(allowOrigins(crossOrigin, isProtected));
  for (const part of parts) part.openRoutes?.(app);
  if (!isProtected) return void app.use(refuseCrossSite(crossOrigin));
  const scopeOf = scopeFinder(parts.flatMap(({ scopes = [] }) => scopes));
  app.use(authorize({ recognize: recognizeByAny(recognizers), scopeOf, isOpen: isHealth, onRequest }));
}

/** Health is for orchestrators, which have no token. */
function isHealth(path: string): boolean {
  return path === "/health" || path.startsWith("/health/");
}

function answerErrors(app: Hono, { onError, parts }: HttpAppOptions): void {
  app.use(methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = methods.join(", ");
      return problem(c, "MethodNotAllowed", `This path has ${allow} only`, { headers: { Allow: allow } });
    },
  }));
  app.notFound((c) => {
    for (const { explain } of parts) {
      const found = explain?.(c.req.path);
      if (found !== undefined) return problem(c, found.problem, found.detail);
    }
    return problem(c, "NotFound", "No route has this path");
  });
  app.onError((error, c) => {
    // A client that left reads no answer, and its leaving is no error.
    if (!isLeft(c.req.raw.signal, error)) onError?.(error);
    return problem(c, "InternalError", "Something went wrong in the gateway; its log says what");
  });
}

/** Whether an error only says that the client of the request has left. */
function isLeft(signal: AbortSignal, error: Error): boolean {
  return signal.aborted && (error === signal.reason || error.name === "AbortError");
}
