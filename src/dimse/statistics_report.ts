/**
 * What the statistics tell: plain JSON. Times are RFC 3339 strings, durations milliseconds.
 *
 * @module
 */

import type { AbortReason, AbortSource, RejectReason, RejectResult, RejectSource } from "../errors.ts";
import type { Endpoint } from "../upper_layer/connection.ts";
import type { AssociationEnd, AssociationInfo, PresentationContext } from "../upper_layer/events.ts";
import type { Operation } from "./events.ts";

/** Finished operations by status category (PS3.7 Annex C). */
export interface OutcomeCounts {
  readonly success: number;
  readonly warning: number;
  readonly failure: number;
  readonly cancel: number;
  /** The association ended before there was a final status. */
  readonly unanswered: number;
}

/** Operations of one DIMSE service in one role. */
export interface ServiceReport {
  /** Such as `C-STORE`. */
  readonly service: string;
  readonly role: Operation["role"];
  /** Started, and not finished yet. */
  readonly running: number;
  readonly finished: OutcomeCounts;
  /** Bytes of the data sets of finished operations, both ways. */
  readonly bytes: number;
}

/** How an association ended. */
export interface EndReport {
  readonly how: AssociationEnd["how"];
  readonly by: AssociationEnd["by"];
  /** Of a rejection (PS3.8 9.3.4). */
  readonly result?: RejectResult;
  readonly source?: RejectSource | AbortSource;
  readonly reason?: RejectReason | AbortReason;
  /** What went wrong, in words for an operator; shortened. */
  readonly detail?: string;
}

/** One association. */
export interface AssociationReport {
  readonly id: string;
  readonly role: AssociationInfo["role"];
  readonly transport: string;
  readonly remote?: Endpoint;
  /** Empty until the A-ASSOCIATE-RQ is there, as `calledAeTitle` is. */
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  /** The peer's. */
  readonly implementationVersionName: string;
  /** State of PS3.8 Table 9-10, such as `Sta6`. */
  readonly state: string;
  readonly openedAt: string;
  readonly establishedAt?: string;
  readonly endedAt?: string;
  readonly end?: EndReport;
  /** Accepted presentation contexts. */
  readonly contexts: readonly PresentationContext[];
  /** Bytes of all PDUs. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly operations: readonly ServiceReport[];
}

/** How many took how long, in milliseconds. */
export interface HistogramReport {
  /** In ascending order; `count` is the number of those that took `upTo` milliseconds or less. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  /** Of all. */
  readonly count: number;
  readonly sum: number;
}

/** All associations in one role. */
export interface RoleTotals {
  readonly role: AssociationInfo["role"];
  readonly active: number;
  readonly opened: number;
  readonly established: number;
  readonly released: number;
  readonly rejected: number;
  readonly aborted: number;
}

/** Rejections of one kind. */
export interface RejectionCount {
  readonly by: AssociationEnd["by"];
  readonly result: RejectResult;
  readonly source: RejectSource;
  readonly reason: RejectReason;
  readonly count: number;
}

/** Aborts of one kind. */
export interface AbortCount {
  readonly by: AssociationEnd["by"];
  readonly source: AbortSource;
  readonly reason?: AbortReason;
  readonly count: number;
}

/** Everything since the start. */
export interface TotalsReport {
  readonly since: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly associations: readonly RoleTotals[];
  readonly rejections: readonly RejectionCount[];
  readonly aborts: readonly AbortCount[];
  readonly operations: readonly (ServiceReport & { readonly durations: HistogramReport })[];
  /** Of ended associations, from opening to end. */
  readonly durations: HistogramReport;
}

/** All that is known of associations. */
export interface StatisticsReport {
  readonly active: readonly AssociationReport[];
  /** The latest that ended, latest first; a bounded number. */
  readonly recent: readonly AssociationReport[];
  readonly totals: TotalsReport;
}
