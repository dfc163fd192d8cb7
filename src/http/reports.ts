/**
 * What the sidecar is told of associations. Plain JSON: times are RFC 3339 strings, durations milliseconds.
 *
 * @module
 */

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
  /** `invoked` by this side (SCU), or `performed` for the peer (SCP). */
  readonly role: "invoked" | "performed";
  /** Started, and not finished yet. */
  readonly running: number;
  readonly finished: OutcomeCounts;
  /** Bytes of the data sets of finished operations, both ways. */
  readonly bytes: number;
}

/** How an association ended. */
export interface EndReport {
  readonly how: "released" | "rejected" | "aborted";
  readonly by: "peer" | "local";
  /** Of a rejection (PS3.8 9.3.4). */
  readonly result?: string;
  /** Of a rejection or an abort. */
  readonly source?: string;
  readonly reason?: string;
  /** The limit that was passed, if that is why this side rejected or aborted. */
  readonly limit?: string;
  /** The phase whose deadline was passed, if that is why this side aborted. */
  readonly deadline?: string;
  /** What went wrong, in words for an operator. */
  readonly detail?: string;
}

/** One association. */
export interface AssociationReport {
  readonly id: string;
  readonly role: "acceptor" | "requestor";
  readonly transport: string;
  readonly remote?: { readonly hostname: string; readonly port: number };
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
  readonly contexts: readonly {
    readonly id: number;
    readonly abstractSyntax: string;
    readonly transferSyntax: string;
  }[];
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
  readonly role: "acceptor" | "requestor";
  readonly active: number;
  readonly opened: number;
  readonly established: number;
  readonly released: number;
  readonly rejected: number;
  readonly aborted: number;
}

/** Everything since the start. */
export interface TotalsReport {
  readonly since: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly associations: readonly RoleTotals[];
  readonly rejections: readonly {
    readonly by: "peer" | "local";
    readonly result: string;
    readonly source: string;
    readonly reason: string;
    readonly count: number;
  }[];
  readonly aborts: readonly {
    readonly by: "peer" | "local";
    readonly source: string;
    readonly reason?: string;
    readonly count: number;
  }[];
  /** Limits that were passed: an association was rejected or aborted for it, or an operation had a failure status. */
  readonly limits: readonly {
    readonly limit: string;
    readonly outcome: "rejected" | "aborted" | "failed";
    readonly count: number;
  }[];
  /** Deadlines that were passed, for which associations were aborted or connections closed. */
  readonly deadlines: readonly { readonly phase: string; readonly count: number }[];
  /** Connections that were closed before they were accepted. */
  readonly refusals: readonly { readonly reason: string; readonly count: number }[];
  readonly operations: readonly (ServiceReport & { readonly durations: HistogramReport })[];
  /** Of ended associations, from opening to end. */
  readonly durations: HistogramReport;
}

/** All that is known of associations. */
export interface AssociationsReport {
  readonly active: readonly AssociationReport[];
  /** The latest that ended, latest first; a bounded number. Health checks, which hang up unheard, are not among them. */
  readonly recent: readonly AssociationReport[];
  readonly totals: TotalsReport;
}
