/**
 * Events of an association. Observers see plain data and cannot change or delay anything; logs,
 * statistics, metrics and traces are all observers.
 *
 * @module
 */

import type { AbortReason, AbortSource } from "../errors.ts";
import type { RejectReason, RejectResult, RejectSource } from "./association_rejected_error.ts";
import type { Endpoint, TlsInfo } from "./connection.ts";

/** An accepted presentation context. */
export interface PresentationContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  /** UID of the subject: a SOP class, mostly. */
  readonly abstractSyntax: string;
  /** UID of the encoding that was chosen. */
  readonly transferSyntax: string;
}

/** How an association ended. `by` says which side did it. */
export type AssociationEnd =
  | { readonly how: "released"; readonly by: "peer" | "local" }
  | {
    readonly how: "rejected";
    readonly by: "peer" | "local";
    readonly result: RejectResult;
    readonly source: RejectSource;
    readonly reason: RejectReason;
    /** More about it, when this side rejected. */
    readonly detail?: string;
    /** Name of the limit that was reached, when this side rejected for one. */
    readonly limit?: string;
  }
  | {
    readonly how: "aborted";
    readonly by: "peer" | "local";
    readonly source: AbortSource;
    readonly reason?: AbortReason;
    /** What went wrong, in words for an operator. */
    readonly error?: Error;
  };

/** What is known of an association; fields fill up as it goes on. Times are milliseconds since the epoch. */
export interface AssociationInfo {
  /** Unique in this process, short, safe in a URL. */
  readonly id: string;
  /** This side's role. */
  readonly role: "acceptor" | "requestor";
  /** What carries it: `Connection.transport`, or `stream` where that says nothing. */
  readonly transport: string;
  /** The peer's address, where the transport has addresses. */
  readonly remote: Endpoint | undefined;
  /** What TLS found out about the peer; absent without TLS. */
  readonly tls?: TlsInfo | undefined;
  /** The user whose identity was checked (PS3.7 D.3.3.7); absent when none was. */
  readonly user?: string | undefined;
  /** When the connection was handed over. */
  readonly openedAt: number;
  /**
   * Empty until the A-ASSOCIATE-RQ arrives. Then 1 to 16 printable characters, or none; U+FFFD for each byte that no AE
   * title can hold.
   */
  readonly callingAeTitle: string;
  /** As `callingAeTitle`. */
  readonly calledAeTitle: string;
  /** State of PS3.8 Table 9-10, such as `Sta6`. */
  readonly state: string;
  /** When the A-ASSOCIATE-AC was sent or received; undefined before. */
  readonly establishedAt: number | undefined;
  /** Accepted presentation contexts. */
  readonly contexts: readonly PresentationContext[];
  /** The peer's implementation version name (PS3.7 D.3.3.2), or empty. */
  readonly implementationVersionName: string;
  /** Bytes of all PDUs so far. */
  readonly bytesReceived: number;
  /** Bytes of all PDUs so far. */
  readonly bytesSent: number;
}

/** Moments in the life of an association. */
export type AssociationEvent =
  | { readonly type: "association-opened"; readonly association: AssociationInfo }
  | { readonly type: "association-established"; readonly association: AssociationInfo }
  /** The peer's errors that Gantry tolerates, in words for an operator. */
  | { readonly type: "association-warning"; readonly association: AssociationInfo; readonly warning: string }
  | { readonly type: "association-ended"; readonly association: AssociationInfo; readonly end: AssociationEnd };

/** Watches events. What it throws is ignored. */
export type Observer<Event> = (event: Event) => void;

/** Shows `event` to every observer; none can break the protocol or keep another from seeing it. */
export function notify<Event>(observers: readonly Observer<Event>[], event: Event): void {
  for (const observe of observers) {
    try {
      const outcome: unknown = observe(event);
      if (outcome instanceof Promise) outcome.catch(() => {});
    } catch {
      // An observer's failure is its own.
    }
  }
}
