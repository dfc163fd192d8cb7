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
