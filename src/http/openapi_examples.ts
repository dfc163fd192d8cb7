/**
 * Examples for the OpenAPI document.
 *
 * @module
 */

import type { EchoNegotiated, EchoTarget } from "./echo_outcome.ts";
import type { JsonObject } from "./openapi_schemas.ts";
import type { AssociationReport, ServiceReport, StatisticsReport } from "../telemetry/statistics_report.ts";

const IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2";
const CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2";

const pacs = { peer: "PACS", calledAeTitle: "ARCHIVE", host: "pacs.example", port: 104 } as const satisfies EchoTarget;

const negotiated = {
  maximumPduLength: 16384,
  implementationClassUid: "1.2.276.0.7230010.3.0.3.6.9",
  implementationVersionName: "OFFIS_DCMTK_369",
  transferSyntax: IMPLICIT_VR_LITTLE_ENDIAN,
} as const satisfies EchoNegotiated;

const stored = {
  service: "C-STORE",
  role: "performed",
  running: 0,
  finished: { success: 120, warning: 0, failure: 1, cancel: 0, unanswered: 0 },
  bytes: 63_438_848,
} as const satisfies ServiceReport;

const ended = {
  id: "17",
  role: "acceptor",
  transport: "tcp",
  remote: { hostname: "192.0.2.7", port: 50312 },
  callingAeTitle: "CT1",
  calledAeTitle: "GANTRY",
  implementationVersionName: "OFFIS_DCMTK_369",
  state: "Sta1",
  openedAt: "2025-03-01T08:00:00.000Z",
  establishedAt: "2025-03-01T08:00:00.004Z",
  endedAt: "2025-03-01T08:00:02.120Z",
  end: { how: "released", by: "peer" },
  contexts: [{ id: 1, abstractSyntax: CT_IMAGE_STORAGE, transferSyntax: IMPLICIT_VR_LITTLE_ENDIAN }],
  bytesReceived: 63_502_144,
  bytesSent: 18_390,
  operations: [stored],
} as const satisfies AssociationReport;

const totals = {
  since: "2025-03-01T07:30:00.000Z",
  bytesReceived: 63_502_400,
  bytesSent: 18_394,
  associations: [
    { role: "acceptor", active: 0, opened: 3, established: 1, released: 1, rejected: 1, aborted: 1 },
    { role: "requestor", active: 0, opened: 0, established: 0, released: 0, rejected: 0, aborted: 0 },
  ],
  rejections: [{
    by: "local",
    result: "rejected-permanent",
    source: "service-user",
    reason: "called-ae-title-not-recognized",
    count: 1,
  }],
  aborts: [{ by: "local", source: "service-provider", reason: "unrecognized-pdu", count: 1 }],
  limits: [{ limit: "maxDepth", outcome: "failed", count: 1 }],
  deadlines: [{ phase: "associate", count: 2 }, { phase: "tls", count: 1 }],
  refusals: [{ reason: "tls", count: 4 }, { reason: "deadline", count: 1 }],
  operations: [{
    ...stored,
    durations: { buckets: [{ upTo: 10, count: 40 }, { upTo: 100, count: 121 }], count: 121, sum: 1830 },
  }],
  durations: { buckets: [{ upTo: 10, count: 2 }, { upTo: 10_000, count: 3 }], count: 3, sum: 2127 },
} as const satisfies StatisticsReport["totals"];

const WORKLIST_ITEM = {
  "00080050": { vr: "SH", Value: ["A17"] },
  "00100010": { vr: "PN", Value: [{ Alphabetic: "Adams^Jane" }] },
  "00100020": { vr: "LO", Value: ["P17"] },
  "0020000D": { vr: "UI", Value: ["1.2.840.99999.17"] },
  "00400100": {
    vr: "SQ",
    Value: [{
      "00080060": { vr: "CS", Value: ["CT"] },
      "00400001": { vr: "AE", Value: ["CT1"] },
      "00400002": { vr: "DA", Value: ["20250301"] },
      "00400003": { vr: "TM", Value: ["0800"] },
      "00400009": { vr: "SH", Value: ["SPS17"] },
    }],
  },
  "00401001": { vr: "SH", Value: ["RP17"] },
} as const satisfies JsonObject;

