/**
 * The error of a rejected association, and the words of an A-ASSOCIATE-RJ (PS3.8 9.3.4).
 *
 * @module
 */

/** A-ASSOCIATE-RJ result (PS3.8 9.3.4). */
export type RejectResult = "rejected-permanent" | "rejected-transient";

/** A-ASSOCIATE-RJ source (PS3.8 9.3.4). */
export type RejectSource = "service-user" | "service-provider-acse" | "service-provider-presentation";

/** A-ASSOCIATE-RJ reason/diagnostic (PS3.8 9.3.4); each belongs to one source. */
export type RejectReason =
  | "no-reason-given"
  | "application-context-name-not-supported"
  | "calling-ae-title-not-recognized"
  | "called-ae-title-not-recognized"
  | "protocol-version-not-supported"
  | "temporary-congestion"
  | "local-limit-exceeded";

/** The peer, or this side's own admission, rejected the association (PS3.8 7.1.1.9). */
export class AssociationRejectedError extends Error {
  /** Name of the class. */
  override readonly name = "AssociationRejectedError";
  /** Whether trying again can help. */
  readonly result: RejectResult;
  /** Source of the rejection: the peer's application, or its service provider. */
  readonly source: RejectSource;
  /** Reason/Diagnostic of the A-ASSOCIATE-RJ. */
  readonly reason: RejectReason;
  /** More about it, which no A-ASSOCIATE-RJ says: known only where this side's own admission rejected. */
  readonly detail: string | undefined;
  /** Name of the limit that was reached, if that is why: known only there as well. */
  readonly limit: string | undefined;

  /** The message follows from the A-ASSOCIATE-RJ. */
  constructor(
    detail: { result: RejectResult; source: RejectSource; reason: RejectReason; detail?: string; limit?: string },
  ) {
    const more = detail.detail === undefined ? "" : ` (${detail.detail})`;
    super(`Cannot associate: ${detail.result} by ${detail.source}, ${detail.reason}${more}`);
    this.detail = detail.detail;
    this.limit = detail.limit;
    this.result = detail.result;
    this.source = detail.source;
    this.reason = detail.reason;
  }
}
