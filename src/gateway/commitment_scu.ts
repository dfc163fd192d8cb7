/**
 * Asks configured peers for storage commitment, and waits for their reports, whichever association these arrive on.
 *
 * @module
 */

import { isDimsePeer } from "../config/peer_kinds.ts";
import { generateUid } from "../dicom/uids.ts";
import { AwaitedReports } from "../services/awaited_reports.ts";
import {
  COMMITMENT_CONTEXT,
  type CommitmentReport,
  type ReferencedInstance,
  storageCommitment,
} from "../services/storage_commitment.ts";
import { configuredPeer } from "./peers.ts";
import type { GatewayContext } from "./module.ts";

/** How long an association stays open for its report, in milliseconds; after that the peer has to call. */
const KEPT_OPEN = 60_000;

/** How long to wait. */
export interface CommitOptions {
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
}

/** The gateway as SCU of storage commitment. */
export class CommitmentScu {
  /** Reports that callers wait for. The gateway's own service hands over those that peers send on associations of their own. */
  readonly awaited: AwaitedReports = new AwaitedReports();
  readonly #context: GatewayContext;

  /** Makes no connection before one is needed. */
  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /**
   * Asks the peer of that name to commit to instances, and resolves with its report, however long that takes. Throws
   * RangeError for a name that is not configured, DimseStatusError when the peer refuses, what connecting to it throws,
   * and the signal's reason.
   */
  async commit(
    name: string,
    instances: readonly ReferencedInstance[],
    { signal }: CommitOptions,
  ): Promise<CommitmentReport> {
    const { peers, commitment: { maxReferences } } = this.#context.config;
    const config = Object.hasOwn(peers, name) ? peers[name] : undefined;
    if (config === undefined) throw new RangeError(`Cannot ask for commitment: no peer is called ${name}`);
    if (!isDimsePeer(config)) throw new RangeError(`Cannot ask for commitment: ${name} is a DICOMweb server`);
    const services = [storageCommitment({ onReport: this.awaited.take, maxReferences })];
    await using peer = configuredPeer(this.#context, config, { maxAssociations: 1, keepOpen: 0, services });
    const needs = { presentationContexts: [COMMITMENT_CONTEXT] };
    const { promise, resolve, reject } = deferredReport();
    // The wait goes on after the association has ended.
    await peer.use(needs, async (association) => {
      const request = { transactionUid: generateUid(), instances };
      const report = this.awaited.commit(association.provider, request, { signal });
      report.then(resolve, reject);
      const enough = new AbortController();
      try {
        await Promise.race([report, association.closed, elapsed(KEPT_OPEN, enough.signal)]);
      } finally {
        enough.abort();
      }
    }, signal);
    return await promise;
  }
}

function deferredReport() {
  let [resolve, reject]: [(report: CommitmentReport) => void, (reason: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<CommitmentReport>((...settle) => [resolve, reject] = settle);
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function elapsed(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
