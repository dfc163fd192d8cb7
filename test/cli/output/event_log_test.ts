import assert from "node:assert/strict";
import type { Commitment } from "../../../src/commitment/commitment.ts";
import { logEvents } from "../../../src/cli/output/event_log.ts";
import { createLog, type LogFields, type LogLevel } from "../../../src/cli/output/log.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import type { OperationOutcome } from "../../../src/dimse/events.ts";
import { PduError } from "../../../src/errors.ts";
import type { GatewayEvent } from "../../../src/gateway/module.ts";
import type { CompleteUnit } from "../../../src/routing/units/unit_events.ts";
import type { AssociationEnd, AssociationInfo } from "../../../src/upper_layer/events.ts";
import { capture } from "../terminal.ts";

const association: AssociationInfo = {
  id: "a1",
  role: "acceptor",
  transport: "tcp",
  remote: { hostname: "::1", port: 51234 },
  openedAt: 1000,
  callingAeTitle: "CT1",
  calledAeTitle: "GANTRY",
  state: "Sta6",
  establishedAt: 1010,
  contexts: [{ id: 1, abstractSyntax: UID.Verification, transferSyntax: UID.ImplicitVRLittleEndian }],
  implementationVersionName: "OFFIS_DCMTK_367",
  bytesReceived: 200,
  bytesSent: 100,
};

const parties = { association: "a1", calling: "CT1", called: "GANTRY", remote: "[::1]:51234" };

function logged(event: GatewayEvent): [LogLevel, string, string, LogFields | undefined] {
  const lines: [LogLevel, string, string, LogFields | undefined][] = [];
  const log = {
    isEnabled: () => true,
    write: (...line: [LogLevel, string, string, LogFields?]) => void lines.push([line[0], line[1], line[2], line[3]]),
  };
  logEvents(log, () => 3500)(event);
  assert.deepEqual(lines.length, 1);
  return lines[0] ?? ["error", "", "", undefined];
}

function ended(end: AssociationEnd, info: Partial<AssociationInfo> = {}) {
  return logged({ type: "association-ended", association: { ...association, ...info }, end });
}

function operation(outcome: Partial<OperationOutcome>) {
  return logged({
    type: "operation-ended",
    association,
    operation: {
      service: "C-STORE",
      role: "performed",
      messageId: 7,
      sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      sopInstanceUid: "1.2.3.4.5",
    },
    outcome: { status: 0, bytes: 512_000, milliseconds: 1.234, ...outcome },
  });
}

Deno.test("logEvents() tells of an association by its parties", () => {
  assert.deepEqual(logged({ type: "association-opened", association }), [
    "debug",
    "association-opened",
    "Connection accepted (tcp)",
    parties,
  ]);
  const known = { tls: { peerSubject: "CT one" }, user: "alice" };
  assert.deepEqual(logged({ type: "association-established", association: { ...association, ...known } }), [
    "info",
    "association-established",
    "Association established, 1 presentation context",
    { ...parties, peer: "OFFIS_DCMTK_367", user: "alice", certificate: "CT one" },
  ]);
  assert.deepEqual(ended({ how: "released", by: "peer" }), [
    "info",
    "association-ended",
    "Association released by the peer",
    { ...parties, how: "released", by: "peer", bytesReceived: 200, bytesSent: 100, ms: 2500 },
  ]);
});

Deno.test("logEvents() warns of what a peer is forgiven", () => {
  const warning = "Presentation contexts have even IDs, which should be odd: 2";
  assert.deepEqual(logged({ type: "association-warning", association, warning }), [
    "warn",
    "association-warning",
    warning,
    parties,
  ]);
});

