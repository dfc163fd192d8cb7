/**
 * What both roles may set for an association, and what holds when they don't.
 *
 * @module
 */

import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../dicom/implementation.ts";
import type { AssociationEvent, Observer } from "./events.ts";
import type { OperationLimits } from "./negotiation.ts";
import type { UserInformation } from "./pdu.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "./timeouts.ts";

/** Settings of either role. */
export interface AssociationSettings {
  /** Longest P-DATA-TF variable field that is received, in bytes; 0 means no limit. Default 131,072. */
  readonly maxPduLength?: number;
  /** Deadlines in milliseconds; those that are absent have their default. */
  readonly timeouts?: Partial<Timeouts>;
  /** Operations that may be outstanding at once, where the peer negotiates it; 0 means any number. Default 1 each way. */
  readonly operations?: OperationLimits;
  /** Observers. */
  readonly observers?: readonly Observer<AssociationEvent>[];
  /** Aborts the association. */
  readonly signal?: AbortSignal;
}

/** PS3.7 A.2.1: the only application context name of DICOM. */
export const APPLICATION_CONTEXT_NAME = "1.2.840.10008.3.1.1.1";

/** Bit 0 says version 1, the only one (PS3.8 9.3.2). */
export const PROTOCOL_VERSION = 1;

const DEFAULT_MAXIMUM_PDU_LENGTH = 128 * 1024;

/** Settings with nothing absent but the signal. */
export type CompleteSettings = Required<Omit<AssociationSettings, "signal" | "timeouts">> & {
  readonly timeouts: Timeouts;
};

/** Fills in the defaults. */
export function complete(settings: AssociationSettings): CompleteSettings {
  return {
    maxPduLength: settings.maxPduLength ?? DEFAULT_MAXIMUM_PDU_LENGTH,
    operations: settings.operations ?? { invoked: 1, performed: 1 },
    observers: settings.observers ?? [],
    timeouts: { ...DEFAULT_TIMEOUTS, ...settings.timeouts },
  };
}

/** How Gantry introduces itself (PS3.7 D.3.3.2). */
export function introduce(maximumPduLength: number): UserInformation {
  return {
    maximumPduLength,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
  };
}
