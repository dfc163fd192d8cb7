/**
 * `/lanes`, `/jobs` and `/deliveries` in the OpenAPI document.
 *
 * @module
 */

import { ACTIONS, PRIORITIES, STATES } from "./job_request.ts";
import { deliveryFilters, jobFilters } from "./job_filters.ts";
import { JSON_BODY_PROBLEMS } from "./json_body.ts";
import { listParameters } from "./list_query.ts";
import { operation } from "./openapi.ts";
import { count, list, object, text, time } from "./openapi_schemas.ts";
import type { JsonObject, OpenApiOptions } from "./part.ts";

const lane: JsonObject = {
  name: "PACS",
  state: "open",
  paused: false,
  jobs: { ready: 1200, leased: 0, waiting: 3, held: 0, dead: 1, delivered: 52000 },
  instancesPerSecond: 0,
  oldestAt: "2025-03-01T08:00:00.000Z",
  oldestAgeSeconds: 340,
  open: {
    since: "2025-03-01T08:01:00.000Z",
    why: "Cannot connect to 192.0.2.10:4242: nothing listens there (connection refused)",
    nextProbeAt: "2025-03-01T08:06:12.000Z",
  },
};

const job: JsonObject = {
  id: 71,
  lane: "PACS",
  route: "all to the PACS",
  recipe: "",
  unit: "1.2.276.0.7230010.3.1.2.1",
  priority: "medium",
  state: "dead",
  sopInstanceUid: "1.2.276.0.7230010.3.1.4.1",
  studyInstanceUid: "1.2.276.0.7230010.3.1.2.1",
  bytes: 526336,
  attempts: 2,
  addedAt: "2025-03-01T08:00:00.000Z",
  last: { class: "permanent", status: "0xC000", error: "Cannot send: the peer answered 0xC000" },
};

const delivery: JsonObject = {
  id: 9001,
  job: 70,
  lane: "PACS",
  route: "all to the PACS",
  recipe: "",
  sopInstanceUid: "1.2.276.0.7230010.3.1.4.2",
  studyInstanceUid: "1.2.276.0.7230010.3.1.2.1",
  attempt: 1,
  milliseconds: 14,
  bytes: 525824,
  at: "2025-03-01T08:00:01.000Z",
  class: "delivered",
  status: "0x0000",
};

const OUTCOME = {
  class: { ...text, description: "The outcome of the attempt, such as transient." },
  "status?": { ...text, description: "The status that the destination answered." },
  "error?": { ...text, description: "The problem in words." },
};

const ABOUT = {
  lane: { ...text, description: "Name of the destination." },
  route: { ...text, description: "Name of the route." },
  recipe: { ...text, description: "Stands for the changes on the way; empty for none." },
  sopInstanceUid: text,
  studyInstanceUid: text,
};

const SELECTION = {
  "lane?": text,
  "class?": { ...text, description: "Class of the last attempt." },
  "status?": { ...text, description: "The status that the destination answered last." },
  "sopInstanceUid?": text,
  "studyInstanceUid?": text,
};

/** Schemas of the bodies. */
export const ROUTING_SCHEMAS: JsonObject = {
  Lane: object({
    name: text,
    state: { enum: ["sending", "idle", "paused", "open", "off-hours", "unknown", "holding"] },
    paused: { type: "boolean" },
    jobs: object(Object.fromEntries(STATES.map((state) => [state, count]))),
    instancesPerSecond: { type: "number", minimum: 0, description: "The rate of about the last minute." },
    "oldestAt?": {
      ...time,
      description: "When the oldest unsent job was added, not counting jobs that wait for their unit.",
    },
    "oldestAgeSeconds?": count,
    "open?": { ...object({ since: time, why: text, nextProbeAt: time }), description: "While the destination fails." },
    "drainedInSeconds?": { ...count, description: "Seconds until the lane has sent all jobs, at the present rate." },
  }),
  Job: object({
    id: count,
    ...ABOUT,
    unit: { ...text, description: "The entity whose instances are sent together, such as a study." },
    priority: { enum: PRIORITIES },
    state: { enum: STATES },
    bytes: count,
    attempts: count,
    addedAt: time,
    "dueAt?": time,
    "choice?": {
      ...list(text),
      description: "Destinations of which one has to get the instance, the preferred one first.",
    },
    "refusedBy?": { ...list(text), description: "Destinations among them that have refused it for good." },
    "awaits?": {
      ...text,
      description: "Route, level and UID of the series or study that it is sent with, once that is complete.",
    },
    "last?": object(OUTCOME),
  }),
  JobChange: object({
    action: { enum: ACTIONS },
    "all?": { type: "boolean", description: "Whether a request without a condition means every job." },
    "ids?": list(count),
    "states?": list({ enum: STATES }),
    ...SELECTION,
    "to?": {
      ...object({
        "lane?": text,
        "priority?": { enum: PRIORITIES },
        "route?": { ...text, description: "Name of the route whose changes they get, in place of their own." },
        "set?": { type: "object", description: "Values by the paths of attributes, set before the route's changes." },
        "remove?": { ...list(text), description: "Paths of attributes that are removed before the route's changes." },
      }),
      description: "The edit, for the action edit.",
    },
  }),
  Delivery: object({
    id: count,
    job: count,
    ...ABOUT,
    attempt: count,
    milliseconds: count,
    bytes: count,
    "sentAs?": {
      ...object({ sopInstanceUid: text, studyInstanceUid: text }),
      description: "The UIDs that the instance was sent with, if it was changed on the way.",
    },
    at: time,
    ...OUTCOME,
  }),
};

