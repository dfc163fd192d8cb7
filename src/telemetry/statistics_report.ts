/**
 * What the statistics tell: plain JSON. Times are RFC 3339 strings, durations milliseconds.
 *
 * @module
 */

import type { AbortReason, AbortSource, Phase } from "../errors.ts";
import type { RejectReason, RejectResult, RejectSource } from "../upper_layer/association_rejected_error.ts";
import type { Endpoint } from "../upper_layer/connection.ts";
import type { AssociationEnd, AssociationInfo, PresentationContext } from "../upper_layer/events.ts";
import type { Operation } from "../dimse/events.ts";
import type { LimitName, RefusalReason } from "./passed_limits.ts";

/** Finished operations by status category (PS3.7 Annex C). */
export interface OutcomeCounts {
  /** Status 0x0000. */
  readonly success: number;
  /** Done, with a remark. */
  readonly warning: number;
  /** Not done. */
  readonly failure: number;
  /** Status 0xFE00: ended by a C-CANCEL-RQ. */
  readonly cancel: number;
  /** The association ended before there was a final status. */
  readonly unanswered: number;
}

/** Operations of one DIMSE service in one role. */
export interface ServiceReport {
  /** Such as `C-STORE`. */
  readonly service: string;
  /** `invoked` by this side (SCU), or `performed` for the peer (SCP). */
  readonly role: Operation["role"];
  /** Started, and not finished yet. */
  readonly running: number;
  /** Those that have ended. */
  readonly finished: OutcomeCounts;
  /** Bytes of the data sets of finished operations, both ways. */
  readonly bytes: number;
}

/** How an association ended. */
export interface EndReport {
  /** In which of the three ways. */
  readonly how: AssociationEnd["how"];
  /** Which side ended it. */
  readonly by: AssociationEnd["by"];
  /** Of a rejection (PS3.8 9.3.4). */
  readonly result?: RejectResult;
  /** Of a rejection or an abort (PS3.8 9.3.4, 9.3.8). */
  readonly source?: RejectSource | AbortSource;
  /** Reason/Diagnostic of a rejection or an abort, when one was given. */
  readonly reason?: RejectReason | AbortReason;
  /** The limit that was passed, if that is why this side rejected or aborted. */
  readonly limit?: LimitName;
  /** The phase whose deadline was passed, if that is why this side aborted. */
  readonly deadline?: Phase;
  /** What went wrong, in words for an operator; shortened. */
  readonly detail?: string;
}

/** One association. */
export interface AssociationReport {
  /** Unique in this process. */
  readonly id: string;
  /** This side's. */
  readonly role: AssociationInfo["role"];
  /** What carries it, such as `tcp`. */
  readonly transport: string;
  /** The peer's address, where the transport has addresses. */
  readonly remote?: Endpoint;
  /** Empty until the A-ASSOCIATE-RQ arrives, as `calledAeTitle` is. */
  readonly callingAeTitle: string;
  /** As `callingAeTitle`. */
  readonly calledAeTitle: string;
  /** The peer's. */
  readonly implementationVersionName: string;
  /** State of PS3.8 Table 9-10, such as `Sta6`. */
  readonly state: string;
  /** When the connection was handed over. */
  readonly openedAt: string;
  /** When it was accepted; absent when it was not. */
  readonly establishedAt?: string;
  /** When it ended; absent while it is active. */
  readonly endedAt?: string;
  /** How it ended; absent while it is active. */
  readonly end?: EndReport;
  /** Accepted presentation contexts. */
  readonly contexts: readonly PresentationContext[];
  /** Bytes of all PDUs. */
  readonly bytesReceived: number;
  /** Bytes of all PDUs. */
  readonly bytesSent: number;
  /** One entry for each service and role that was used. */
  readonly operations: readonly ServiceReport[];
}

/** How many took how long, in milliseconds. */
export interface HistogramReport {
  /** In ascending order; `count` is the number of those that took `upTo` milliseconds or less. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  /** Of all. */
  readonly count: number;
  /** Of all, in milliseconds. */
  readonly sum: number;
}

/** All associations in one role. */
export interface RoleTotals {
  /** This side's. */
  readonly role: AssociationInfo["role"];
  /** Not ended yet. */
  readonly active: number;
  /** Connections that were handed over. */
  readonly opened: number;
  /** Those that became associations. */
  readonly established: number;
  /** Ended as they should. */
  readonly released: number;
  /** Ended before they began. */
  readonly rejected: number;
  /** Ended by an abort or a lost connection. */
  readonly aborted: number;
}

/** Rejections of one kind. */
export interface RejectionCount {
  /** Which side rejected. */
  readonly by: AssociationEnd["by"];
  /** Whether trying again can help. */
  readonly result: RejectResult;
  /** The side that rejected. */
  readonly source: RejectSource;
  /** Reason/Diagnostic. */
  readonly reason: RejectReason;
  /** How many. */
  readonly count: number;
}

/** Aborts of one kind. */
export interface AbortCount {
  /** Which side aborted. */
  readonly by: AssociationEnd["by"];
  /** The side that aborted. */
  readonly source: AbortSource;
  /** Reason/Diagnostic, when one was given. */
  readonly reason?: AbortReason;
  /** How many. */
  readonly count: number;
}

/** How often peers passed a limit, and with which outcome. */
export interface LimitCount {
  /** Which. */
  readonly limit: LimitName;
  /** An association was rejected, or aborted (or its connection closed unheard), or an operation had a failure status. */
  readonly outcome: "rejected" | "aborted" | "failed";
  /** How many. */
  readonly count: number;
}

/** How often a deadline was passed. */
export interface DeadlineCount {
  /** Of which phase. */
  readonly phase: Phase;
  /** How many. */
  readonly count: number;
}

/** Connections that were closed before they were accepted, for one reason. */
export interface RefusalCount {
  /** Which. */
  readonly reason: RefusalReason;
  /** How many. */
  readonly count: number;
}

/** Everything since the start. */
export interface TotalsReport {
  /** The start. */
  readonly since: string;
  /** Bytes of all PDUs. */
  readonly bytesReceived: number;
  /** Bytes of all PDUs. */
  readonly bytesSent: number;
  /** By role. */
  readonly associations: readonly RoleTotals[];
  /** By kind. */
  readonly rejections: readonly RejectionCount[];
  /** By kind. */
  readonly aborts: readonly AbortCount[];
  /** Limits that were passed, by which and what came of it. */
  readonly limits: readonly LimitCount[];
  /** Deadlines that were passed, for which associations were aborted or connections closed. */
  readonly deadlines: readonly DeadlineCount[];
  /** Connections that were closed before they were accepted, by reason; limits and deadlines are counted above as well. */
  readonly refusals: readonly RefusalCount[];
  /** By service and role. */
  readonly operations: readonly (ServiceReport & { readonly durations: HistogramReport })[];
  /** Of ended associations, from opening to end. */
  readonly durations: HistogramReport;
}

/** All that is known of associations. */
export interface StatisticsReport {
  /** Those that have not ended, oldest first. */
  readonly active: readonly AssociationReport[];
  /** The last associations that ended, latest first; a bounded number. Health checks that only connect are left out. */
  readonly recent: readonly AssociationReport[];
  /** Sums since the start. */
  readonly totals: TotalsReport;
}
