/**
 * Reports of storage commitment that a caller waits for (PS3.4 J.3.3).
 *
 * @module
 */

import type { DimseProvider } from "../dimse/provider.ts";
import * as Status from "../dimse/status.ts";
import { statusCode } from "../dimse/statuses.ts";
import { DimseStatusError } from "../errors.ts";
import type { FailedInstance, ReferencedInstance } from "./referenced_instances.ts";
import {
  type CommitmentReport,
  type CommitmentRequest,
  FailureReason,
  type ReceivedCommitmentReport,
  requestCommitment,
} from "./storage_commitment.ts";

/** How long to wait. */
export interface AwaitOptions {
  /** Ends the wait with its reason; the report is refused if it comes later. */
  readonly signal?: AbortSignal;
  /** Called when the peer has taken the request: the association may be released then, and the peer calls to report. */
  readonly onTaken?: () => void;
}

/** What waits for a report. */
interface Wait {
  readonly request: CommitmentRequest;
  readonly resolve: (report: CommitmentReport) => void;
}

/**
 * Brings reports to the callers that wait for them, whatever association they come on.
 *
 * @example
 * ```ts
 * import { AwaitedReports, COMMITMENT_CONTEXT, requestAssociation, storageCommitment } from "@gantry/dicom";
 * import { connectTcp } from "@gantry/dicom/deno";
 *
 * const awaited = new AwaitedReports();
 * const services = [storageCommitment({ onReport: awaited.take })]; // for createScp() as well: the peer may call back
 * const connection = await connectTcp({ hostname: "192.0.2.10", port: 104 });
 * await using association = await requestAssociation(connection, {
 *   calledAeTitle: "PACS",
 *   presentationContexts: [COMMITMENT_CONTEXT],
 *   services,
 * });
 * const instances = [{ sopClassUid: "1.2.840.10008.5.1.4.1.1.2", sopInstanceUid: "1.2.3" }];
 * const report = await awaited.commit(association.provider, { transactionUid: "2.25.1", instances });
 * console.log(report.failed);
 * ```
 */
export class AwaitedReports {
  readonly #waiting = new Map<string, Wait>();

  /** Transactions whose report hasn't come. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Asks for commitment and waits for the report, on this association or another. Instances that the report doesn't mention
   * have failed. Throws DimseStatusError when the peer refuses the request, what invoking throws, and the signal's reason.
   */
  async commit(
    provider: DimseProvider,
    request: CommitmentRequest,
    { signal, onTaken }: AwaitOptions = {},
  ): Promise<CommitmentReport> {
    const { transactionUid } = request;
    if (this.#waiting.has(transactionUid)) {
      throw new RangeError(
        `Cannot ask for commitment: another call already waits for the transaction ${transactionUid}`,
      );
    }
    signal?.throwIfAborted();
    let giveUp: (() => void) | undefined;
    // Before the request is sent: the report may come before the response is looked at.
    const report = new Promise<CommitmentReport>((resolve, reject) => {
      this.#waiting.set(transactionUid, { request, resolve });
      giveUp = () => reject(signal?.reason);
      signal?.addEventListener("abort", giveUp);
    });
    report.catch(() => {});
    try {
      const asked = requestCommitment(provider, request, signal === undefined ? {} : { signal });
      const { status, errorComment } = await asked;
      if (status !== Status.Success) {
        const why = errorComment === undefined ? "" : ` (${errorComment})`;
        const message = `Cannot get commitment: the peer answered ${statusCode(status)}${why}`;
        throw new DimseStatusError(message, { status, comment: errorComment });
      }
      onTaken?.();
      return await report;
    } finally {
      this.#waiting.delete(transactionUid);
      if (giveUp !== undefined) signal?.removeEventListener("abort", giveUp);
    }
  }

  /** For `onReport` of `storageCommitment()`: refuses a report with an unknown transaction, with 0x0115. */
  readonly take = (received: ReceivedCommitmentReport): Promise<() => void> => {
    const wait = this.#waiting.get(received.transactionUid);
    if (wait === undefined) return Promise.reject(unknownTransaction());
    this.#waiting.delete(received.transactionUid);
    return Promise.resolve(() => wait.resolve(complete(wait.request, received)));
  };
}

function unknownTransaction(): DimseStatusError {
  return new DimseStatusError("Cannot accept the report of storage commitment: its transaction is unknown or over", {
    status: Status.InvalidArgumentValue,
    comment: "Transaction UID is not known",
  });
}

/** What the report says of each instance of the request: what it says of others is passed over, what is missing failed. */
function complete({ transactionUid, instances }: CommitmentRequest, report: CommitmentReport): CommitmentReport {
  const committed = new Map(report.committed.map((instance) => [instance.sopInstanceUid, instance.sopClassUid]));
  const reasons = new Map(report.failed.map(({ sopInstanceUid, reason }) => [sopInstanceUid, reason]));
  const [kept, failed]: [ReferencedInstance[], FailedInstance[]] = [[], []];
  for (const { sopClassUid, sopInstanceUid } of instances) {
    const instance = { sopClassUid, sopInstanceUid };
    const reason = reasons.get(sopInstanceUid);
    if (reason === undefined && committed.get(sopInstanceUid) === sopClassUid) kept.push(instance);
    else failed.push({ ...instance, reason: reason ?? FailureReason.ProcessingFailure });
  }
  const { retrieveAeTitle } = report;
  return { transactionUid, committed: kept, failed, ...(retrieveAeTitle !== undefined && { retrieveAeTitle }) };
}
