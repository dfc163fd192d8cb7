/**
 * The events of the gateway, for clients that follow them over HTTP.
 *
 * @module
 */

import type { Commitment } from "../../commitment/commitment.ts";
import { isValidUid } from "../../dicom/uids.ts";
import { LimitError } from "../../errors.ts";
import { type EventData, EventLog } from "../../http/event_log.ts";
import { eventStreamPart } from "../../http/event_stream.ts";
import type { IndexedInstance } from "../../index/instance_index.ts";
import { toldError } from "../../routing/destinations/outcomes.ts";
import type { AssociationEnd, AssociationInfo } from "../../upper_layer/events.ts";
import type { GatewayContext, GatewayEvent, GatewayModule } from "../module.ts";

/** How clients are told events of a type: the description of the type, and the data of an event. */
interface Told<Event> {
  readonly meaning: string;
  readonly tell: (event: Event) => EventData;
}

type EventOf<Type extends GatewayEvent["type"]> = Extract<GatewayEvent, { readonly type: Type }>;

/**
 * Every type of events. Clients learn nothing that a sender wrote, except UIDs and AE titles. Events of types that are
 * undefined are not told: they are too many, or say too little.
 */
const TOLD: { readonly [Type in GatewayEvent["type"]]: Told<EventOf<Type>> | undefined } = {
  "instance-kept": {
    meaning: "an instance arrived, and is stored",
    tell: ({ kept: { outcome, instance, bytes, associationId } }) => ({
      outcome,
      ...uidsOf(instance),
      sourceAeTitle: instance.sourceAeTitle,
      bytes,
      association: associationId,
    }),
  },
  "job-attempted": {
    meaning: "an instance was sent to a destination, or could not be; `state` is the state of its job",
    tell: ({ lane, job, outcome, state, to, milliseconds }) => ({
      ...{ lane, job: job.id, route: job.route },
      ...uids({ studyInstanceUid: job.studyInstanceUid, sopInstanceUid: job.sopInstanceUid }),
      ...{ state, class: outcome.class },
      status: outcome.status || undefined,
      error: toldError(outcome) || undefined,
      to,
      milliseconds: Math.round(10 * milliseconds) / 10,
    }),
  },
  "lane-opened": {
    meaning: "a destination fails, and is only probed until it works",
    tell: ({ lane, why, isConfiguration }) => ({ lane, why, isConfiguration }),
  },
  "jobs-moved": {
    meaning: "jobs moved to another destination that their route allows, since theirs fails",
    tell: ({ lane, to, count }) => ({ lane, to, count }),
  },
  "lane-closed": {
    meaning: "a destination works again",
    tell: ({ lane, milliseconds }) => ({ lane, milliseconds: Math.round(milliseconds) }),
  },
  "unit-closed": {
    meaning: "a series or a study is complete, and is sent",
    tell: ({ unit: { studyInstanceUid, seriesInstanceUid, at: _, ...unit } }) => ({
      ...unit,
      ...uids({ studyInstanceUid, seriesInstanceUid }),
    }),
  },
  "association-opened": undefined,
  "association-established": { meaning: "an association begins", tell: ({ association }) => about(association) },
  "association-warning": undefined,
  "association-ended": {
    meaning: "an association has ended, or was rejected",
    tell: ({ association, end }) => ({ ...about(association), ...ending(end) }),
  },
  "operation-started": undefined,
  "operation-ended": undefined,
  "commitment-requested": {
    meaning: "a peer asked for storage commitment",
    tell: ({ commitment }) => aboutCommitment(commitment),
  },
  "commitment-checked": undefined,
  "commitment-reported": {
    meaning: "a peer was told which instances are committed",
    tell: ({ commitment }) => aboutCommitment(commitment),
  },
  "commitment-report-failed": undefined,
  "commitment-undelivered": {
    meaning: "a report of storage commitment could not be delivered in time",
    tell: ({ commitment }) => aboutCommitment(commitment),
  },
  "procedure-step": {
    meaning: "a performed procedure step began, changed or ended",
    tell: ({ step: { sopInstanceUid, status, performedStationAeTitle, scheduledSteps } }) => ({
      ...uids({ sopInstanceUid }),
      ...{ status, performedStationAeTitle },
      studyInstanceUids: [...new Set(scheduledSteps.map(({ studyInstanceUid }) => studyInstanceUid))].filter(
        isValidUid,
      ),
    }),
  },
  "http-request": undefined,
  "store-refused": {
    meaning: "an instance arrived over HTTP and was not stored; `reason` is its Failure Reason (0008,1197)",
    tell: ({ instance, sender, reason }) => ({
      ...uids({ sopInstanceUid: instance?.sopInstanceUid ?? "", sopClassUid: instance?.sopClassUid ?? "" }),
      ...{ sender, reason },
    }),
  },
};

/** `/events`. */
export function eventsModule(
  { startedAt, statistics }: Pick<GatewayContext, "startedAt" | "statistics">,
): GatewayModule {
  // Two gateways may be made in the same millisecond.
  const run = `${startedAt.toString(36)}${crypto.randomUUID().slice(0, 4)}`;
  const log = new EventLog({ run });
  const types = Object.entries(TOLD).flatMap(([type, told]) => told === undefined ? [] : [[type, told.meaning]]);
  const observe = (event: GatewayEvent) => {
    const told = TOLD[event.type] as Told<GatewayEvent> | undefined;
    if (told !== undefined) log.append(event.type, { at: new Date().toISOString(), ...told.tell(event) });
  };
  return {
    ...eventStreamPart({
      log,
      types: Object.fromEntries(types),
      onPassed(limit, maximum) {
        const error = new LimitError("Cannot answer: too many clients follow events", { limit, maximum });
        statistics.limitPassed(error, "rejected");
      },
    }),
    name: "events",
    observers: [observe],
    drained: () => log.close(),
    stop: () => log.close(),
  };
}

function uidsOf(
  { studyInstanceUid, seriesInstanceUid, sopInstanceUid, sopClassUid, transferSyntax }: IndexedInstance,
): Readonly<Record<string, string>> {
  return uids({ studyInstanceUid, seriesInstanceUid, sopInstanceUid, sopClassUid, transferSyntax });
}

/** Those of the values that are UIDs: a value that is no UID may be anything. */
function uids(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => isValidUid(value)));
}

function about({ id, role, remote, callingAeTitle, calledAeTitle }: AssociationInfo): EventData {
  return { association: id, role, address: remote?.hostname, callingAeTitle, calledAeTitle };
}

function ending(end: AssociationEnd): EventData {
  const { how, by } = end;
  return how === "released" ? { how, by } : { how, by, source: end.source, reason: end.reason };
}

function aboutCommitment({ transactionUid, aeTitle, state, instances, failed }: Commitment): EventData {
  return { ...uids({ transactionUid }), aeTitle, state, instances, failed };
}
