/**
 * JSON schemas of the sidecar's bodies, for its OpenAPI document.
 *
 * @module
 */

import { AE_TITLE_PATTERN, HOST_PATTERN } from "./echo_request.ts";

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

/** An object of JSON. */
export type JsonObject = { readonly [member: string]: Json };

/** A string. */
export const text: JsonObject = { type: "string" };
/** A count. */
export const count: JsonObject = { type: "integer", minimum: 0 };
/** A moment. */
export const time: JsonObject = { type: "string", format: "date-time" };
const milliseconds: JsonObject = { type: "number", minimum: 0, description: "Milliseconds." };
const port: JsonObject = { type: "integer", minimum: 1, maximum: 65535 };
const aeTitle: JsonObject = { type: "string", pattern: AE_TITLE_PATTERN };
const side: JsonObject = { enum: ["peer", "local"] };

function ref(name: SchemaName): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** A list of such items. */
export function list(items: JsonObject): JsonObject {
  return { type: "array", items };
}

/** An object with these members and no others; a name that ends in `?` marks an optional one. */
export function object(members: JsonObject): JsonObject {
  const names = Object.keys(members);
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name.replace("?", ""), members[name] ?? {}])),
    required: names.filter((name) => !name.endsWith("?")),
    additionalProperties: false,
  };
}

function described(description: string, schema: JsonObject): JsonObject {
  return { ...schema, description };
}

const PROBLEM_MEMBERS: JsonObject = {
  type: described("Leads to the problem's description in this document.", { type: "string", format: "uri-reference" }),
  title: text,
  status: described("The HTTP status code.", { type: "integer", minimum: 400, maximum: 599 }),
  "detail?": text,
  "instance?": described("The path that was asked for.", text),
};

const INVALID: JsonObject = object({
  ...PROBLEM_MEMBERS,
  errors: list(object({
    pointer: described("JSON Pointer (RFC 6901) into the body; of a parameter of the query its name.", text),
    found: text,
    expected: text,
  })),
});

const NEXT = described("`after` of the next page; absent on the last one.", text);

const ECHO_TARGET_MEMBERS: JsonObject = {
  "peer?": described("Name of the configured peer.", text),
  calledAeTitle: text,
  host: text,
  port,
};

const SERVICE_MEMBERS: JsonObject = {
  service: described("DIMSE service, such as C-STORE.", text),
  role: described("Invoked by this side (SCU), or performed for the peer (SCP).", { enum: ["invoked", "performed"] }),
  running: described("Started, and not finished yet.", count),
  finished: ref("OutcomeCounts"),
  bytes: described("Bytes of the data sets of finished operations, both ways.", count),
};

/** Names of the schemas. */
export type SchemaName =
  | "Problem"
  | "InvalidEchoRequest"
  | "InvalidRequest"
  | "DicomJson"
  | "WorklistPage"
  | "ProcedureStepsPage"
  | "PeerFailed"
  | "EchoRequest"
  | "EchoAnswer"
  | "EchoTimings"
  | "EchoNegotiated"
  | "Health"
  | "HealthCheck"
  | "AssociationsReport"
  | "AssociationReport"
  | "EndReport"
  | "ServiceReport"
  | "OutcomeCounts"
  | "HistogramReport"
  | "TotalsReport";

