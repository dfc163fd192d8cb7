/**
 * Outcomes of the instances of a request.
 *
 * @module
 */

import { DataSetError, DimseStatusError, InstanceNotKeptError, LimitError, type NotKeptReason } from "../../errors.ts";

/** Failure reasons (PS3.18 Table I.2-2). */
export const FailureReason = {
  OutOfResources: 0xa700,
  DataSetDoesNotMatchSopClass: 0xa900,
  CannotUnderstand: 0xc000,
  TransferSyntaxNotSupported: 0xc122,
  ProcessingFailure: 0x0110,
  SopClassNotSupported: 0x0122,
} as const;

/** Warning reasons (PS3.18 Table I.2-1). */
export const WarningReason = {
  /** The warning that says that other values are stored than the client sent. */
  Coercion: 0xb000,
} as const;

/** UIDs of an instance, as far as they are known. */
export interface SopInstance {
  /** SOP Class UID. */
  readonly sopClassUid: string;
  /** SOP Instance UID. */
  readonly sopInstanceUid: string;
}

/** An instance that is stored. */
export interface StoredInstance extends SopInstance {
  readonly type: "stored";
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Warning Reason (0008,1196), if any. */
  readonly warning?: number;
}

/** An instance that is not stored. */
export interface FailedInstance {
  readonly type: "failed";
  /** Its UIDs, if they are known. */
  readonly instance: SopInstance | undefined;
  /** Failure Reason (0008,1197). */
  readonly reason: number;
  /** The same in words, without any value. */
  readonly why: string;
}

/** An instance that was not stored for a reason of its own, or a request that could not be read to its end. */
export interface StoreRefusedEvent {
  /** Tells this event from others. */
  readonly type: "store-refused";
  /** Its UIDs, if they are known: a client may send any text. */
  readonly instance: SopInstance | undefined;
  /** The sender, if it is known. */
  readonly sender: string | undefined;
  /** Failure Reason (0008,1197), as in the answer to the client. */
  readonly reason: number;
  /** The reason in words, without any value. */
  readonly why: string;
}

/** The outcome for one instance. */
export type StoreOutcome = StoredInstance | FailedInstance;

/** An instance that can't be stored, for a reason of its own. */
export class StoreFailure extends Error {
  override readonly name = "StoreFailure";
  /** Failure Reason (0008,1197). */
  readonly reason: number;

  constructor(message: string, reason: number) {
    super(message);
    this.reason = reason;
  }
}

const REASONS: Readonly<Record<NotKeptReason, number>> = {
  "out-of-resources": FailureReason.OutOfResources,
  "data-set-does-not-match-sop-class": FailureReason.DataSetDoesNotMatchSopClass,
  "invalid-sop-instance": FailureReason.CannotUnderstand,
  "cannot-understand": FailureReason.CannotUnderstand,
};

/** The failure reason of an error; undefined for an unexpected error. */
export function failureReasonOf(error: unknown): number | undefined {
  if (error instanceof StoreFailure) return error.reason;
  if (error instanceof DimseStatusError) return error.status;
  if (error instanceof InstanceNotKeptError) return REASONS[error.reason];
  if (error instanceof DataSetError) return FailureReason.CannotUnderstand;
  if (error instanceof LimitError) return FailureReason.OutOfResources;
  return undefined;
}
