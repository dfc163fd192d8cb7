/** A sidecar over stand-ins for the gateway. */

import assert from "node:assert/strict";
import type { Hono } from "hono";
import * as z from "zod";
import type { EchoOutcome } from "../../src/http/echo_outcome.ts";
import { UNIT_EXAMPLE, unitsPart } from "../../src/http/units.ts";
import { openApiDocument } from "../../src/http/openapi.ts";
import { EXAMPLES } from "../../src/http/openapi_examples.ts";
import { type ProblemName, PROBLEMS, problemType } from "../../src/http/problem.ts";
import { createHttpApp, type HttpAppOptions } from "../../src/http/app.ts";
import { associationsPart, type AssociationsSource } from "../../src/http/associations.ts";
import { echoPart, type EchoSource } from "../../src/http/echo.ts";
import { healthPart, type HealthSource } from "../../src/http/health.ts";
import { metricsPart } from "../../src/http/metrics.ts";
import type { HttpPart } from "../../src/http/part.ts";
import { type ProcedureStepRoutesSource, procedureStepsPart } from "../../src/http/procedure_steps.ts";
import { worklistPart, type WorklistRoutesSource } from "../../src/http/worklist.ts";
import { buildMetrics, statisticsMetrics } from "../../src/telemetry/statistics_metrics.ts";

export const ANSWERED: EchoOutcome = {
  outcome: "answered",
  status: 0,
  timings: { connect: 0.5, associate: 2, echo: 1, release: 0.5 },
  negotiated: {
    maximumPduLength: 16384,
    implementationClassUid: "1.2.3",
    implementationVersionName: "PEER",
    transferSyntax: "1.2.840.10008.1.2",
  },
};

/** What the parts of a gateway are made from. */
export type SidecarOptions = Omit<HttpAppOptions, "parts"> & HealthSource & EchoSource & {
  readonly associations: AssociationsSource;
};

export const OPTIONS: SidecarOptions = {
  version: "1.2.3",
  startedAt: Date.UTC(2025, 0, 1),
  health: () => Promise.resolve({ draining: false, checks: { "archive:writable": [{ status: "pass" }] } }),
  associations: { snapshot: () => EXAMPLES.associations, abort: (id) => id === "17" },
  peers: { PACS: { aeTitle: "ARCHIVE", host: "127.0.0.1", port: 4242 } },
  echo: () => Promise.resolve(ANSWERED),
};

export function sidecar(options: Partial<SidecarOptions> = {}): Hono {
  const all = { ...OPTIONS, ...options };
  return createHttpApp({ ...all, parts: partsOf(all) });
}

/** One item, and one step, whatever is asked for. */
const WORKLIST: WorklistRoutesSource = {
  list: () => Promise.resolve({ entries: EXAMPLES.worklist.items, next: EXAMPLES.worklist.next }),
  get: () => Promise.resolve(EXAMPLES.worklistItem),
  put: () => Promise.resolve({ outcome: "put", created: true, item: EXAMPLES.worklistItem }),
  delete: () => Promise.resolve(true),
};
const STEPS: ProcedureStepRoutesSource = {
  list: () => Promise.resolve({ entries: EXAMPLES.procedureSteps.steps }),
  get: () => Promise.resolve(EXAMPLES.procedureStep),
};

/** The parts that every gateway has. */
function partsOf(options: SidecarOptions): HttpPart[] {
  const { associations } = options;
  const families = () => [...buildMetrics(options), ...statisticsMetrics(associations.snapshot())];
  return [
    ...[healthPart(options), associationsPart(associations), echoPart(options), metricsPart(families)],
    worklistPart(WORKLIST),
    procedureStepsPart(STEPS),
    unitsPart(() => Promise.resolve({ entries: [UNIT_EXAMPLE] })),
  ];
}

export function postEcho(app: Hono, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return Promise.resolve(app.request("/echo", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  }));
}

/** Asserts that `response` is the problem of this name, whole and as its schema says; gives its body. */
export async function assertProblem(response: Response, name: ProblemName, schema = "Problem"): Promise<unknown> {
  const { status, title } = PROBLEMS[name];
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const body: unknown = await response.json();
  assertMatches(schema, body);
  assert.ok(typeof body === "object" && body !== null);
  assert.partialDeepStrictEqual(body, { type: problemType(name), title, status });
  assert.ok("detail" in body && "instance" in body);
  return body;
}

/** Asserts that `value` is as the schema of this name in the OpenAPI document says. */
export function assertMatches(schema: string, value: unknown): void {
  assertIsOf({ $ref: `#/components/schemas/${schema}` }, value);
}

/** Asserts that `value` is as a schema says whose references are to the OpenAPI document's. */
export function assertIsOf(schema: unknown, value: unknown): void {
  const { components } = JSON.parse(JSON.stringify(openApiDocument({ version: "" }, partsOf(OPTIONS))));
  const text = JSON.stringify({ ...Object(schema), $defs: components.schemas })
    .replaceAll("#/components/schemas/", "#/$defs/")
    .replaceAll('"format":"uri-reference",', ""); // zod wants a whole URI there
  const parsed = z.fromJSONSchema(JSON.parse(text)).safeParse(value);
  assert.ok(parsed.success, `${JSON.stringify(value)}\n${parsed.error && z.prettifyError(parsed.error)}`);
}