/** The schemas by name. */
export const SCHEMAS: Readonly<Record<SchemaName, JsonObject>> = {
  Problem: object(PROBLEM_MEMBERS),
  InvalidEchoRequest: INVALID,
  InvalidRequest: INVALID,
  DicomJson: {
    type: "object",
    description: "A data set in the DICOM JSON model (PS3.18 Annex F).",
    propertyNames: { pattern: "^[0-9A-Fa-f]{8}$" },
    additionalProperties: {
      type: "object",
      properties: { vr: text, Value: { type: "array" }, InlineBinary: text, BulkDataURI: text },
      required: ["vr"],
    },
  },
  WorklistPage: object({
    items: list(object({
      key: described("Of a file: `file:` and its path below the folder.", text),
      source: { enum: ["http", "folder"] },
      modifiedAt: time,
      steps: described(
        "Its scheduled procedure steps, with what is known of their progress.",
        list(object({ scheduledProcedureStepId: text, "status?": text })),
      ),
      item: ref("DicomJson"),
    })),
    "next?": NEXT,
  }),
  ProcedureStepsPage: object({
    steps: list(object({
      sopInstanceUid: text,
      status: { enum: ["IN PROGRESS", "COMPLETED", "DISCONTINUED"] },
      callingAeTitle: described("AE title of the modality that created it.", text),
      createdAt: time,
      modifiedAt: time,
      forwards: list(object({
        peer: text,
        state: described("`sent` all, `waiting`, or `failed` when the step was given up.", {
          enum: ["sent", "waiting", "failed"],
        }),
        sent: described("Operations that the peer has.", count),
        waiting: described("Operations that it is yet to get.", count),
        attempts: described("How often the next one has failed.", count),
        "nextAttemptAt?": time,
        "error?": described("Why it failed last.", text),
      })),
    })),
    "next?": NEXT,
  }),
  PeerFailed: object({
    ...PROBLEM_MEMBERS,
    ...ECHO_TARGET_MEMBERS,
    phase: { enum: ["connect", "tls", "associate", "echo"] },
    reason: described("A word for programs.", text),
    "dimseStatus?": described("Status (0000,0900) of the C-ECHO-RSP, when there was one.", count),
    timings: ref("EchoTimings"),
    "negotiated?": ref("EchoNegotiated"),
  }),
  EchoRequest: {
    oneOf: [
      object({ peer: described("Name of a configured peer.", { ...text, minLength: 1 }) }),
      object({
        calledAeTitle: aeTitle,
        host: described("A host name or IP address, an IPv6 address without brackets.", {
          ...text,
          pattern: HOST_PATTERN,
        }),
        port,
      }),
    ],
  },
  EchoAnswer: object({
    ...ECHO_TARGET_MEMBERS,
    status: described("Status (0000,0900) of the C-ECHO-RSP: 0, Success.", { const: 0 }),
    timings: ref("EchoTimings"),
    negotiated: ref("EchoNegotiated"),
  }),
  EchoTimings: described(
    "How long each phase took; only phases that were entered.",
    object({
      "connect?": milliseconds,
      "tls?": milliseconds,
      "associate?": milliseconds,
      "echo?": milliseconds,
      "release?": milliseconds,
    }),
  ),
  EchoNegotiated: object({
    maximumPduLength: described("In bytes, what the peer receives; 0 means no limit.", count),
    implementationClassUid: described("The peer's.", text),
    implementationVersionName: described("The peer's; empty when it gave none.", text),
    transferSyntax: text,
  }),
  Health: object({
    status: { enum: ["pass", "warn", "fail"] },
    "version?": text,
    "serviceId?": text,
    "output?": text,
    "checks?": described("By component:measurement.", {
      type: "object",
      additionalProperties: list(ref("HealthCheck")),
    }),
  }),
  HealthCheck: object({
    status: { enum: ["pass", "warn", "fail"] },
    "componentId?": text,
    "componentType?": text,
    "observedValue?": { type: ["string", "number", "boolean"] },
    "observedUnit?": text,
    "time?": time,
    "output?": text,
  }),
  AssociationsReport: object({
    active: list(ref("AssociationReport")),
    recent: described(
      "The latest that ended, latest first; without health checks that only connect.",
      list(ref("AssociationReport")),
    ),
    totals: ref("TotalsReport"),
  }),
  AssociationReport: object({
    id: text,
    role: { enum: ["acceptor", "requestor"] },
    transport: text,
    "remote?": object({ hostname: text, port: count }),
    callingAeTitle: described("Empty until the A-ASSOCIATE-RQ is there.", text),
    calledAeTitle: described("Empty until the A-ASSOCIATE-RQ is there.", text),
    implementationVersionName: described("The peer's.", text),
    state: described("State of PS3.8 Table 9-10, such as Sta6.", text),
    openedAt: time,
    "establishedAt?": time,
    "endedAt?": time,
    "end?": ref("EndReport"),
    contexts: described(
      "Accepted presentation contexts.",
      list(object({ id: count, abstractSyntax: text, transferSyntax: text })),
    ),
    bytesReceived: described("Bytes of all PDUs.", count),
    bytesSent: described("Bytes of all PDUs.", count),
    operations: list(ref("ServiceReport")),
  }),
  EndReport: object({
    how: { enum: ["released", "rejected", "aborted"] },
    by: side,
    "result?": described("Of a rejection (PS3.8 9.3.4).", text),
    "source?": described("Of a rejection or an abort.", text),
    "reason?": text,
    "limit?": described("The limit that was passed, if that is why this side rejected or aborted.", text),
    "deadline?": described("The phase whose deadline was passed, if that is why this side aborted.", text),
    "detail?": described("What went wrong, in words for an operator.", text),
  }),
  ServiceReport: object(SERVICE_MEMBERS),
  OutcomeCounts: described(
    "Finished operations by status category (PS3.7 Annex C); unanswered when the association ended first.",
    object({ success: count, warning: count, failure: count, cancel: count, unanswered: count }),
  ),
  HistogramReport: described(
    "How many took how long, in milliseconds; each bucket counts those that took `upTo` or less.",
    object({ buckets: list(object({ upTo: milliseconds, count })), count, sum: milliseconds }),
  ),
  TotalsReport: object({
    since: time,
    bytesReceived: count,
    bytesSent: count,
    associations: list(object({
      role: { enum: ["acceptor", "requestor"] },
      active: count,
      opened: count,
      established: count,
      released: count,
      rejected: count,
      aborted: count,
    })),
    rejections: list(object({ by: side, result: text, source: text, reason: text, count })),
    aborts: list(object({ by: side, source: text, "reason?": text, count })),
    limits: described(
      "Limits that were passed: an association was rejected or aborted for it, or an operation had a failure status.",
      list(object({ limit: text, outcome: { enum: ["rejected", "aborted", "failed"] }, count })),
    ),
    deadlines: described(
      "Deadlines that were passed, for which associations were aborted or connections closed.",
      list(object({ phase: text, count })),
    ),
    refusals: described(
      "Connections that were closed before they were accepted: for a limit, a deadline, a load balancer's header, TLS.",
      list(object({ reason: text, count })),
    ),
    operations: list(object({ ...SERVICE_MEMBERS, durations: ref("HistogramReport") })),
    durations: described("Of associations that ended, from opening to end.", ref("HistogramReport")),
  }),
};
