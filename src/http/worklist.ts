/**
 * `/worklist`: the items of the modality worklist, in the DICOM JSON model.
 *
 * @module
 */

import type { Context } from "hono";
import { readJson } from "./json_body.ts";
import type { MemberError } from "./echo_request.ts";
import {
  DATE_RULE,
  type DateFilter,
  type FilterRule,
  listParameters,
  type Page,
  readDates,
  readListQuery,
} from "./list_query.ts";
import { jsonResponse, operation, pathParameter } from "./openapi.ts";
import { EXAMPLES } from "./openapi_examples.ts";
import type { HttpPart, Json, JsonObject } from "./part.ts";
import { problem, type ProblemName } from "./problem.ts";
import { dataScopes } from "./scopes.ts";

/** Selects items: those with a step that matches the whole filter. */
export interface WorklistItemFilter {
  /** Scheduled start date. */
  readonly dates?: DateFilter;
  /** Modality. */
  readonly modality?: string;
  /** Scheduled station AE title. */
  readonly station?: string;
  /** Status of the step. */
  readonly status?: string;
}

/** A page of a list. */
export interface ListedPage<Entry> {
  /** The entries. */
  readonly entries: readonly Entry[];
  /** The key after which the next page begins. */
  readonly next?: string;
}

/** The outcome of putting an item. */
export type PutOutcome =
  | { readonly outcome: "put"; readonly created: boolean; readonly item: Json }
  | { readonly outcome: "invalid"; readonly errors: readonly MemberError[] }
  | { readonly outcome: "full" };

/** The worklist, as the routes see it. */
export interface WorklistRoutesSource {
  /** Items in the order of their keys, as the schema WorklistPage has them. */
  list(filter: WorklistItemFilter, page: Page): Promise<ListedPage<JsonObject>>;
  /** The item with a key; undefined for an unknown key. */
  get(key: string): Promise<Json | undefined>;
  /** Checks a JSON value, and puts it as an item. */
  put(key: string, json: unknown): Promise<PutOutcome>;
  /** Deletes an item; false for an unknown key. */
  delete(key: string): Promise<boolean>;
}

/** Media type of a data set in the DICOM JSON model. */
export const DICOM_JSON = "application/dicom+json";

const MEDIA_TYPES = ["application/json", DICOM_JSON];

/** Longest item in bytes. */
const LONGEST_ITEM = 1024 * 1024;

const KEY_PATTERN = "^[A-Za-z0-9._~-]{1,64}$";
const KEY = new RegExp(KEY_PATTERN);

/** The prefix of keys of items from files; no other key may have it. */
const FILE = "file:";

const text = (description: string, expected: string): FilterRule => ({
  description,
  expected,
  isValid: (value) => /^[\x20-\x7e]{1,16}$/.test(value),
});

const FILTERS = {
  date: DATE_RULE,
  modality: text("Of this modality.", "a modality such as CT"),
  station: text("Of the station with this AE title.", "an AE title"),
  status: text("With this status, such as `IN PROGRESS`.", "a status such as COMPLETED"),
} as const;

