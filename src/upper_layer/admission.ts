/**
 * The acceptor's word on an association: accept, or reject with the exact result, source and reason (PS3.8 9.3.4).
 *
 * @module
 */

import type { RejectReason, RejectResult, RejectSource } from "./association_rejected_error.ts";
import type { Connection } from "./connection.ts";
import type { PresentationContextOffer, RequestorRoles } from "./negotiation.ts";
import type { AAssociateRq, ExtendedNegotiation } from "./pdu.ts";

/** What an acceptor offers to requestors. */
export interface Offered {
  /** The answer to each proposed abstract syntax. */
  readonly offer: PresentationContextOffer;
  /** Roles that a requestor may play for a SOP class; absent: the default roles only (PS3.7 D.3.3.4). */
  readonly roles?: (sopClassUid: string) => RequestorRoles | undefined;
  /** Answers SOP Class Extended Negotiation where admission did not; undefined, and by default: no answer. */
  readonly extend?: (proposed: ExtendedNegotiation) => Uint8Array | undefined;
}

/** What of all that is offered one requestor is offered; observers see the warnings. */
export type Narrow = (offered: Offered, association: { warn(message: string): void }) => Offered;

/** The association is accepted; its presentation contexts are negotiated next. */
export interface Acceptance {
  /** Tells an acceptance from a rejection. */
  readonly type: "accept";
  /** The user whose identity was checked, for observers. */
  readonly user?: string;
  /** Server response to a user identity (PS3.7 D.3.3.7.2); sent only when the requestor asked for one. */
  readonly userIdentityResponse?: Uint8Array;
  /** Answers to SOP Class Extended Negotiation (PS3.7 D.3.3.5). */
  readonly extendedNegotiations?: readonly ExtendedNegotiation[];
  /** Restricts the services for this requestor. Default: all services. */
  readonly narrow?: Narrow;
}

/** The association is rejected. */
export interface Rejection {
  /** Tells a rejection from an acceptance. */
  readonly type: "reject";
  /** Whether trying again can help. */
  readonly result: RejectResult;
  /** The side and layer that rejects. */
  readonly source: RejectSource;
  /** Reason/Diagnostic. */
  readonly reason: RejectReason;
  /** More about it, for the operator of this side; the peer does not get it. */
  readonly detail?: string;
  /** Name of the limit that was reached, if that is why; for statistics. */
  readonly limit?: string;
}

/** The decision of admission. */
export type Admission = Acceptance | Rejection;

/**
 * Decides on an A-ASSOCIATE-RQ. AE titles come without padding and may be empty. An error that it throws rejects the association
 * (no-reason-given, transient), so that an error never admits a peer. So does a decision that takes longer than the timeout
 * `associate`.
 */
export type Admit = (request: AAssociateRq, connection: Connection) => Admission | Promise<Admission>;

/** Accepts an association. */
export function accept(answer: Omit<Acceptance, "type"> = {}): Acceptance {
  return { ...answer, type: "accept" };
}

/** The source of each reason, and whether another try later can help. */
const REJECTIONS: Readonly<Record<RejectReason, readonly [RejectSource, RejectResult]>> = {
  "no-reason-given": ["service-user", "rejected-permanent"],
  "application-context-name-not-supported": ["service-user", "rejected-permanent"],
  "calling-ae-title-not-recognized": ["service-user", "rejected-permanent"],
  "called-ae-title-not-recognized": ["service-user", "rejected-permanent"],
  "protocol-version-not-supported": ["service-provider-acse", "rejected-permanent"],
  "temporary-congestion": ["service-provider-presentation", "rejected-transient"],
  "local-limit-exceeded": ["service-provider-presentation", "rejected-transient"],
};

/**
 * Rejects an association. The source follows from the reason; the result does too unless `result` says otherwise.
 *
 * @example
 * ```ts
 * const admit: Admit = (request) =>
 *   request.callingAeTitle === "CT1" ? accept() : reject("calling-ae-title-not-recognized");
 * ```
 */
export function reject(reason: RejectReason = "no-reason-given", result?: RejectResult): Rejection {
  const [source, usualResult] = REJECTIONS[reason];
  return { type: "reject", result: result ?? usualResult, source, reason };
}