Deno.test("logEvents() explains rejections from either side", () => {
  const rejected = { how: "rejected", result: "rejected-permanent", source: "service-user" } as const;
  const [level, , message, fields] = ended({ ...rejected, by: "local", reason: "calling-ae-title-not-recognized" });
  assert.deepEqual([level, message], [
    "warn",
    "Association rejected by this gateway: no access rule matches the calling AE title, address or certificate; trying again will not help",
  ]);
  assert.deepEqual([fields?.reason, fields?.source], ["calling-ae-title-not-recognized", "service-user"]);
  assert.match(
    ended({ ...rejected, by: "peer", result: "rejected-transient", reason: "local-limit-exceeded" })[2],
    /rejected by the peer: too many associations; trying again later may help$/,
  );
});

Deno.test("logEvents() explains aborts by the error, else by the reason", () => {
  const error = new PduError("Cannot read a PDU: the bytes look like an HTTP request", { reason: "unrecognized-pdu" });
  const local = { how: "aborted", by: "local", source: "service-provider", reason: "unrecognized-pdu", error } as const;
  assert.deepEqual(ended(local, { establishedAt: undefined }).slice(0, 3), [
    "warn",
    "association-ended",
    "Connection aborted by this gateway: Cannot read a PDU: the bytes look like an HTTP request",
  ]);
  const peer = { how: "aborted", by: "peer", source: "service-provider", reason: "unexpected-pdu" } as const;
  assert.deepEqual(ended(peer)[2], "Association aborted by the peer: unexpected pdu");
  assert.deepEqual(ended({ how: "aborted", by: "peer", source: "service-user" })[2], "Association aborted by the peer");
});

Deno.test("logEvents() makes little of a port check and more of a lost connection", () => {
  const lost = { how: "aborted", by: "peer", source: "transport" } as const;
  const silent = { callingAeTitle: "", calledAeTitle: "", establishedAt: undefined, bytesReceived: 0 };
  assert.deepEqual(ended(lost, silent).slice(0, 3), [
    "debug",
    "association-ended",
    "Connection closed by the peer before it sent anything",
  ]);
  assert.deepEqual(ended({ ...lost, error: new Error("reset") })[2], "Connection lost: reset");
  assert.deepEqual(ended(lost)[0], "warn");
});

Deno.test("logEvents() tells of operations at debug, and of failed ones at warn with what the status means", () => {
  assert.deepEqual(operation({}), ["debug", "operation-ended", "C-STORE done", {
    ...parties,
    messageId: 7,
    role: "performed",
    sopClass: "CT Image Storage",
    status: "0x0000",
    bytes: 512_000,
    ms: 1.2,
  }]);
  const [level, , message, fields] = operation({ status: 0xA700, error: new Error("Cannot keep: no room") });
  assert.deepEqual([level, message, fields?.status], [
    "warn",
    "C-STORE ended with refused: out of resources: Cannot keep: no room",
    "0xA700",
  ]);
  assert.equal(operation({ status: 0xA900 })[2], "C-STORE ended with data set does not match SOP class");
  assert.deepEqual(operation({ status: 0xB000 })[0], "info");
  assert.deepEqual(operation({ status: undefined }).slice(0, 3), ["warn", "operation-ended", "C-STORE unfinished"]);
});

Deno.test("logEvents() says nothing of instances", () => {
  assert.doesNotMatch(JSON.stringify([operation({}), operation({ status: 0xC000 })]), /1\.2\.3\.4\.5/);
});

