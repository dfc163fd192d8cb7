/**
 * Storage commitment: the gateway commits to instances in the archive, and asks peers to commit to theirs.
 *
 * @module
 */

import { checkInstance, type InstanceCheck } from "../../archive/check_instance.ts";
import { COMMITMENT_STATES, COMMITTED } from "../../commitment/commitment.ts";
import { Commitments } from "../../commitment/commitments.ts";
import type { Deliver, Requestor } from "../../commitment/commitments_options.ts";
import { type DimsePeerConfig, dimsePeers } from "../../config/peer_kinds.ts";
import { isStorageSopClass } from "../../dicom/sop_classes.ts";
import type { Workflow } from "../../dicomweb/workflow/workflow.ts";
import type { StoredCheck } from "../../dicomweb/client/check_stored.ts";
import type { WebSource } from "../../dicomweb/client/web_source.ts";
import type { DimseProvider } from "../../dimse/provider.ts";
import * as Status from "../../dimse/status.ts";
import { describeStatus, statusCode } from "../../dimse/statuses.ts";
import { DimseStatusError } from "../../errors.ts";
import { commitmentsPart } from "../../http/commitments.ts";
import type { InstanceIndex } from "../../index/instance_index.ts";
import type { ObjectStore } from "../../objects/object_store.ts";
import type { NormalizedResult } from "../../services/normalized.ts";
import type { Peer } from "../../services/peer.ts";
import {
  COMMITMENT_CONTEXT,
  COMMITMENT_SCP_ROLE,
  type CommitmentReport,
  FailureReason,
  type ReceivedCommitmentRequest,
  type ReferencedInstance,
  reportCommitment,
  storageCommitment,
} from "../../services/storage_commitment.ts";
import { CommitmentScu } from "../commitment_scu.ts";
import { configuredPeer } from "../peers.ts";
import { webCommitments } from "../web_workflow.ts";
import type { GatewayUnits } from "./units.ts";
import type { GatewayContext, GatewayModule, HealthChecks } from "../module.ts";

/** The archive that the gateway commits to. The host closes the store and the index. */
export interface CommitmentModuleOptions {
  /** Keeps the bytes. */
  readonly store: ObjectStore;
  /** Knows the instances. */
  readonly index: InstanceIndex;
  /** The DICOMweb server that a called AE title stands for, and that then answers; undefined for the archive. Default: none. */
  readonly webPeerFor?: (calledAeTitle: string) => Promise<Pick<WebSource, "check"> | undefined> | undefined;
  /** Whether the gateway answers requests at all. */
  readonly answers: boolean;
  /** Series and studies that routes send as one; undefined without such routes. */
  readonly units?: Pick<GatewayUnits, "committed"> | undefined;
}

const DAY = 24 * 60 * 60 * 1000;

/** The failure reason of an instance that is not committed, by what the check found. */
const REASONS: Readonly<Record<Exclude<InstanceCheck, "whole" | "unknown">, number>> = {
  "other-class": FailureReason.ClassInstanceConflict,
  "missing": FailureReason.NoSuchObjectInstance,
  "damaged": FailureReason.ProcessingFailure,
};

/** The same for the answers of a DICOMweb server. */
const REASONS_OF_SERVERS: Readonly<Record<StoredCheck, number>> = {
  "there": COMMITTED,
  "unknown": FailureReason.NoSuchObjectInstance,
  "other-class": FailureReason.ClassInstanceConflict,
  "unreadable": FailureReason.ProcessingFailure,
};

/** Both roles of storage commitment. */
export function commitmentModule(
  context: GatewayContext,
  archive: CommitmentModuleOptions,
): GatewayModule & Pick<Workflow, "commitments"> & { readonly scu: CommitmentScu } {
  const { maxReferences } = context.config.commitment;
  const scu = new CommitmentScu(context);
  const answering = archive.answers ? new Answering(context, archive) : undefined;
  const service = storageCommitment({
    onReport: scu.awaited.take,
    maxReferences,
    ...(answering !== undefined && { onRequest: (request) => answering.take(request) }),
  });
  const part = commitmentsPart({
    commitments: answering?.commitments,
    peers: context.config.peers,
    maxReferences,
    commit: (peer, instances, signal) => scu.commit(peer, instances, { signal }),
  });
  return {
    ...part,
    name: "commitment",
    scu,
    commitments: answering &&
      webCommitments(answering.commitments, maxReferences, (instances) => answering.taken(instances)),
    services: [service],
    ...(answering !== undefined && {
      start: () => answering.commitments.start(),
      health: () => answering.health(),
      metrics: () => answering.metrics(),
      stop: () => answering.stop(),
    }),
  };
}

/** The gateway as SCP. */
class Answering {
  readonly commitments: Commitments;
  readonly #context: GatewayContext;
  readonly #archive: CommitmentModuleOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #counts = { committed: 0, failed: 0, delivered: 0, undelivered: 0 };

  constructor(context: GatewayContext, archive: CommitmentModuleOptions) {
    const { documents, onError, config: { commitment: { keepDays } } } = context;
    this.#context = context;
    this.#archive = archive;
    this.commitments = new Commitments({
      documents,
      keep: keepDays * DAY,
      onError,
      check: (instance, signal, { calledAeTitle }) => this.#check(instance, calledAeTitle, signal),
      deliver: (aeTitle, report, signal) => this.#deliver(aeTitle, report, signal),
      onEvent: (event) => {
        const { type, commitment: { instances, failed } } = event;
        if (type === "commitment-checked") {
          this.#counts.committed += instances - failed;
          this.#counts.failed += failed;
        } else if (type === "commitment-reported") this.#counts.delivered++;
        else if (type === "commitment-report-failed" || type === "commitment-undelivered") this.#counts.undelivered++;
        context.notify(event);
      },
    });
  }

