/**
 * `GET /openapi.json`: all routes in OpenAPI 3.1, and helpers with which parts describe theirs.
 *
 * @module
 */

import { EXAMPLES } from "./openapi_examples.ts";
import { type Json, type JsonObject, SCHEMAS } from "./openapi_schemas.ts";
import type { HttpAccess, HttpPart, OpenApiOptions } from "./part.ts";
import { HEALTH_MEDIA_TYPE } from "./health_format.ts";
import { scopeFinder } from "./scopes.ts";
import { PROBLEM_MEDIA_TYPE, type ProblemName, PROBLEMS, problemType } from "./problem.ts";

/** The document of all parts. */
export function openApiDocument(options: OpenApiOptions, parts: readonly HttpPart[]): JsonObject {
  const { version, access } = options;
  const needsToken = isProtected(options);
  const scopeOf = scopeFinder(parts.flatMap(({ scopes = [] }) => scopes));
  const paths = Object.assign({}, ...parts.map((part) => part.paths?.(options)));
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
    ...(needsToken && { security: securityOf(access, []) }),
    paths: access === undefined ? paths : withScopes(paths, access, scopeOf),
    components: {
      schemas: Object.assign({}, SCHEMAS, ...parts.map((part) => part.schemas)),
      responses: Object.fromEntries(problemNames().map((name) => [name, problemResponse(name)])),
      ...(needsToken && { securitySchemes: schemesOf(access) }),
    },
  };
}

function isProtected({ token, access }: OpenApiOptions): boolean {
  return token !== undefined || access !== undefined;
}

function schemesOf(access: HttpAccess | undefined): JsonObject {
  const openIdConnectUrl = access?.issuer && `${access.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  return {
    bearer: { type: "http", scheme: "bearer" },
    ...(openIdConnectUrl !== undefined && { oidc: { type: "openIdConnect", openIdConnectUrl } }),
  };
}

/** Either of the security schemes, with the scopes that an operation needs. */
function securityOf(access: HttpAccess | undefined, scopes: readonly string[]): Json[] {
  return ["bearer", ...(access?.issuer === undefined ? [] : ["oidc"])].map((scheme) => ({ [scheme]: [...scopes] }));
}

/** Operations with the scope that each needs; open operations are marked already. */
function withScopes(
  paths: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>,
  access: HttpAccess,
  scopeOf: ReturnType<typeof scopeFinder>,
): JsonObject {
  const all = Object.entries(paths).map(([path, methods]) => {
    const described = Object.entries(methods).map(([method, described]) => {
      const scope = scopeOf(method.toUpperCase(), path);
      return [method, { security: securityOf(access, scope === "any" ? [] : [scope]), ...described }];
    });
    return [path, Object.fromEntries(described)];
  });
  return Object.fromEntries(all);
}

/**
 * An operation; `problems` are its answers besides those of every route. `isOpen` says that it needs no token.
 */
export function operation(
  operationId: string,
  summary: string,
  options: OpenApiOptions & { readonly isOpen?: boolean },
  answers: { readonly [status: string]: Json },
  problems: readonly ProblemName[] = [],
): JsonObject {
  const { access, isOpen = false } = options;
  const needsToken = isProtected(options);
  const all: ProblemName[] = [...problems, "InternalError", "HostNotAllowed"];
  if (!needsToken) all.push("CrossSiteRequest");
  else if (!isOpen) all.push("Unauthorized");
  if (access !== undefined && !isOpen) all.push("InsufficientScope", "TokenNotChecked");
  const security = needsToken && isOpen ? { security: [] } : {};
  return { operationId, summary, ...security, responses: { ...answers, ...problemResponses(all) } };
}

/** Problems by status; those of one status share a response. */
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
  InvalidWorklistItem: "InvalidRequest",
  InvalidFilter: "InvalidRequest",
  PeerFailed: "PeerFailed",
  PeerTimedOut: "PeerFailed",
};

const PROBLEM_EXAMPLES: Partial<Record<ProblemName, JsonObject>> = {
  InvalidEchoRequest: EXAMPLES.invalidEchoRequest,
  InvalidWorklistItem: EXAMPLES.invalidWorklistItem,
  InvalidFilter: EXAMPLES.invalidFilter,
  PeerFailed: EXAMPLES.peerFailed,
  PeerTimedOut: EXAMPLES.peerTimedOut,
};

/** A parameter of a query. */
export function queryParameter(name: string, description: string, schema: JsonObject = { type: "string" }): JsonObject {
  return { name, in: "query", required: false, description, schema };
}

/** A part of a path. */
export function pathParameter(name: string, description: string, schema: JsonObject = { type: "string" }): JsonObject {
  return { name, in: "path", required: true, description, schema };
}

/** A health answer. */
export function healthResponse(description: string, example: keyof typeof EXAMPLES): JsonObject {
  const schema = { $ref: "#/components/schemas/Health" };
  return { description, content: { [HEALTH_MEDIA_TYPE]: { schema, example: EXAMPLES[example] } } };
}

/** An answer in JSON. */
export function jsonResponse(
  description: string,
  schema: keyof typeof SCHEMAS,
  example: keyof typeof EXAMPLES,
): JsonObject {
  const content = { schema: { $ref: `#/components/schemas/${schema}` }, example: EXAMPLES[example] };
  return { description, content: { "application/json": content } };
}
