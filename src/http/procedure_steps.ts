/**
 * `/mpps`: performed procedure steps, in the DICOM JSON model.
 *
 * @module
 */

import {
  choiceRule,
  DATE_RULE,
  type DateFilter,
  listParameters,
  type Page,
  readDates,
  readListQuery,
} from "./list_query.ts";
import { jsonResponse, operation, pathParameter } from "./openapi.ts";
import { EXAMPLES } from "./openapi_examples.ts";
import type { HttpPart, Json, JsonObject } from "./part.ts";
import { problem } from "./problem.ts";
import { dataScopes } from "./scopes.ts";
import { DICOM_JSON, type ListedPage } from "./worklist.ts";

/** Selects steps. */
export interface ProcedureStepFilter {
  /** Start date. */
  readonly dates?: DateFilter;
  /** Status. */
  readonly status?: string;
}

/** The steps, as the routes see them. */
export interface ProcedureStepRoutesSource {
  /** Steps in the order of their UIDs, as the schema ProcedureStepsPage has them. */
  list(filter: ProcedureStepFilter, page: Page): Promise<ListedPage<JsonObject>>;
  /** The step with a SOP Instance UID; undefined for an unknown one. */
  get(sopInstanceUid: string): Promise<Json | undefined>;
}

const STATUSES = ["IN PROGRESS", "COMPLETED", "DISCONTINUED"];

const FILTERS = {
  date: DATE_RULE,
  status: choiceRule("With this status.", STATUSES),
} as const;

/** The routes of performed procedure steps. */
export function procedureStepsPart(source: ProcedureStepRoutesSource): HttpPart {
  return {
    routes(app) {
      app.get("/mpps", async (c) => {
        const query = readListQuery(c, FILTERS);
        if (query instanceof Response) return query;
        const { filters: { date, status }, page } = query;
        const filter = {
          ...(date !== undefined && { dates: readDates(date) }),
          ...(status !== undefined && { status }),
        };
        const { entries, next } = await source.list(filter, page);
        return c.json({ steps: entries, ...(next !== undefined && { next }) });
      });
      app.get("/mpps/:uid", async (c) => {
        const step = await source.get(c.req.param("uid"));
        if (step !== undefined) return c.body(JSON.stringify(step), 200, { "Content-Type": DICOM_JSON });
        return problem(c, "UnknownProcedureStep", "No performed procedure step has this SOP Instance UID");
      });
    },
    paths: (options) => ({
      "/mpps": {
        get: {
          parameters: listParameters(FILTERS),
          ...operation("procedureSteps", "Performed procedure steps, and how far they are forwarded", options, {
            200: jsonResponse("A page of steps, in the order of their UIDs.", "ProcedureStepsPage", "procedureSteps"),
          }, ["InvalidFilter"]),
        },
      },
      "/mpps/{uid}": {
        get: {
          parameters: [pathParameter("uid", "SOP Instance UID of a step.")],
          ...operation("procedureStep", "A performed procedure step", options, {
            200: {
              description: "Its attributes.",
              content: {
                [DICOM_JSON]: { schema: { $ref: "#/components/schemas/DicomJson" }, example: EXAMPLES.procedureStep },
              },
            },
          }, ["UnknownProcedureStep"]),
        },
      },
    }),
    scopes: [dataScopes("/mpps")],
    links: [{ path: "/mpps", about: "Performed procedure steps" }],
  };
}
