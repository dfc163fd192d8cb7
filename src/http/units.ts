/**
 * `/units`: series and studies that routes send as one, both those that are arriving and those that are complete.
 *
 * @module
 */

import { choiceRule, listParameters, type Page, readListQuery } from "./list_query.ts";
import { operation } from "./openapi.ts";
import { count, list, object, text, time } from "./openapi_schemas.ts";
import type { HttpPart, JsonObject } from "./part.ts";
import type { ListedPage } from "./worklist.ts";

/** Selects units. */
export interface UnitsFilter {
  /** Units of this study. */
  readonly studyInstanceUid?: string | undefined;
  /** Units that are arriving (`open`), or that have been complete (`closed`). */
  readonly state?: "open" | "closed" | undefined;
}

/** The units, as the routes see them; those of one study together, as the schema Unit has them. */
export type ListUnits = (filter: UnitsFilter, page: Page) => Promise<ListedPage<JsonObject>>;

const FILTERS = {
  studyInstanceUid: {
    description: "Of this study.",
    expected: "a UID of at most 64 characters",
    isValid: (value: string) => value.length >= 1 && value.length <= 64,
  },
  state: choiceRule("Those that are coming, or those that have been complete.", ["open", "closed"]),
} as const;

/** A unit, as an example for the OpenAPI document. */
export const UNIT_EXAMPLE: JsonObject = {
  route: "studies to the PACS",
  level: "study",
  studyInstanceUid: "1.2.276.0.7230010.3.1.2.1",
  open: { generation: 2, since: "2025-03-01T08:20:00.000Z", instances: 3, missing: 0 },
  closed: [{ generation: 1, closedBy: "mpps", at: "2025-03-01T08:04:00.000Z", instances: 412 }],
};

const closedBy: JsonObject = {
  enum: ["quiet", "cap", "limit", "mpps", "commitment", "availability", "count"],
  description: "Why the unit was closed: a quiet time, the longest time, too many other units, or evidence.",
};

/** The routes of units. */
export function unitsPart(find: ListUnits): HttpPart {
  return {
    routes(app) {
      app.get("/units", async (c) => {
        const query = readListQuery(c, FILTERS);
        if (query instanceof Response) return query;
        const { filters: { studyInstanceUid, state }, page } = query;
        const { entries, next } = await find({ studyInstanceUid, state: state as UnitsFilter["state"] }, page);
        return c.json({ units: entries, ...(next !== undefined && { next }) });
      });
    },
    paths: (options) => ({
      "/units": {
        get: {
          parameters: listParameters(FILTERS),
          ...operation("units", "Series and studies that routes send as one, and why they were closed", options, {
            200: {
              description: "A page of units, in the order of their studies; `next` is the `after` of the next page.",
              content: {
                "application/json": {
                  schema: { $ref: "#/components/schemas/UnitsPage" },
                  example: { units: [UNIT_EXAMPLE] },
                },
              },
            },
          }, ["InvalidFilter"]),
        },
      },
    }),
    schemas: {
      UnitsPage: object({ units: list({ $ref: "#/components/schemas/Unit" }), "next?": text }),
      Unit: object({
        route: { ...text, description: "Name of the route." },
        level: { enum: ["series", "study"] },
        studyInstanceUid: text,
        "seriesInstanceUid?": { ...text, description: "For a unit that is a series." },
        "open?": {
          ...object({
            generation: count,
            since: time,
            instances: count,
            missing: { ...count, description: "Instances that a list names and that have not arrived." },
          }),
          description: "While instances are arriving.",
        },
        closed: list(object({ generation: count, closedBy, at: time, instances: count })),
      }),
    },
    links: [{ path: "/units", about: "Series and studies that routes send as one" }],
  };
}
