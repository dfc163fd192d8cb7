/**
 * The errors that several parts throw on purpose; those of one part are in that part.
 *
 * Each extends the nearest built-in class, carries what a program needs to react (`reason`, `source`, `status`, …)
 * and says in one grammar what went wrong: "Cannot X: Y". What caused it is in `cause`.
 *
 * @module
 */

/** A-ABORT source (PS3.8 9.3.8); `transport` is a connection that closed or failed without an A-ABORT. */
export type AbortSource = "service-user" | "service-provider" | "transport";

/** A-ABORT reason/diagnostic (PS3.8 9.3.8); only a service provider gives one. */
export type AbortReason =
  | "reason-not-specified"
  | "unrecognized-pdu"
  | "unexpected-pdu"
  | "unrecognized-pdu-parameter"
  | "unexpected-pdu-parameter"
  | "invalid-pdu-parameter-value";

/** Part of an association's life that has a deadline of its own; `proxy` is that of a load balancer's header. */
export type Phase = "connect" | "proxy" | "tls" | "associate" | "response" | "idle" | "release" | "artim";

/** Bytes that break the encoding rules of PS3.5 or PS3.10. */
export class DataSetError extends SyntaxError {
  /** Name of the class. */
  override readonly name: string = "DataSetError";
  /** Tag of the element at fault, as a number (0x0008_0018), when it is known. */
  readonly tag: number | undefined;
  /** Its keyword in PS3.6, when it has one. */
  readonly keyword: string | undefined;
  /** Where it stands inside sequences, such as `ReferencedSeriesSequence[0].SeriesInstanceUID`. */
  readonly path: string | undefined;
  /** Byte offset from the start of what was read. */
  readonly offset: number | undefined;
  /** What would have been right. */
  readonly expected: string | undefined;

  /** `detail` holds what is known of the place; `cause` what was thrown there. */
  constructor(
    message: string,
    detail: { tag?: number; keyword?: string; path?: string; offset?: number; expected?: string; cause?: unknown } = {},
  ) {
    super(message, detail);
    this.tag = detail.tag;
    this.keyword = detail.keyword;
    this.path = detail.path;
    this.offset = detail.offset;
    this.expected = detail.expected;
  }
}

/** Something legal that is larger, deeper or more than a stated limit allows. */
export class LimitError extends RangeError {
  /** Name of the class. */
  override readonly name = "LimitError";
  /** Name of the limit, as the option that sets it is called. */
  readonly limit: string;
  /** The limit's value. */
  readonly maximum: number;

  /** `detail` names the limit that was passed. */
  constructor(message: string, detail: { limit: string; maximum: number }) {
    super(message);
    this.limit = detail.limit;
    this.maximum = detail.maximum;
  }
}

/** Bytes that are no legal PDU (PS3.8 9.3). `reason` is what the A-ABORT answers. */
export class PduError extends SyntaxError {
  /** Name of the class. */
  override readonly name = "PduError";
  /** Reason/Diagnostic of the A-ABORT that answers it (PS3.8 9.3.8). */
  readonly reason: AbortReason;
  /** Byte offset within the PDU. */
  readonly offset: number | undefined;

  /** `detail.reason` is what the A-ABORT is to say. */
  constructor(message: string, detail: { reason: AbortReason; offset?: number; cause?: unknown }) {
    super(message, detail);
    this.reason = detail.reason;
    this.offset = detail.offset;
  }
}

/** The association ended before its work was done: an A-ABORT from either side, or a connection that closed. */
export class AssociationAbortedError extends Error {
  /** Name of the class. */
  override readonly name = "AssociationAbortedError";
  /** Who aborted; `transport` when the connection closed without an A-ABORT. */
  readonly source: AbortSource;
  /** Reason/Diagnostic of the A-ABORT, when a service provider gave one. */
  readonly reason: AbortReason | undefined;
  /** Which side ended it. */
  readonly by: "peer" | "local";

  /** `detail` says who ended it; `cause` why, when that is known. */
  constructor(
    message: string,
    detail: { source: AbortSource; reason?: AbortReason; by: "peer" | "local"; cause?: unknown },
  ) {
    super(message, detail);
    this.source = detail.source;
    this.reason = detail.reason;
    this.by = detail.by;
  }
}

/** A service primitive that the association's present state does not allow (PS3.8 9.2). */
export class AssociationStateError extends TypeError {
  /** Name of the class. */
  override readonly name = "AssociationStateError";
  /** State of PS3.8 Table 9-10, such as `Sta6`. */
  readonly state: string;

  /** `detail.state` is the present state. */
  constructor(message: string, detail: { state: string }) {
    super(message);
    this.state = detail.state;
  }
}

/** What a deadline was passed for. */
export type StallKind = "nothing came" | "too little came" | "nothing was taken" | "too little was taken";

/** A phase took longer than its deadline. */
export class DeadlineError extends Error {
  /** Name of the class. */
  override readonly name = "DeadlineError";
  /** The phase that took too long. */
  readonly phase: Phase;
  /** The deadline in milliseconds. */
  readonly milliseconds: number;

  /** The message follows from the phase, its deadline in milliseconds, and of what kind the stall is. */
  constructor(phase: Phase, milliseconds: number, came: StallKind = "nothing came") {
    super(`Cannot wait any longer: ${came} in the ${phase} phase for ${milliseconds} ms`);
    this.phase = phase;
    this.milliseconds = milliseconds;
  }
}

/** A connection that could not be made, taken from a load balancer or secured. */
export class TransportError extends Error {
  /** Name of the class. */
  override readonly name = "TransportError";
  /** Whether connecting failed, reading the header of the PROXY protocol, or securing the connection. */
  readonly phase: "connect" | "proxy" | "tls";

  /** `detail.cause` is the runtime's own error. */
  constructor(message: string, detail: { phase: TransportError["phase"]; cause?: unknown }) {
    super(message, detail);
    this.phase = detail.phase;
  }
}

/** A DIMSE response whose status is a failure (PS3.7 Annex C). */
export class DimseStatusError extends Error {
  /** Name of the class. */
  override readonly name = "DimseStatusError";
  /** Status (0000,0900), such as 0xA700. */
  readonly status: number;
  /** Error Comment (0000,0902), when the peer gave one. */
  readonly comment: string | undefined;
  /** Offending Element (0000,0901): tags of what is at fault; none by default. */
  readonly offendingElements: readonly number[];

  /** `detail.comment` goes to the peer: at most 64 characters of it, and no patient data. So do the offending elements. */
  constructor(
    message: string,
    detail: { status: number; comment?: string | undefined; offendingElements?: readonly number[] },
  ) {
    super(message);
    this.status = detail.status;
    this.comment = detail.comment;
    this.offendingElements = detail.offendingElements ?? [];
  }
}

/** Why an instance could not be kept; each has its C-STORE status (PS3.4 Table B.2-1). */
export type NotKeptReason =
  | "out-of-resources"
  | "data-set-does-not-match-sop-class"
  | "invalid-sop-instance"
  | "cannot-understand";

/** An instance that was not kept. Nothing of it is left behind. */
export class InstanceNotKeptError extends Error {
  /** Name of the class. */
  override readonly name = "InstanceNotKeptError";
  /** Why. */
  readonly reason: NotKeptReason;

  /** `detail.reason` becomes the status of the response. */
  constructor(message: string, detail: { reason: NotKeptReason; cause?: unknown }) {
    super(message, detail);
    this.reason = detail.reason;
  }
}
