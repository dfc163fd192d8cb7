/**
 * The HTTP sidecar: health, associations, C-ECHO on request and metrics, beside the DICOM gateway.
 *
 * It knows the gateway only by the interfaces that it declares, and is a function from `Request` to `Response`: whoever
 * can serve those can serve it.
 *
 * @module
 */

import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { echoRoute, type EchoSource } from "./echo.ts";
import { health, type HealthSource, live, ready } from "./health.ts";
import { indexPage } from "./index_page.ts";
import { METRICS_MEDIA_TYPE, renderMetrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { problem } from "./problem.ts";
import type { AssociationsReport } from "./reports.ts";
import { allowHosts, bearerToken, refuseCrossSite, securityHeaders } from "./security.ts";

/** The associations, as the sidecar sees them. */
export interface AssociationsSource {
  /** What there is at this moment. */
  snapshot(): AssociationsReport;
  /** Aborts an active association; false when there is none with this id. */
  abort(id: string): boolean;
}

/** What the sidecar is made from. */
export interface SidecarOptions extends HealthSource, EchoSource {
  /** What `/associations` and `/metrics` tell of. */
  readonly associations: AssociationsSource;
  /** Bearer token that all routes but health want; without one, all are open. At least one character. */
  readonly token?: string;
  /**
   * Hosts that requests may name, without port, IPv6 in brackets; default any. A sidecar that is open because it listens
   * on loopback only names `localhost`, `127.0.0.1` and `[::1]` here.
   */
  readonly allowedHosts?: readonly string[];
  /** Told what a route threw unexpectedly; the caller of the route only learns that something did. */
  onError?(error: unknown): void;
}

/**
 * Makes the sidecar. Routes that are added to it later are protected and answer errors as its own do.
 *
 * Throws `TypeError` when `token` is empty.
 */
export function createSidecar(options: SidecarOptions): Hono {
  const app = new Hono({ strict: false });
  protect(app, options);
  answerErrors(app, options);

  app.get("/", (c) => indexPage(c, options));
  app.get("/health", (c) => health(c, options));
  app.get("/health/live", (c) => live(c));
  app.get("/health/ready", (c) => ready(c, options));
  app.get("/associations", (c) => c.json(options.associations.snapshot()));
  app.delete("/associations/:id", (c) => {
    if (options.associations.abort(c.req.param("id"))) return c.body(null, 204);
    return problem(c, "UnknownAssociation", "No active association has this id");
  });
  app.post("/echo", echoRoute(options));
  app.get("/metrics", (c) => {
    const metrics = renderMetrics(options.associations.snapshot(), options);
    return c.body(metrics, 200, { "Content-Type": METRICS_MEDIA_TYPE });
  });
  app.get("/openapi.json", (c) => c.json(openApiDocument(options)));
  return app;
}

function protect(app: Hono, { token, allowedHosts }: SidecarOptions): void {
  if (token === "") {
    throw new TypeError("Cannot create the sidecar: the token is empty, expected at least one character");
  }
  app.use(securityHeaders);
  if (allowedHosts) app.use(allowHosts(allowedHosts));
  app.use(token === undefined ? refuseCrossSite : bearerToken(token, isHealth));
}

/** Health is for orchestrators, which have no token. */
function isHealth(path: string): boolean {
  return path === "/health" || path.startsWith("/health/");
}

function answerErrors(app: Hono, { onError }: SidecarOptions): void {
  app.use(methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = methods.join(", ");
      return problem(c, "MethodNotAllowed", `This path has ${allow} only`, { headers: { Allow: allow } });
    },
  }));
  app.notFound((c) => problem(c, "NotFound", "There is nothing at this path"));
  app.onError((error, c) => {
    onError?.(error);
    return problem(c, "InternalError", "Something went wrong in the gateway; its log says what");
  });
}
