/**
 * Service primitives of the upper layer (PS3.8 7): what the local user asks for and is told, and the PDUs they stand for.
 *
 * @module
 */

import { AssociationAbortedError, PduError } from "../errors.ts";
import type { ControlPdu } from "./codec/pdu_decode.ts";
import type {
  AAbort,
  AAssociateAc,
  AAssociateRj,
  AAssociateRq,
  AReleaseRp,
  AReleaseRq,
  IncomingPdu,
  PdvFragment,
} from "./pdu.ts";
import type { Effect, Primitive, StateEvent } from "./state_machine.ts";

/** What the peer, or the failing transport, has to say to the local user. */
export type Indication =
  | AAssociateRq
  | AAssociateAc
  | AAssociateRj
  | PdvFragment
  | { readonly type: "A-RELEASE indication" | "A-RELEASE confirmation" }
  | AAbort
  /** The association ended without the peer's word: by this side (`by: "local"`), or because the connection did. */
  | { readonly type: "ended"; readonly by: "local" | "peer"; readonly error?: Error };

/** Service primitives of the local user. */
export type Request =
  | { readonly event: "A-ASSOCIATE request"; readonly pdu: AAssociateRq }
  | { readonly event: "A-ASSOCIATE response (accept)"; readonly pdu: AAssociateAc }
  | { readonly event: "A-ASSOCIATE response (reject)"; readonly pdu: AAssociateRj }
  | { readonly event: "A-RELEASE request" | "A-RELEASE response" };

/** What the local user is told of an event. */
export function toIndication(
  primitive: Primitive,
  event: StateEvent,
  pdu: IncomingPdu | undefined,
  cause: Error | undefined,
): Indication {
  if (primitive === "A-RELEASE indication" || primitive === "A-RELEASE confirmation") return { type: primitive };
  if (primitive === "A-P-ABORT indication") {
    return ended(event === "transport connection closed" ? "peer" : "local", cause);
  }
  return pdu as Exclude<IncomingPdu, AReleaseRq | AReleaseRp>; // Every other indication is made of a PDU of its own.
}

/** The PDU that goes out. */
export function toSend(
  effect: Effect & { type: "send" },
  pdu: IncomingPdu | undefined,
  cause: Error | undefined,
): ControlPdu {
  switch (effect.pdu) {
    case "A-ABORT":
      return {
        type: "A-ABORT",
        source: effect.source,
        reason: effect.source === "service-provider" && cause instanceof PduError
          ? cause.reason
          : "reason-not-specified",
      };
    case "A-RELEASE-RQ":
    case "A-RELEASE-RP":
      return { type: effect.pdu };
    default:
      return pdu as AAssociateRq | AAssociateAc | AAssociateRj; // The service primitive brought it.
  }
}

/** The end of an association without a word of the peer. */
export function ended(by: "local" | "peer", error: Error | undefined): Indication {
  return { type: "ended", by, ...(error !== undefined && { error }) };
}

/** The transport was closed while an association was open. */
export function lost(insidePdu: boolean, cause: unknown): AssociationAbortedError {
  const where = insidePdu ? "in the middle of a PDU" : "without a release or an abort";
  return new AssociationAbortedError(`Cannot go on: the connection was closed ${where}`, {
    source: "transport",
    by: "peer",
    cause,
  });
}
