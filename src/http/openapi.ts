/**
 * `GET /openapi.json`: the sidecar in OpenAPI 3.1.
 *
 * @module
 */

import { EXAMPLES } from "./openapi_examples.ts";
import { type Json, type JsonObject, SCHEMAS } from "./openapi_schemas.ts";
import { HEALTH_MEDIA_TYPE } from "./health.ts";
import { PROBLEM_MEDIA_TYPE, type ProblemName, PROBLEMS, problemType } from "./problem.ts";

/** What the document depends on. */
export interface OpenApiOptions {
  readonly version: string;
  /** When there is one, all routes but health want it. */
  readonly token?: string;
  readonly allowedHosts?: readonly string[];
}

/** The document. */
export function openApiDocument(options: OpenApiOptions): JsonObject {
  const { version, token } = options;
  return {
    openapi: "3.1.1",
    info: {
      title: "Gantry",
      version,
      summary: "The HTTP sidecar of a DICOM gateway",
      description: "Errors are problem details (RFC 9457). A `GET` route answers `HEAD` as well.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    ...(token === undefined ? {} : { security: [{ bearer: [] }] }),
    paths: paths(options),
    components: {
      schemas: SCHEMAS,
      responses: Object.fromEntries(problemNames().map((name) => [name, problemResponse(name)])),
      ...(token === undefined ? {} : { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } }),
    },
  };
}

function paths(options: OpenApiOptions): JsonObject {
  const open = { ...options, isOpen: true };
  return {
    "/": {
      get: operation("index", "A page that leads to everything else", options, {
        200: { description: "The page.", content: { "text/html": { schema: { type: "string" } } } },
      }),
    },
    "/health": {
      get: operation("health", "Whether the gateway works, check by check", open, {
        200: healthResponse("It works, perhaps with concerns (`warn`).", "health"),
        503: healthResponse("A check fails.", "failingHealth"),
      }),
    },
    "/health/live": {
      get: operation("live", "Whether the process answers", open, { 200: healthResponse("It does.", "live") }),
    },
    "/health/ready": {
      get: operation("ready", "Whether new associations are welcome", open, {
        200: healthResponse("They are.", "live"),
        503: healthResponse("The gateway is draining, or a check fails.", "notReady"),
      }),
    },
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
    "/echo": {
      post: {
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: { $ref: "#/components/schemas/EchoRequest" },
              examples: {
                peer: { summary: "A configured peer", value: EXAMPLES.echoPeer },
                adHoc: { summary: "A target that is not configured, where that is allowed", value: EXAMPLES.echoAdHoc },
              },
            },
          },
        },
        ...operation("echo", "Send a C-ECHO", options, {
          200: jsonResponse("The peer answered with Success.", "EchoAnswer", "echoAnswer"),
        }, ECHO_PROBLEMS),
      },
    },
    "/metrics": {
      get: operation("metrics", "Metrics in Prometheus text format 0.0.4", options, {
        200: { description: "The metrics.", content: { "text/plain": { schema: { type: "string" } } } },
      }),
    },
    "/openapi.json": {
      get: operation("openapi", "This document", options, {
        200: { description: "The document.", content: { "application/json": { schema: { type: "object" } } } },
      }),
    },
  };
}

const ECHO_PROBLEMS: readonly ProblemName[] = [
  "MalformedBody",
  "AdHocEchoNotAllowed",
  "UnknownPeer",
  "BodyTooLarge",
  "UnsupportedMediaType",
  "InvalidEchoRequest",
  "AdHocEchoBusy",
  "PeerFailed",
  "PeerTimedOut",
];

function operation(
  operationId: string,
  summary: string,
  options: OpenApiOptions & { readonly isOpen?: boolean },
  answers: { readonly [status: string]: Json },
  problems: readonly ProblemName[] = [],
): JsonObject {
  const { token, allowedHosts, isOpen = false } = options;
  const all: ProblemName[] = [...problems, "InternalError"];
  if (allowedHosts) all.push("HostNotAllowed");
  if (token === undefined) all.push("CrossSiteRequest");
  else if (!isOpen) all.push("Unauthorized");
  const security = token !== undefined && isOpen ? { security: [] } : {};
  return { operationId, summary, ...security, responses: { ...answers, ...problemResponses(all) } };
}

/** Problems by status; those that share one are told together. */
function problemResponses(names: readonly ProblemName[]): JsonObject {
  const responses: Record<string, Json> = {};
  for (const name of names) {
    const sharers = names.filter((other) => PROBLEMS[other].status === PROBLEMS[name].status);
    const description = sharers.map((sharer) => PROBLEMS[sharer].description).join(" Or: ");
    responses[PROBLEMS[name].status] = sharers.length === 1
      ? { $ref: `#/components/responses/${name}` }
      : { ...problemResponse(name), description };
  }
  return responses;
}

function problemNames(): ProblemName[] {
  return Object.keys(PROBLEMS) as ProblemName[];
}

function problemResponse(name: ProblemName): JsonObject {
  const { status, title, description } = PROBLEMS[name];
  const schema = PROBLEM_SCHEMAS[name] ?? "Problem";
  const example = { type: problemType(name), title, status, ...PROBLEM_EXAMPLES[name] };
  return {
    description,
    content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: `#/components/schemas/${schema}` }, example } },
  };
}

/** Schemas of problems that have members of their own. */
const PROBLEM_SCHEMAS: Partial<Record<ProblemName, keyof typeof SCHEMAS>> = {
  InvalidEchoRequest: "InvalidEchoRequest",
  PeerFailed: "PeerFailed",
  PeerTimedOut: "PeerFailed",
};

const PROBLEM_EXAMPLES: Partial<Record<ProblemName, JsonObject>> = {
  InvalidEchoRequest: EXAMPLES.invalidEchoRequest,
  PeerFailed: EXAMPLES.peerFailed,
  PeerTimedOut: EXAMPLES.peerTimedOut,
};

function healthResponse(description: string, example: keyof typeof EXAMPLES): JsonObject {
  const schema = { $ref: "#/components/schemas/Health" };
  return { description, content: { [HEALTH_MEDIA_TYPE]: { schema, example: EXAMPLES[example] } } };
}

function jsonResponse(description: string, schema: keyof typeof SCHEMAS, example: keyof typeof EXAMPLES): JsonObject {
  const content = { schema: { $ref: `#/components/schemas/${schema}` }, example: EXAMPLES[example] };
  return { description, content: { "application/json": content } };
}
