/**
 * Events of DIMSE: one pair for each operation.
 *
 * @module
 */

import type { AssociationEvent, AssociationInfo } from "../upper_layer/events.ts";

/** One DIMSE operation or notification (PS3.7 7.5). */
export interface Operation {
  /** DIMSE service name, such as `C-STORE`. */
  readonly service: string;
  /** `invoked` by this side (SCU), or `performed` for the peer (SCP). */
  readonly role: "invoked" | "performed";
  /** Message ID (0000,0110). */
  readonly messageId: number;
  /** Affected or Requested SOP Class UID. */
  readonly sopClassUid: string;
  /** Affected or Requested SOP Instance UID; undefined where the service has none. */
  readonly sopInstanceUid: string | undefined;
}

/** An operation's outcome. */
export interface OperationOutcome {
  /** Final status (0000,0900); undefined when the association ended first. */
  readonly status: number | undefined;
  /** Bytes of all its data sets, sent and received. */
  readonly bytes: number;
  /** From the request to the final response. */
  readonly milliseconds: number;
  /** What went wrong, when something did. */
  readonly error?: Error;
}

/** Moments in the life of an operation. */
export type OperationEvent =
  | { readonly type: "operation-started"; readonly association: AssociationInfo; readonly operation: Operation }
  | {
    readonly type: "operation-ended";
    readonly association: AssociationInfo;
    readonly operation: Operation;
    readonly outcome: OperationOutcome;
  };

/** Everything there is to watch on an association. */
export type DimseEvent = AssociationEvent | OperationEvent;
