/**
 * A resource of a DICOMweb server with one method: a route, and its description.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import { operation } from "../../http/openapi.ts";
import type { HttpPart, Json, JsonObject } from "../../http/part.ts";
import { problem, type ProblemName } from "../../http/problem.ts";
import { IdentifierError } from "../../query/identifier_error.ts";
import type { DicomwebFace } from "./face.ts";
import { RequestProblem } from "./request_problem.ts";

/** A method of a resource. */
export interface Resource {
  /** HTTP method; `GET` answers `HEAD` as well. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS";
  /** Below the root, as Hono writes it: `/studies/:study/metadata`; empty for the root. */
  readonly path: string;
  /** Its name in the OpenAPI document. */
  readonly id: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** Answers by status, for the OpenAPI document. */
  readonly answers: { readonly [status: string]: Json };
  /** Further problems in answers. Every resource has `InvalidRequest` and `NotAcceptable`. */
  readonly problems?: readonly ProblemName[];
  /** Answers a request. The client learns of a `RequestProblem` or `IdentifierError` that it throws, and of no other error. */
  handle(c: Context): Response | Promise<Response>;
}

/** Resources of one server that belong together. */
export type Resources = (face: DicomwebFace) => readonly Resource[];

/** The routes of resources below a root, and their descriptions. */
export function resourcesPart(
  { root, onError }: Pick<DicomwebFace, "root" | "onError">,
  resources: readonly Resource[],
): Pick<HttpPart, "routes" | "paths"> {
  return {
    routes: (app) => resources.forEach((resource) => addRoute(app, root, resource, onError)),
    paths(options) {
      const paths: Record<string, Record<string, Json>> = {};
      for (const { method, path, id, summary, answers, problems = [] } of resources) {
        const named = `${root}${path}`.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}");
        const parameters = Array.from(named.matchAll(/\{(\w+)\}/g), ([, name = ""]) => parameterOf(name));
        const all: ProblemName[] = ["InvalidRequest", "NotAcceptable", ...problems];
        (paths[named] ??= {})[method.toLowerCase()] = {
          ...(parameters.length > 0 && { parameters }),
          ...operation(id, summary, options, answers, all),
        };
      }
      return paths;
    },
  };
}

const PARAMETERS: Readonly<Record<string, string>> = {
  peer: "Name of the peer in the configuration.",
  study: "Study Instance UID.",
  series: "Series Instance UID.",
  instance: "SOP Instance UID.",
  frames: "Frame numbers, from 1, with commas between them.",
  transaction: "Transaction UID.",
  step: "SOP Instance UID of the performed procedure step.",
  attribute: "Where the value stands: tags and numbers of items, with slashes between them.",
};

function parameterOf(name: string): JsonObject {
  return { name, in: "path", required: true, description: PARAMETERS[name] ?? name, schema: { type: "string" } };
}

/** Errors of sources when a peer cannot be reached, or does not answer. */
const OF_PEERS: ReadonlySet<string> = new Set([
  ...["TransportError", "DeadlineError", "DimseStatusError", "AssociationAbortedError", "AssociationRejectedError"],
]);

function addRoute(
  app: Hono,
  root: string,
  { method, path, handle }: Resource,
  onError: (error: unknown) => void,
): void {
  app.on(method, `${root}${path}`, async (c) => {
    try {
      return await handle(c);
    } catch (error) {
      if (error instanceof RequestProblem) return problem(c, error.problem, error.message, { headers: error.headers });
      if (error instanceof IdentifierError) return problem(c, "InvalidRequest", error.message);
      if (!(error instanceof Error && OF_PEERS.has(error.name))) throw error;
      onError(error);
      return problem(c, "SourceFailed", "A peer that was asked did not answer; the log says why");
    }
  });
}