const NAME = {
  parameters: [{ name: "name", in: "path", required: true, description: "Name of the destination.", schema: text }],
};

/** Path items; `classes` are the outcomes of attempts. */
export function routingPaths(options: OpenApiOptions, classes: readonly string[]): JsonObject {
  const page = (name: string, schema: string, example: JsonObject) => ({
    description: "A page of them; `next` is the `after` of the next.",
    content: {
      "application/json": {
        schema: object({ [name]: list({ $ref: `#/components/schemas/${schema}` }), "next?": count }),
        example: { [name]: [example] },
      },
    },
  });
  const done = { 204: { description: "It was done." } };
  return {
    "/lanes": {
      get: operation("lanes", "Destinations, and how much waits for each", options, {
        200: {
          description: "All lanes.",
          content: {
            "application/json": {
              schema: object({ lanes: list({ $ref: "#/components/schemas/Lane" }) }),
              example: { lanes: [lane] },
            },
          },
        },
      }, ["InvalidFilter"]),
    },
    "/lanes/{name}/pause": {
      post: {
        ...NAME,
        ...operation("pauseLane", "Send nothing more, until it is resumed", options, done, ["UnknownLane"]),
      },
    },
    "/lanes/{name}/resume": {
      post: {
        ...NAME,
        ...operation("resumeLane", "Send again, and try a destination that fails at once", options, done, [
          "UnknownLane",
        ]),
      },
    },
    "/jobs": {
      get: {
        parameters: listParameters(jobFilters(classes)),
        ...operation("jobs", "Jobs, the oldest first", options, { 200: page("jobs", "Job", job) }, [
          "InvalidFilter",
        ]),
      },
    },
    "/jobs/{id}": {
      get: {
        parameters: [{ name: "id", in: "path", required: true, description: "Id of the job.", schema: text }],
        ...operation("job", "A job", options, {
          200: {
            description: "The job.",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Job" }, example: job } },
          },
        }, ["InvalidFilter", "UnknownJob"]),
      },
    },
    "/jobs/change": {
      post: {
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: { $ref: "#/components/schemas/JobChange" },
              examples: {
                retry: {
                  summary: "Try all dead jobs of a lane again",
                  value: { action: "retry", lane: "PACS", states: ["dead"] },
                },
                mend: {
                  summary: "Correct an attribute that the route's changes cannot handle",
                  value: { action: "edit", ids: [71], to: { set: { PatientID: "4711" }, remove: ["PatientComments"] } },
                },
                edit: {
                  summary: "Send a job to another destination",
                  value: { action: "edit", ids: [71], to: { lane: "DISK" } },
                },
              },
            },
          },
        },
        ...operation("changeJobs", "Retry, hold, resume, drop or edit jobs", options, {
          200: {
            description: "The number of changed jobs. Jobs that are being sent stay as they are.",
            content: { "application/json": { schema: object({ changed: count }), example: { changed: 1 } } },
          },
        }, [...JSON_BODY_PROBLEMS, "InvalidJobRequest", "UnknownLane"]),
      },
    },
    "/deliveries": {
      get: {
        parameters: listParameters(deliveryFilters(classes)),
        ...operation("deliveries", "Attempts to deliver instances, the oldest first", options, {
          200: page("deliveries", "Delivery", delivery),
        }, ["InvalidFilter"]),
      },
    },
  };
}