  /** Takes a request. Refuses it at once if its sender cannot get the result. */
  async take(request: ReceivedCommitmentRequest): Promise<() => void> {
    const { association: { callingAeTitle: aeTitle, calledAeTitle }, provider } = request;
    const atOnce = this.#context.config.commitment.sameAssociation.includes(aeTitle);
    if (!atOnce && this.#peerConfig(aeTitle) === undefined) throw unknownRequestor(aeTitle);
    const requestor: Requestor = { aeTitle, calledAeTitle, ...(atOnce && { deliver: onAssociation(provider) }) };
    const begin = await this.commitments.take(request, requestor);
    return () => {
      begin();
      this.taken(request.instances);
    };
  }

  /** A client that asks for the commitment of instances has sent them all. */
  taken(instances: readonly ReferencedInstance[]): void {
    const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid);
    void this.#archive.units?.committed(uids).catch(this.#context.onError);
  }

  async stop(): Promise<void> {
    await this.commitments[Symbol.asyncDispose]();
    await Promise.all([...this.#peers.values()].map((peer) => peer[Symbol.asyncDispose]()));
  }

  health(): HealthChecks {
    const late = this.commitments.open.filter(({ attempts }) => attempts > 0).length;
    return {
      "commitment:reports": [{
        componentType: "component",
        observedValue: late,
        observedUnit: "reports",
        status: late === 0 ? "pass" : "warn",
        ...(late > 0 && { output: "Reports of storage commitment cannot be delivered; /commitments says why" }),
      }],
    };
  }

  metrics() {
    const { committed, failed, delivered, undelivered } = this.#counts;
    const open = this.commitments.open;
    return [
      {
        name: "gantry_commitments_open",
        type: "gauge",
        help: "Requests for storage commitment whose report is not delivered, by state.",
        samples: COMMITMENT_STATES.filter((state) => state !== "reported")
          .map((state) => [{ state }, open.filter((commitment) => commitment.state === state).length] as const),
      },
      {
        name: "gantry_commitment_instances_total",
        type: "counter",
        help: "Instances of requests for storage commitment that were looked at, by result.",
        samples: [[{ result: "committed" }, committed], [{ result: "failed" }, failed]],
      },
      {
        name: "gantry_commitment_reports_total",
        type: "counter",
        help: "Attempts to deliver a report of storage commitment, by outcome.",
        samples: [[{ outcome: "delivered" }, delivered], [{ outcome: "failed" }, undelivered]],
      },
    ] as const;
  }

  async #check(instance: ReferencedInstance, calledAeTitle: string, signal: AbortSignal): Promise<number> {
    try {
      const server = await this.#archive.webPeerFor?.(calledAeTitle);
      if (server !== undefined) return REASONS_OF_SERVERS[await server.check(instance, { signal })];
      const found = await checkInstance(this.#archive, instance, { signal });
      if (found === "whole") return COMMITTED;
      return found === "unknown" ? this.#reasonForUnknown(instance) : REASONS[found];
    } catch (error) {
      signal.throwIfAborted();
      this.#context.onError(error);
      return FailureReason.ProcessingFailure;
    }
  }

  #reasonForUnknown({ sopClassUid }: ReferencedInstance): number {
    const { unknownSopClasses } = this.#context.config.dicom;
    if (unknownSopClasses === "refuse" && !isStorageSopClass(sopClassUid)) {
      return FailureReason.ReferencedSopClassNotSupported;
    }
    return this.#archive.store.shortage?.() === undefined
      ? FailureReason.NoSuchObjectInstance
      : FailureReason.ResourceLimitation;
  }

  async #deliver(aeTitle: string, report: CommitmentReport, signal: AbortSignal): Promise<void> {
    const config = this.#peerConfig(aeTitle);
    if (config === undefined) {
      throw new Error(`Cannot report: no peer of the configuration has the AE title ${aeTitle}`);
    }
    let peer = this.#peers.get(aeTitle);
    if (peer === undefined) {
      peer = configuredPeer(this.#context, config, { maxAssociations: 1 });
      this.#peers.set(aeTitle, peer);
    }
    const needs = { presentationContexts: [COMMITMENT_CONTEXT], roleSelections: [COMMITMENT_SCP_ROLE] };
    await peer.use(
      needs,
      async ({ provider }) => expectTaken(await reportCommitment(provider, report, { signal })),
      signal,
      { repeatable: true },
    );
  }

  #peerConfig(aeTitle: string): DimsePeerConfig | undefined {
    return Object.values(dimsePeers(this.#context.config.peers)).find((peer) => peer.aeTitle === aeTitle);
  }
}

function onAssociation(provider: DimseProvider): Deliver {
  return async (report, signal) => expectTaken(await reportCommitment(provider, report, { signal }));
}

function expectTaken({ status, errorComment }: NormalizedResult): void {
  const { category, meaning } = describeStatus(status, "N-EVENT-REPORT");
  if (category === "success" || category === "warning") return;
  const comment = errorComment === undefined ? "" : `: ${errorComment}`;
  throw new Error(`Cannot report: the peer answered ${statusCode(status)}, ${meaning}${comment}`);
}

function unknownRequestor(aeTitle: string): DimseStatusError {
  return new DimseStatusError(
    `Cannot take a request for commitment: no peer of the configuration has the AE title ${aeTitle}`,
    { status: Status.NotAuthorized, comment: "No configured peer has the calling AE title" },
  );
}
