/**
 * What happens on associations, as log lines that an operator understands. Nothing of a data set gets into them.
 *
 * @module
 */

import type { KeptInstance } from "../../archive/events.ts";
import { uidName } from "../../dicom/uid_registry.ts";
import { isValidUid } from "../../dicom/uids.ts";
import type { DimseEvent, Operation, OperationOutcome } from "../../dimse/events.ts";
import { describeStatus, statusCode } from "../../dimse/statuses.ts";
import type { RejectReason, RejectResult } from "../../upper_layer/association_rejected_error.ts";
import { endpointText } from "../../transport/endpoint.ts";
import { endedBeforeAnyByte } from "../../upper_layer/association_end.ts";
import type { AssociationEnd, AssociationInfo, Observer } from "../../upper_layer/events.ts";
import type { GatewayEvent } from "../../gateway/module.ts";
import type { StoreRefusedEvent } from "../../dicomweb/store/store_outcome.ts";
import type { HttpRequestEvent } from "../../http/authorize.ts";
import type { IndexedInstance } from "../../index/instance_index.ts";
import { logCommitment } from "./commitment_log.ts";
import { logLane } from "./lane_log.ts";
import type { PerformedStepReport } from "../../procedure_steps/events.ts";
import type { Log, LogFields, LogLevel } from "./log.ts";
import { logUnit } from "./unit_log.ts";
import { count } from "./units.ts";

/** Each reason in words that tell an operator what to do. */
const REJECT_REASONS: Readonly<Record<RejectReason, string>> = {
  "no-reason-given": "no reason given",
  "application-context-name-not-supported": "the application context is not the one of DICOM",
  "calling-ae-title-not-recognized": "the peer does not recognize the calling AE title",
  "called-ae-title-not-recognized": "the peer does not recognize the called AE title",
  "protocol-version-not-supported": "the protocol version is not supported",
  "temporary-congestion": "too busy at the moment",
  "local-limit-exceeded": "too many associations",
};

/** The fields that differ when this side rejects. */
const LOCAL_REJECT_REASONS: Readonly<Partial<Record<RejectReason, string>>> = {
  "calling-ae-title-not-recognized": "no access rule matches the calling AE title, address or certificate",
  "called-ae-title-not-recognized": "the called AE title is not this gateway's",
};

const RETRY: Readonly<Record<RejectResult, string>> = {
  "rejected-permanent": "trying again will not help",
  "rejected-transient": "trying again later may help",
};

/** An observer that writes to `log`: associations and kept instances at info, trouble at warn, the rest at debug. */
export function logEvents(log: Log, now: () => number = Date.now): Observer<GatewayEvent> {
  return (event) => {
    if (event.type === "instance-kept") return logKept(log, event.kept);
    if ("lane" in event) return logLane(log, event);
    if ("commitment" in event) return logCommitment(log, event);
    if (event.type === "unit-closed") return logUnit(log, event.unit);
    if (event.type === "procedure-step") return logStep(log, event.step);
    if (event.type === "http-request") return logRequest(log, event);
    if (event.type === "store-refused") return logRefusal(log, event);
    const [level, message, details] = describeEvent(event, now);
    if (!log.isEnabled(level)) return;
    const { id, callingAeTitle, calledAeTitle, remote } = event.association;
    log.write(level, event.type, message, {
      association: id,
      calling: callingAeTitle || undefined,
      called: calledAeTitle || undefined,
      remote: remote && endpointText(remote),
      ...details?.(),
    });
  };
}

/** A line for each instance that is kept; warnings where the archive had to choose, or takes something as it came. */
function logKept(log: Log, { outcome, instance, existing, bytes, warnings, associationId }: KeptInstance): void {
  const fields = () => ({
    association: associationId,
    calling: instance.sourceAeTitle || undefined,
    sopInstance: shownUid(instance),
    sopClass: uidName(instance.sopClassUid),
    transferSyntax: uidName(instance.transferSyntax),
    bytes,
    outcome,
  });
  const before = { earlierCalling: existing?.sourceAeTitle || undefined };
  if (outcome === "kept-first") {
    log.write("warn", "refused", "Not stored: this SOP Instance UID already exists with different content", {
      ...fields(),
      ...before,
    });
  } else if (log.isEnabled("info")) log.write("info", "stored", "Stored", fields());
  if (outcome === "replaced") {
    log.write("warn", "replaced", "Replaced an instance with the same SOP Instance UID and different content", {
      ...fields(),
      ...before,
    });
  }
  if (warnings.length > 0) {
    const what = outcome === "kept-first"
      ? "The refused instance has irregularities"
      : "Stored unchanged despite irregularities";
    log.write("warn", "irregular", `${what}: ${warnings.join("; ")}`, fields());
  }
}

/** A line for each change of a performed procedure step. */
function logStep(
  log: Log,
  { sopInstanceUid, status, performedStationAeTitle, modality, series }: PerformedStepReport,
): void {
  log.write("info", "procedure-step", `Performed procedure step ${status}`, {
    sopInstance: isValidUid(sopInstanceUid) ? sopInstanceUid : undefined,
    station: performedStationAeTitle || undefined,
    modality: modality || undefined,
    series: series.length,
    instances: series.reduce((sum, { sopInstanceUids }) => sum + sopInstanceUids.length, 0),
  });
}

