/**
 * One C-ECHO: its target, and its outcome.
 *
 * @module
 */

/** The target of a C-ECHO. */
export interface EchoTarget {
  /** Name of the configured peer; absent for an ad-hoc target. */
  readonly peer?: string;
  readonly calledAeTitle: string;
  readonly host: string;
  readonly port: number;
}

/** How long each phase took, in milliseconds; only phases that began. */
export interface EchoTimings {
  readonly connect?: number;
  readonly tls?: number;
  readonly associate?: number;
  readonly echo?: number;
  readonly release?: number;
}

/** What the peers negotiated for the association of the C-ECHO. */
export interface EchoNegotiated {
  /** Longest P-DATA-TF variable field, in bytes, that the peer receives; 0 means no limit. */
  readonly maximumPduLength: number;
  /** The peer's. */
  readonly implementationClassUid: string;
  readonly implementationVersionName: string;
  readonly transferSyntax: string;
}

/** The outcome of a C-ECHO. */
export type EchoOutcome =
  | {
    readonly outcome: "answered";
    /** Status (0000,0900). */
    readonly status: number;
    readonly timings: EchoTimings;
    readonly negotiated: EchoNegotiated;
  }
  | {
    readonly outcome: "failed";
    readonly phase: "connect" | "tls" | "associate" | "echo";
    /** A word for programs, such as `called-ae-title-not-recognized`. */
    readonly reason: string;
    /** A sentence for people. */
    readonly detail: string;
    /** Whether a deadline passed. */
    readonly timedOut: boolean;
    readonly timings: EchoTimings;
    readonly negotiated?: EchoNegotiated;
  };

/** Sends one C-ECHO. */
export type Echo = (target: EchoTarget, options: { readonly signal: AbortSignal }) => Promise<EchoOutcome>;