/** The routes of the worklist. */
export function worklistPart(source: WorklistRoutesSource): HttpPart {
  return {
    routes(app) {
      app.get("/worklist", (c) => list(c, source));
      app.post("/worklist", (c) => put(c, source, crypto.randomUUID()));
      app.get("/worklist/:key", async (c) => {
        const item = await source.get(c.req.param("key"));
        return item === undefined ? unknown(c) : dicomJson(c, item, 200);
      });
      app.put("/worklist/:key", (c) => {
        const key = c.req.param("key");
        if (key.startsWith(FILE)) return file(c);
        return KEY.test(key) ? put(c, source, key) : wrongKey(c);
      });
      app.delete("/worklist/:key", async (c) => {
        const key = c.req.param("key");
        if (await source.delete(key)) return c.body(null, 204);
        return key.startsWith(FILE) && await source.get(key) !== undefined ? file(c) : unknown(c);
      });
    },
    paths: (options) => {
      const item = {
        content: Object.fromEntries(
          MEDIA_TYPES.map((type) => [type, {
            schema: { $ref: "#/components/schemas/DicomJson" },
            example: EXAMPLES.worklistItem,
          }]),
        ),
      };
      const answer = (description: string) => ({ description, content: { [DICOM_JSON]: item.content[DICOM_JSON]! } });
      const created = {
        ...answer("It is durable, and is offered from now on; identifiers that it lacked were made."),
        headers: { Location: { description: "Its path.", schema: { type: "string" } } },
      };
      const key = pathParameter("key", "Of an item.", { type: "string", pattern: KEY_PATTERN });
      return {
        "/worklist": {
          get: {
            parameters: listParameters(FILTERS),
            ...operation("worklist", "Items of the modality worklist", options, {
              200: jsonResponse("A page of items, in the order of their keys.", "WorklistPage", "worklist"),
            }, ["InvalidFilter"]),
          },
          post: {
            requestBody: { required: true, ...item },
            ...operation(
              "addWorklistItem",
              "Add an item under a key that is made",
              options,
              { 201: created },
              PROBLEMS,
            ),
          },
        },
        "/worklist/{key}": {
          get: {
            parameters: [key],
            ...operation("worklistItem", "An item", options, { 200: answer("The item.") }, ["UnknownWorklistItem"]),
          },
          put: {
            parameters: [key],
            requestBody: { required: true, ...item },
            ...operation("putWorklistItem", "Add an item, or replace one", options, {
              200: answer("It has taken the place of the one with this key, and is durable."),
              201: created,
            }, [...PROBLEMS, "WorklistFile"]),
          },
          delete: {
            parameters: [key],
            ...operation("deleteWorklistItem", "Delete an item", options, {
              204: { description: "It was deleted." },
            }, ["UnknownWorklistItem", "WorklistFile"]),
          },
        },
      };
    },
    scopes: [dataScopes("/worklist")],
    links: [{ path: "/worklist", about: "Items of the modality worklist" }],
  };
}

const PROBLEMS: readonly ProblemName[] = [
  "MalformedBody",
  "BodyTooLarge",
  "UnsupportedMediaType",
  "InvalidWorklistItem",
  "WorklistFull",
];

async function list(c: Context, source: WorklistRoutesSource): Promise<Response> {
  const query = readListQuery(c, FILTERS);
  if (query instanceof Response) return query;
  const { filters: { date, ...filters }, page } = query;
  const { entries, next } = await source.list(
    { ...filters, ...(date !== undefined && { dates: readDates(date) }) },
    page,
  );
  return c.json({ items: entries, ...(next !== undefined && { next }) });
}

async function put(c: Context, source: WorklistRoutesSource, key: string): Promise<Response> {
  const body = await readJson(c, LONGEST_ITEM, MEDIA_TYPES);
  if (body instanceof Response) return body;
  const result = await source.put(key, body.value);
  switch (result.outcome) {
    case "invalid":
      return problem(c, "InvalidWorklistItem", "The body is not a worklist item", {
        members: { errors: result.errors },
      });
    case "full":
      return problem(c, "WorklistFull", "The worklist has as many items as it may have");
    case "put":
      return dicomJson(
        c,
        result.item,
        result.created ? 201 : 200,
        result.created ? { Location: `/worklist/${key}` } : {},
      );
  }
}

function dicomJson(c: Context, item: Json, status: 200 | 201, headers: Record<string, string> = {}): Response {
  return c.body(JSON.stringify(item), status, { ...headers, "Content-Type": DICOM_JSON });
}

function unknown(c: Context): Response {
  return problem(c, "UnknownWorklistItem", "No worklist item has this key");
}

function file(c: Context): Response {
  return problem(c, "WorklistFile", "The item is a file of the worklist's folder");
}

function wrongKey(c: Context): Response {
  const expected = "1 to 64 letters, digits, and . _ ~ -";
  return problem(c, "InvalidWorklistItem", "The key in the path can be no key of an item", {
    members: { errors: [{ pointer: "", found: "another key", expected }] },
  });
}
