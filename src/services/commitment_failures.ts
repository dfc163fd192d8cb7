/**
 * Why instances are not committed: Failure Reason (0008,1197) of storage commitment.
 *
 * @module
 */

/** Why an instance is not committed (PS3.3 C.14.1.1). */
export const FailureReason = {
  /** A failure of another kind. */
  ProcessingFailure: 0x0110,
  /** The instance is not available. */
  NoSuchObjectInstance: 0x0112,
  /** The instance is of another SOP class. */
  ClassInstanceConflict: 0x0119,
  /** The SOP class is not supported. */
  ReferencedSopClassNotSupported: 0x0122,
  /** The transaction UID is in use. */
  DuplicateTransactionUid: 0x0131,
  /** There is no room for the instance. */
  ResourceLimitation: 0x0213,
} as const;

const MEANINGS: ReadonlyMap<number, string> = new Map([
  [FailureReason.ProcessingFailure, "Processing failure"],
  [FailureReason.NoSuchObjectInstance, "No such instance"],
  [FailureReason.ClassInstanceConflict, "The instance is of another SOP class"],
  [FailureReason.ReferencedSopClassNotSupported, "The SOP class is not supported"],
  [FailureReason.DuplicateTransactionUid, "The transaction UID is in use"],
  [FailureReason.ResourceLimitation, "Resource limitation"],
]);

/** What a failure reason means, for people. */
export function describeFailureReason(reason: number): string {
  return MEANINGS.get(reason) ?? "Unknown reason";
}
