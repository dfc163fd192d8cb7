/**
 * Which limit or deadline was passed, or why else a connection was closed, as statistics count it: by the names of a table,
 * whichever part threw the error.
 *
 * @module
 */

import { DeadlineError, LimitError, type Phase, TransportError } from "../errors.ts";

/** Limits by the names of their options, or by a fixed name if no option sets them. */
export const LIMIT_NAMES = [
  "maxAssociations",
  "maxAssociationsPerAeTitle",
  "maxAssociationsPerAddress",
  "maxUnassociated",
  "maxUnassociatedPerAddress",
  "maxMemory",
  "reserve",
  "maxAssociatePduLength",
  "maxPduLength",
  "maxEmptyPdvs",
  "maxCommandSetLength",
  "maxDataSetLength",
  "maxIdentifierLength",
  "maxInstanceLength",
  "maxInflatedLength",
  "maxDepth",
  "maxBytes",
  "maxReferences",
  "maxProcedureStepLength",
  "maxRequestLength",
  "maxMetadataLength",
  "maxParts",
  "maxHeaderLength",
  "maxHeaders",
  "maxInstances",
  "maxElements",
  "maxJsonValues",
  "maxRetrievals",
  "maxStores",
  "maxUnacknowledged",
  "maxEventStreams",
] as const;

/** A limit; `other` is one that a host or a service has made up. */
export type LimitName = (typeof LIMIT_NAMES)[number] | "other";

const KNOWN: ReadonlySet<string> = new Set(LIMIT_NAMES);

/** Causes are looked for so deep. */
const DEEPEST_CAUSE = 5;

/** The name under which a limit is counted. */
export function limitName(limit: string): LimitName {
  return KNOWN.has(limit) ? limit as LimitName : "other";
}

/** The limit whose passing is the error, or its cause. */
export function passedLimit(error: unknown): LimitName | undefined {
  const found = causes(error).find((cause) => cause instanceof LimitError);
  return found && limitName(found.limit);
}

/** The phase whose deadline's passing is the error, or its cause. */
export function passedDeadline(error: unknown): Phase | undefined {
  return causes(error).find((cause) => cause instanceof DeadlineError)?.phase;
}

/**
 * Why a connection was closed before it was accepted: a limit or a deadline was passed, a load balancer's header was none, or
 * TLS failed; `other` is whatever kept the host from accepting.
 */
export type RefusalReason = "limit" | "deadline" | "proxy" | "tls" | "other";

/** The reason that an error, such as a listener's `onError` hears, is for closing a connection. */
export function refusalReason(error: unknown): RefusalReason {
  if (passedLimit(error) !== undefined) return "limit";
  if (passedDeadline(error) !== undefined) return "deadline";
  if (!(error instanceof TransportError) || error.phase === "connect") return "other";
  return error.phase;
}

function causes(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (let cause = error; cause instanceof Error && found.length < DEEPEST_CAUSE; cause = cause.cause) {
    found.push(cause);
  }
  return found;
}