/** What is no UID may be anything, and is in the name of its file as a hash. */
function shownUid({ sopInstanceUid, name }: IndexedInstance): string {
  return isValidUid(sopInstanceUid) ? sopInstanceUid : name.slice(name.lastIndexOf("/") + 1);
}

/** A line for each request that needs a token: trouble at warn, what changes something at info, the rest at debug. */
function logRequest(log: Log, { method, route, status, asker, remoteAddress, refused }: HttpRequestEvent): void {
  const changes = !/^(GET|HEAD|OPTIONS)$/.test(method);
  const level = refused !== undefined ? "warn" : changes ? "info" : "debug";
  if (!log.isEnabled(level)) return;
  const fields = { asker, method, route, status, remote: remoteAddress };
  if (refused === undefined) log.write(level, "http-request", "Answered over HTTP", fields);
  else log.write(level, "http-refused", `Refused over HTTP: ${refused}`, fields);
}

/** A line for each instance that came over HTTP and was not stored. */
function logRefusal(log: Log, { instance, sender, reason, why }: StoreRefusedEvent): void {
  const { sopInstanceUid = "", sopClassUid = "" } = instance ?? {};
  log.write("warn", "refused", `Not stored: ${why}`, {
    sender,
    sopInstance: isValidUid(sopInstanceUid) ? sopInstanceUid : undefined,
    sopClass: isValidUid(sopClassUid) ? uidName(sopClassUid) : undefined,
    reason: statusCode(reason),
  });
}

type Description = [level: LogLevel, message: string, details?: () => LogFields];

function describeEvent(event: DimseEvent, now: () => number): Description {
  const { association } = event;
  switch (event.type) {
    case "association-opened": {
      const made = association.role === "acceptor" ? "accepted" : "made";
      return ["debug", `Connection ${made} (${association.transport})`];
    }
    case "association-established": {
      const contexts = count(association.contexts.length, "presentation context");
      const peer = association.implementationVersionName || undefined;
      const { user, tls } = association;
      return ["info", `Association established, ${contexts}`, () => ({ peer, user, certificate: tls?.peerSubject })];
    }
    case "association-warning":
      return ["warn", event.warning];
    case "association-ended": {
      const { openedAt, bytesReceived, bytesSent } = association;
      const amounts = () => ({ ...codes(event.end), bytesReceived, bytesSent, ms: now() - openedAt });
      return [...describeEnd(event.end, association), amounts];
    }
    case "operation-started":
      return ["debug", `${event.operation.service} started`, () => operationFields(event.operation)];
    case "operation-ended":
      return [...describeOutcome(event.operation, event.outcome), () => ({
        ...operationFields(event.operation),
        status: event.outcome.status === undefined ? undefined : statusCode(event.outcome.status),
        bytes: event.outcome.bytes,
        ms: Math.round(event.outcome.milliseconds * 10) / 10,
      })];
  }
}

/** The codes behind the words, for programs. */
function codes(end: AssociationEnd): LogFields {
  if (end.how === "released") return { how: end.how, by: end.by };
  return { how: end.how, by: end.by, source: end.source, reason: end.reason };
}

function operationFields({ messageId, role, sopClassUid }: Operation): LogFields {
  return { messageId, role, sopClass: uidName(sopClassUid) };
}

function describeEnd(end: AssociationEnd, association: AssociationInfo): [LogLevel, string] {
  const who = end.by === "peer" ? "the peer" : "this gateway";
  switch (end.how) {
    case "released":
      return ["info", `Association released by ${who}`];
    case "rejected": {
      const local = end.by === "local" ? end.detail ?? LOCAL_REJECT_REASONS[end.reason] : undefined;
      return ["warn", `Association rejected by ${who}: ${local ?? REJECT_REASONS[end.reason]}; ${RETRY[end.result]}`];
    }
    case "aborted":
      return describeAbort(end, association, who);
  }
}

type Aborted = Extract<AssociationEnd, { how: "aborted" }>;

function describeAbort(end: Aborted, info: AssociationInfo, who: string): [LogLevel, string] {
  if (endedBeforeAnyByte(end, info)) return ["debug", "Connection closed by the peer before it sent anything"];
  const { source, reason, error } = end;
  const why = error?.message ?? (reason === undefined ? undefined : reason.replaceAll("-", " "));
  if (source === "transport") return ["warn", `Connection lost${why ? `: ${why}` : ""}`];
  const what = info.establishedAt === undefined ? "Connection" : "Association";
  return ["warn", `${what} aborted by ${who}${why ? `: ${why}` : ""}`];
}

function describeOutcome({ service }: Operation, { status, error }: OperationOutcome): [LogLevel, string] {
  const why = error ? `: ${error.message}` : "";
  if (status === undefined) return ["warn", `${service} unfinished${why}`];
  const { category, meaning } = describeStatus(status, service);
  if (category === "success") return ["debug", `${service} done`];
  const inside = `${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`;
  return [category === "failure" ? "warn" : "info", `${service} ended with ${inside}${why}`];
}