Deno.test("logEvents() tells what becomes of a request for storage commitment", () => {
  const output = capture();
  const log = logEvents(createLog(output, { format: "json", level: "info" }));
  const commitment: Commitment = {
    ...{ transactionUid: "2.25.1", aeTitle: "CT1", calledAeTitle: "GANTRY", state: "reporting", fingerprint: "" },
    ...{ instances: 3, failed: 1, requestedAt: 1, checkedAt: 2, attempts: 1, firstAttemptAt: 3, endedAt: 0 },
    ...{ nextAttemptAt: Date.UTC(2025, 0, 1), problem: "Cannot connect: nobody there" },
  };
  log({ type: "commitment-requested", commitment });
  log({ type: "commitment-checked", commitment });
  log({ type: "commitment-checked", commitment: { ...commitment, failed: 0 } });
  log({ type: "commitment-report-failed", commitment });
  log({ type: "commitment-reported", commitment });
  log({ type: "commitment-undelivered", commitment });
  const lines = output.lines().map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ level, message }) => [level, message]), [
    ["info", "Storage commitment requested for 3 instances"],
    ["warn", "1 of 3 instances are not committed"],
    ["info", "All 3 instances are committed"],
    [
      "warn",
      "The report of storage commitment was not delivered; the gateway will retry: Cannot connect: nobody there",
    ],
    ["info", "Delivered the report of storage commitment"],
    ["error", "The report of storage commitment was not delivered; given up: Cannot connect: nobody there"],
  ]);
  assert.deepEqual([lines[3].transaction, lines[3].peer, lines[3].next], ["2.25.1", "CT1", "2025-01-01T00:00:00.000Z"]);
});

Deno.test("logEvents() tells of each change of a performed step, without what is a patient's", () => {
  const step = {
    sopInstanceUid: "1.9.1",
    status: "COMPLETED",
    performedStationAeTitle: "CT1",
    modality: "CT",
    scheduledSteps: [{ studyInstanceUid: "1.2.3", scheduledProcedureStepId: "S1" }],
    series: [{ seriesInstanceUid: "1.2.3.1", sopInstanceUids: ["1.2.3.1.1", "1.2.3.1.2"] }],
    wrongStep: false,
  } as const;
  assert.deepEqual(logged({ type: "procedure-step", step }), [
    "info",
    "procedure-step",
    "Performed procedure step COMPLETED",
    { sopInstance: "1.9.1", station: "CT1", modality: "CT", series: 1, instances: 2 },
  ]);
  const odd = { ...step, sopInstanceUid: "Doe^Jane" };
  assert.equal(logged({ type: "procedure-step", step: odd })[3]?.sopInstance, undefined);
});

Deno.test("logEvents() tells what closed a series or a study, and warns where more of it may come", () => {
  const unit: CompleteUnit = {
    ...{ route: "whole", studyInstanceUid: "1.2", seriesInstanceUid: "1.2.1", generation: 2, instances: 412 },
    level: "series",
    closedBy: "mpps",
    at: 1_700_000_000_000,
  };
  assert.deepEqual(logged({ type: "unit-closed", unit }), [
    "info",
    "unit-closed",
    "Queued a series: all instances of its performed procedure step arrived",
    { route: "whole", unit: "series", study: "1.2", series: "1.2.1", generation: 2, closedBy: "mpps", instances: 412 },
  ]);
  const study = {
    ...unit,
    level: "study",
    studyInstanceUid: "Adams^Jane",
    seriesInstanceUid: "",
    closedBy: "cap",
  } as const;
  const [level, , message, fields] = logged({ type: "unit-closed", unit: study });
  assert.deepEqual([level, message], ["warn", "Queued a study: routing.units.cap passed since its first instance"]);
  assert.deepEqual([fields?.study, fields?.series], [undefined, undefined], "what is no UID may be anything");
});

Deno.test("logEvents() warns of what came over HTTP and was not stored, and shows no name in the place of a UID", () => {
  const why = "Cannot store: the SOP class is not supported";
  const refused = { type: "store-refused", sender: "CT1", reason: 0x0122, why } as const;
  const instance = { sopClassUid: UID.CTImageStorage, sopInstanceUid: "1.2.3" };
  assert.deepEqual(logged({ ...refused, instance }), [
    "warn",
    "refused",
    `Not stored: ${why}`,
    { sender: "CT1", sopInstance: "1.2.3", sopClass: "CT Image Storage", reason: "0x0122" },
  ]);
  const odd = { sopClassUid: "Adams", sopInstanceUid: "Adams^Jane" };
  for (const instance of [odd, undefined]) {
    const [, , , fields] = logged({ ...refused, instance });
    assert.deepEqual([fields?.sopInstance, fields?.sopClass], [undefined, undefined]);
  }
});
