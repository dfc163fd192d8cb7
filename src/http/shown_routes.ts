/**
 * `GET /routes`: where instances go at the moment.
 *
 * @module
 */

import { refuseParameters } from "./list_query.ts";
import { operation } from "./openapi.ts";
import { list, object, text } from "./openapi_schemas.ts";
import type { HttpPart, JsonObject } from "./part.ts";

/** A route, as clients see it. */
export interface RouteEntry {
  readonly name: string;
  /** The condition of the route, as the configuration has it; absent for all instances. */
  readonly when?: object | undefined;
  readonly to: readonly string[];
  /** Whether one destination is enough: the first that works. */
  readonly firstOf: boolean;
  readonly unit: string;
  readonly countedBy?: string | undefined;
  /** Steps that change the instance, without their secrets. */
  readonly change: readonly string[];
  readonly acknowledge: string;
  readonly priority: string;
  readonly schedule?: object | undefined;
}

/** The routes, and the settings that hold for all of them. */
export interface RoutesEntry {
  readonly match: string;
  readonly otherwise: string;
  readonly routes: readonly RouteEntry[];
}

const example: JsonObject = {
  match: "all",
  otherwise: "keep",
  routes: [{
    name: "ct to the PACS",
    when: { callingAeTitle: "CT1" },
    to: ["PACS"],
    firstOf: false,
    unit: "instance",
    change: ['remove ["PatientComments"]'],
    acknowledge: "durable",
    priority: "high",
  }],
};

const ROUTE = object({
  name: text,
  "when?": { type: "object", description: "Which instances are meant, as the configuration has it; absent for all." },
  to: list(text),
  firstOf: { type: "boolean", description: "Whether the first of them that works is enough." },
  unit: { enum: ["instance", "series", "study"] },
  "countedBy?": { ...text, description: "The peer that says how many instances a unit has." },
  change: { ...list(text), description: "Steps on the way, without their secrets." },
  acknowledge: { enum: ["received", "durable", "delivered-any", "delivered-all", "committed"] },
  priority: { enum: ["high", "medium", "low"] },
  "schedule?": { type: "object", description: "When it sends; absent for always." },
});

/** The route that shows the routes. */
export function shownRoutesPart(routes: () => RoutesEntry): HttpPart {
  return {
    routes(app) {
      app.get("/routes", (c) => refuseParameters(c) ?? c.json(routes()));
    },
    paths: (options) => ({
      "/routes": {
        get: operation("routes", "Where instances go, by the routes that hold now", options, {
          200: {
            description: "All routes, in their order.",
            content: {
              "application/json": {
                schema: object({
                  match: { enum: ["all", "first"], description: "Whether all routes that match count, or the first." },
                  otherwise: {
                    enum: ["keep", "refuse", "hold"],
                    description: "What becomes of instances that no route matches.",
                  },
                  routes: list({ $ref: "#/components/schemas/Route" }),
                }),
                example,
              },
            },
          },
        }, ["InvalidFilter"]),
      },
    }),
    schemas: { Route: ROUTE },
  };
}
