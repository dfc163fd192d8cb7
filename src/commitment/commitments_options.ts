/**
 * How requests for storage commitment are worked on.
 *
 * @module
 */

import type { DocumentStore } from "../documents/document_store.ts";
import type { CommitmentReport, ReferencedInstance } from "../services/storage_commitment.ts";
import type { Commitment, CommitmentEvent } from "./commitment.ts";

/** Delivers a report; throws an Error that says why it can't. */
export type Deliver = (report: CommitmentReport, signal: AbortSignal) => Promise<void>;

/** How requests are worked on. */
export interface CommitmentsOptions {
  /** Where they are kept. */
  readonly documents: DocumentStore;
  /** Looks at an instance: 0 for one that is committed, else the failure reason. The request tells whom it was asked of. */
  readonly check: (
    instance: ReferencedInstance,
    signal: AbortSignal,
    request: Pick<Commitment, "calledAeTitle">,
  ) => Promise<number>;
  /** Delivers a report to an AE title, on an association of its own. */
  readonly deliver: (aeTitle: string, report: CommitmentReport, signal: AbortSignal) => Promise<void>;
  /** Receives the events of each request. */
  readonly onEvent?: (event: CommitmentEvent) => void;
  /** Receives unexpected errors, such as that of a disk. */
  readonly onError?: (error: unknown) => void;
  /** Most requests whose report is not delivered; more are refused. Default: 10,000. */
  readonly maxOpen?: number;
  /** How long a request is remembered after its report, in milliseconds. Default: 7 days. */
  readonly keep?: number;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** The peer or client that asks, and how to give it the report at once. */
export interface Requestor {
  /** Its AE title, or what it is called over HTTP. */
  readonly aeTitle: string;
  /** The AE title that it called. */
  readonly calledAeTitle: string;
  /** Delivers on the association of the request, if the requestor wants that. If it throws, the report goes the other way. */
  readonly deliver?: Deliver;
  /** Whether it fetches the result itself, so that no report is delivered. Default: false. */
  readonly fetches?: boolean;
}
