/**
 * How an association was aborted, in data and in words.
 *
 * @module
 */

import { AssociationAbortedError, PduError } from "../errors.ts";
import type { AssociationEnd, AssociationInfo } from "./events.ts";
import type { Indication } from "./primitives.ts";

/** An association's end by an abort. */
export type Aborted = Extract<AssociationEnd, { readonly how: "aborted" }>;

/** Whether a peer closed the connection before it sent anything, as load balancers and port checks do all day. */
export function endedBeforeAnyByte(end: AssociationEnd, { callingAeTitle, bytesReceived }: AssociationInfo): boolean {
  const hungUp = end.how === "aborted" && end.source === "transport" && end.by === "peer";
  return hungUp && callingAeTitle === "" && bytesReceived === 0;
}

/** Reads the indication that ended an association. */
export function howAborted(indication: Indication): Omit<Aborted, "how"> {
  if (indication.type === "A-ABORT") {
    const { source, reason } = indication;
    return { by: "peer", source, ...(source === "service-provider" && { reason }) };
  }
  const { by, error } = indication.type === "ended" ? indication : { by: "local" as const, error: undefined };
  const detail = error !== undefined && { error };
  if (error instanceof PduError) return { by, source: "service-provider", reason: error.reason, ...detail };
  return { by, source: error instanceof AssociationAbortedError ? error.source : "service-user", ...detail };
}

/** The error that says so. */
export function toError({ by, source, reason, error }: Aborted): AssociationAbortedError {
  if (error instanceof AssociationAbortedError) return error;
  const who = by === "peer" ? "the peer" : "this side";
  const why = error?.message ?? (reason === undefined ? source : `${source}, ${reason}`);
  return new AssociationAbortedError(`Cannot go on: ${who} aborted the association (${why})`, {
    source,
    by,
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && { cause: error }),
  });
}
