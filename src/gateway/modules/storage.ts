/**
 * C-STORE into the archive.
 *
 * @module
 */

import type { InstanceOrigin } from "../../archive/routing.ts";
import * as Status from "../../dimse/status.ts";
import type { HealthCheck } from "../../http/health_format.ts";
import type { InstanceIndex } from "../../index/instance_index.ts";
import type { ObjectStore } from "../../objects/object_store.ts";
import type { HeldInstance, InstanceSink } from "../../query/instance_source.ts";
import type { MoveInbox } from "../../services/move_inbox.ts";
import { type ReceivedInstance, storage } from "../../services/storage.ts";
import type { AssociationInfo } from "../../upper_layer/events.ts";
import type { GatewayArchive } from "../gateway_archive.ts";
import type { GatewayContext, GatewayModule, HealthChecks } from "../module.ts";

/**
 * The archive did not keep this instance, and the sender must not believe that it did; but sending it again would not help.
 * PS3.4 Table B.2-1 has no status for that: of its warnings, "coercion" is the one that says that other values are stored.
 */
const OTHER_IS_KEPT = {
  status: Status.CoercionOfDataElements,
  errorComment: "The archive has another instance with this SOP Instance UID",
} as const;

/** What takes instances instead of the archive. */
export interface Takers {
  /** The DICOMweb server that a called AE title stands for; undefined where it stands for the archive. */
  readonly sinkFor: (calledAeTitle: string) => Promise<InstanceSink | undefined> | undefined;
  /** The taker of an instance that a C-MOVE of the gateway asked for; undefined for all other instances. */
  readonly takerOf: MoveInbox["takerOf"];
}

/**
 * Keeps the instances that peers send. Instances for the AE title of a DICOMweb server go on to that server, and instances
 * that a C-MOVE of the gateway asked for go to the code that sent the C-MOVE.
 */
export function storageModule(
  context: GatewayContext,
  { store, index, archive, acknowledgements, kept, routing }: GatewayArchive,
  { sinkFor, takerOf }: Takers,
): GatewayModule {
  const { config: { dicom }, onError } = context;
  const service = storage(async (instance) => {
    const { sopClassUid, sopInstanceUid, transferSyntax, dataSet } = instance;
    const { callingAeTitle: sourceAeTitle, calledAeTitle, id: associationId } = instance.association;
    const taker = takerOf(instance);
    if (taker !== undefined) return await taker(instance);
    const loading = sinkFor(calledAeTitle);
    const sink = loading && await loading;
    if (sink !== undefined) {
      const stored = await sink.store(passedOn(instance), { signal: instance.signal });
      return stored && { status: stored.warning };
    }
    const incoming = { sopClassUid, sopInstanceUid, transferSyntax, dataSet, sourceAeTitle, associationId };
    const origin = routing === undefined ? undefined : originOf(instance.association);
    const taken = await archive.keep(origin === undefined ? incoming : { ...incoming, origin });
    await acknowledgements?.wait(taken, instance.signal);
    return taken.outcome === "kept-first" ? OTHER_IS_KEPT : undefined;
  }, { sopClasses: dicom.unknownSopClasses === "accept" ? "any" : "standard" });
  return {
    name: "storage",
    services: [service],
    health: healthOf(store, index, onError),
    metrics: () => [{
      name: "gantry_instances_total",
      type: "counter",
      help:
        "Instances received by the archive, by outcome: created, identical, replaced, or kept-first (UID existed with other content).",
      samples: kept.report().map(({ outcome, count }) => [{ outcome }, count]),
    }],
    shortage() {
      const detail = store.shortage?.();
      return detail === undefined ? undefined : { limit: "reserve", detail };
    },
    stop: async () => await archive[Symbol.asyncDispose](),
  };
}

/** An instance on its way to another peer, while it arrives. */
function passedOn({ sopClassUid, sopInstanceUid, transferSyntax, dataSet }: ReceivedInstance): HeldInstance {
  let opened = false;
  const stream = () => {
    if (opened) throw new Error("Cannot read an instance twice: it comes from a peer");
    opened = true;
    return dataSet.stream();
  };
  return { sopClassUid, sopInstanceUid, transferSyntax, stream };
}

/** The origin of an instance, for the conditions of routes. */
function originOf({ calledAeTitle, remote, tls, user }: AssociationInfo): InstanceOrigin {
  return { way: "C-STORE", calledAeTitle, address: remote?.hostname, certificate: tls?.peerSubject, user };
}

/** Reports a problem of the archive once, when it begins, and only to the operator: health needs no token. */
function healthOf(
  store: ObjectStore,
  index: InstanceIndex,
  onError: (error: unknown) => void,
): () => Promise<HealthChecks> {
  let told: string | undefined;
  return async () => {
    const { writable, freeBytes, problem: ofStore } = await store.check();
    const { usable, problem: ofIndex } = await index.check();
    const problem = ofStore !== undefined
      ? `Cannot write to the archive: ${ofStore}`
      : ofIndex !== undefined
      ? `Cannot use the index: ${ofIndex}`
      : undefined;
    if (problem !== undefined && problem !== told) onError(new Error(problem));
    told = problem;
    return {
      "archive:writable": [datastore(writable, "The archive cannot be written to; the log says why")],
      "archive:index": [datastore(usable, "The index cannot be used; the log says why")],
      ...(freeBytes !== undefined && { "archive:free": [room(freeBytes)] }),
    };
  };
}

function datastore(works: boolean, output: string): HealthCheck {
  return {
    componentType: "datastore",
    observedValue: works,
    status: works ? "pass" : "fail",
    ...(!works && { output }),
  };
}

function room(freeBytes: number): HealthCheck {
  return { componentType: "datastore", observedValue: freeBytes, observedUnit: "bytes", status: "pass" };
}
