/**
 * `GET /metrics`.
 *
 * @module
 */

import { type MetricFamily, METRICS_MEDIA_TYPE, renderMetrics } from "../telemetry/prometheus.ts";
import { operation } from "./openapi.ts";
import type { HttpPart } from "./part.ts";

/** The route of metrics; it calls `families` at each request. */
export function metricsPart(families: () => readonly MetricFamily[]): HttpPart {
  return {
    routes(app) {
      app.get("/metrics", (c) => c.body(renderMetrics(families()), 200, { "Content-Type": METRICS_MEDIA_TYPE }));
    },
    paths: (options) => ({
      "/metrics": {
        get: operation("metrics", "Metrics in Prometheus text format 0.0.4", options, {
          200: { description: "The metrics.", content: { "text/plain": { schema: { type: "string" } } } },
        }),
      },
    }),
    links: [{ path: "/metrics", about: "The same as Prometheus metrics" }],
  };
}
