/**
 * The record of a request for storage commitment, kept until the peer knows the answer, and for a while after.
 *
 * @module
 */

import type { FailedInstance, ReferencedInstance } from "../services/storage_commitment.ts";

/**
 * How far a request is: `checking`: its instances are looked at; `reporting`: the peer has to be told; `reported`: it was
 * told; `undelivered`: it could not be told in time.
 */
export type CommitmentState = "checking" | "reporting" | "reported" | "undelivered";

/** All states. */
export const COMMITMENT_STATES: readonly CommitmentState[] = ["checking", "reporting", "reported", "undelivered"];

/** A request, as it is kept. Times are in milliseconds since the epoch; 0 is never. */
export type Commitment = {
  /** Transaction UID (0008,1195). */
  readonly transactionUid: string;
  /** The requestor, which gets the report: an AE title, or over HTTP the name of a token or an address. */
  readonly aeTitle: string;
  /** The AE title that was called; the instances can be retrieved from it. */
  readonly calledAeTitle: string;
  readonly state: CommitmentState;
  /** Instances of the request. */
  readonly instances: number;
  /** Those that are not committed; known from the state `reporting` on. */
  readonly failed: number;
  readonly requestedAt: number;
  readonly checkedAt: number;
  /** Failed attempts to deliver the report, since the first or since the last retry by an operator. */
  readonly attempts: number;
  /** When the first of them was tried. */
  readonly firstAttemptAt: number;
  /** When the next is tried. */
  readonly nextAttemptAt: number;
  /** Why the last one came to nothing; empty before. */
  readonly problem: string;
  /** When it was reported, or given up. */
  readonly endedAt: number;
  /** Stands for the list of instances, to know a request that is repeated. */
  readonly fingerprint: string;
  /**
   * Whether the requestor fetches the result over HTTP: the gateway then sends no report, and keeps all results.
   * Default: false.
   */
  readonly fetched?: boolean;
};

/** A request that was just taken. */
export function newCommitment(
  { transactionUid }: { readonly transactionUid: string },
  { aeTitle, calledAeTitle, fetches = false }: {
    readonly aeTitle: string;
    readonly calledAeTitle: string;
    readonly fetches?: boolean;
  },
  known: Pick<Commitment, "instances" | "requestedAt" | "fingerprint">,
): Commitment {
  return {
    ...{ transactionUid, aeTitle, calledAeTitle, state: "checking", failed: 0, checkedAt: 0, problem: "", endedAt: 0 },
    ...{ attempts: 0, firstAttemptAt: 0, nextAttemptAt: 0 },
    ...known,
    ...(fetches && { fetched: true }),
  };
}

/**
 * SOP class, SOP instance, and what became of it: `UNCHECKED`, `COMMITTED` or a failure reason; and where the request named
 * the instance in a study and a series, these.
 */
export type InstanceResult = readonly [
  sopClassUid: string,
  sopInstanceUid: string,
  result: number,
  studyInstanceUid?: string,
  seriesInstanceUid?: string,
];

/** Of an instance that has not been checked. */
export const UNCHECKED = -1;

/** Of an instance that is committed. */
export const COMMITTED = 0;

/** Something that became of a request. */
export interface CommitmentEvent {
  /** What it was. */
  readonly type:
    | "commitment-requested"
    | "commitment-checked"
    | "commitment-reported"
    | "commitment-report-failed"
    | "commitment-undelivered";
  /** As it is now. */
  readonly commitment: Commitment;
}

/** The content of a report. */
export function splitResults(
  instances: readonly InstanceResult[],
): { readonly committed: ReferencedInstance[]; readonly failed: FailedInstance[] } {
  const [committed, failed]: [ReferencedInstance[], FailedInstance[]] = [[], []];
  for (const [sopClassUid, sopInstanceUid, reason] of instances) {
    if (reason === COMMITTED) committed.push({ sopClassUid, sopInstanceUid });
    else failed.push({ sopClassUid, sopInstanceUid, reason });
  }
  return { committed, failed };
}