/** The examples by name. */
export const EXAMPLES = {
  health: {
    status: "pass",
    version: "0.1.0",
    checks: {
      uptime: [{
        componentType: "system",
        observedValue: 1800,
        observedUnit: "s",
        status: "pass",
        time: "2025-03-01T08:00:00.000Z",
      }],
      "gateway:draining": [{ componentType: "component", observedValue: false, status: "pass" }],
      "archive:writable": [{ componentType: "datastore", observedValue: true, status: "pass" }],
      "archive:index": [{ componentType: "datastore", observedValue: true, status: "pass" }],
    },
  },
  failingHealth: {
    status: "fail",
    version: "0.1.0",
    checks: { "archive:writable": [{ componentType: "datastore", status: "fail", output: "No space is left" }] },
  },
  live: { status: "pass" },
  notReady: { status: "fail", output: "The gateway is draining" },
  associations: { active: [], recent: [ended], totals },
  echoPeer: { peer: "PACS" },
  echoAdHoc: { calledAeTitle: "ARCHIVE", host: "pacs.example", port: 104 },
  echoAnswer: {
    ...pacs,
    status: 0,
    timings: { connect: 0.4, associate: 1.8, echo: 0.6, release: 0.5 },
    negotiated,
  },
  invalidEchoRequest: {
    detail: "The body is not a C-ECHO request",
    instance: "/echo",
    errors: [{ pointer: "/port", found: "70000", expected: "a whole number from 1 to 65535" }],
  },
  worklistItem: WORKLIST_ITEM,
  worklist: {
    items: [{
      key: "2025-0301-17",
      source: "http",
      modifiedAt: "2025-03-01T07:10:00.000Z",
      steps: [{ scheduledProcedureStepId: "SPS17", status: "IN PROGRESS" }],
      item: WORKLIST_ITEM,
    }],
    next: "2025-0301-17",
  },
  invalidWorklistItem: {
    detail: "The body is not a worklist item",
    instance: "/worklist",
    errors: [{ pointer: "/00400100/Value/0/00400002", found: "a value that is no DA", expected: "YYYYMMDD" }],
  },
  invalidFilter: {
    detail: "The query has a parameter that is unknown or invalid",
    instance: "/worklist",
    errors: [{ pointer: "date", found: '"someday"', expected: "YYYY-MM-DD or YYYYMMDD" }],
  },
  procedureStep: {
    "00400252": { vr: "CS", Value: ["IN PROGRESS"] },
    "00080060": { vr: "CS", Value: ["CT"] },
  },
  procedureSteps: {
    steps: [{
      sopInstanceUid: "1.2.840.99999.7",
      status: "COMPLETED",
      callingAeTitle: "CT1",
      createdAt: "2025-03-01T08:00:00.000Z",
      modifiedAt: "2025-03-01T08:20:00.000Z",
      forwards: [{
        peer: "RIS",
        state: "waiting",
        sent: 1,
        waiting: 1,
        attempts: 2,
        nextAttemptAt: "2025-03-01T08:21:30.000Z",
        error: "Cannot connect to 192.0.2.20:104: nothing listens there (connection refused)",
      }],
    }],
  },
  peerFailed: {
    detail: "Cannot associate: rejected-permanent by service-user, called-ae-title-not-recognized",
    instance: "/echo",
    ...pacs,
    phase: "associate",
    reason: "called-ae-title-not-recognized",
    timings: { connect: 0.4, associate: 1.2 },
  },
  peerTimedOut: {
    detail: "Cannot connect: no answer came for 10000 ms",
    instance: "/echo",
    ...pacs,
    phase: "connect",
    reason: "deadline",
    timings: { connect: 10_000 },
  },
} as const satisfies Record<string, JsonObject>;
