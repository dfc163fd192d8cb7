/**
 * `GET /associations`, and `DELETE` of one.
 *
 * @module
 */

import type { StatisticsReport } from "../telemetry/statistics_report.ts";
import { jsonResponse, operation } from "./openapi.ts";
import type { HttpPart } from "./part.ts";
import { problem } from "./problem.ts";

/** The associations, as the routes see them. */
export interface AssociationsSource {
  /** The current report. */
  snapshot(): StatisticsReport;
  /** Aborts an active association; false if none has this id. */
  abort(id: string): boolean;
}

/** The routes of associations. */
export function associationsPart(source: AssociationsSource): HttpPart {
  return {
    routes(app) {
      app.get("/associations", (c) => c.json(source.snapshot()));
      app.delete("/associations/:id", (c) => {
        if (source.abort(c.req.param("id"))) return c.body(null, 204);
        return problem(c, "UnknownAssociation", "No active association has this id");
      });
    },
    paths: (options) => ({
      "/associations": {
        get: operation("associations", "Active and recent associations, and totals since the start", options, {
          200: jsonResponse("The report.", "AssociationsReport", "associations"),
        }),
      },
      "/associations/{id}": {
        delete: {
          parameters: [{
            name: "id",
            in: "path",
            required: true,
            description: "Of an active association.",
            schema: { type: "string" },
          }],
          ...operation("abortAssociation", "Abort an association", options, {
            204: { description: "It was aborted." },
          }, ["UnknownAssociation"]),
        },
      },
    }),
    links: [{ path: "/associations", about: "Active and recent associations, and totals" }],
  };
}
