/**
 * What the codes of A-ASSOCIATE-RJ (PS3.8 Table 9-21) and A-ABORT (PS3.8 Table 9-26) mean.
 *
 * Codes that the standard reserves are read as the nearest word, never refused: the association is over either way.
 *
 * @module
 */

import type { AbortReason } from "../../errors.ts";
import type { RejectReason, RejectResult, RejectSource } from "../association_rejected_error.ts";
import type { AAbort, AAssociateRj } from "../pdu.ts";

const REJECT_RESULTS: Readonly<Record<RejectResult, number>> = {
  "rejected-permanent": 1,
  "rejected-transient": 2,
};

const REJECT_SOURCES: Readonly<Record<RejectSource, number>> = {
  "service-user": 1,
  "service-provider-acse": 2,
  "service-provider-presentation": 3,
};

const REJECT_REASONS: Readonly<Record<RejectSource, Readonly<Partial<Record<RejectReason, number>>>>> = {
  "service-user": {
    "no-reason-given": 1,
    "application-context-name-not-supported": 2,
    "calling-ae-title-not-recognized": 3,
    "called-ae-title-not-recognized": 7,
  },
  "service-provider-acse": {
    "no-reason-given": 1,
    "protocol-version-not-supported": 2,
  },
  "service-provider-presentation": {
    "temporary-congestion": 1,
    "local-limit-exceeded": 2,
  },
};

const ABORT_SOURCES: Readonly<Record<AAbort["source"], number>> = {
  "service-user": 0,
  "service-provider": 2,
};

const ABORT_REASONS: Readonly<Record<AbortReason, number>> = {
  "reason-not-specified": 0,
  "unrecognized-pdu": 1,
  "unexpected-pdu": 2,
  "unrecognized-pdu-parameter": 4,
  "unexpected-pdu-parameter": 5,
  "invalid-pdu-parameter-value": 6,
};

/** The result, source and reason fields of an A-ASSOCIATE-RJ; `reason` is undefined where it isn't one of `source`. */
export function rejectCodes(
  rejection: Omit<AAssociateRj, "type">,
): { result: number; source: number; reason: number | undefined } {
  return {
    result: REJECT_RESULTS[rejection.result],
    source: REJECT_SOURCES[rejection.source],
    reason: REJECT_REASONS[rejection.source][rejection.reason],
  };
}

/** The words for the fields of an A-ASSOCIATE-RJ; reserved codes are a permanent rejection by the user, no reason given. */
export function rejectWords(result: number, source: number, reason: number): Omit<AAssociateRj, "type"> {
  const sourceWord = wordOf(REJECT_SOURCES, source);
  return {
    result: wordOf(REJECT_RESULTS, result) ?? "rejected-permanent",
    source: sourceWord ?? "service-user",
    reason: (sourceWord && wordOf(REJECT_REASONS[sourceWord], reason)) ?? "no-reason-given",
  };
}

/** The source and reason fields of an A-ABORT; a service user's reason is always 0. */
export function abortCodes(abort: Omit<AAbort, "type">): { source: number; reason: number } {
  return {
    source: ABORT_SOURCES[abort.source],
    reason: abort.source === "service-user" ? 0 : ABORT_REASONS[abort.reason],
  };
}

/**
 * The words for the fields of an A-ABORT. The reserved source is a service provider, a reserved reason is not
 * specified, and a service user's reason is not significant.
 */
export function abortWords(source: number, reason: number): Omit<AAbort, "type"> {
  if (source === ABORT_SOURCES["service-user"]) return { source: "service-user", reason: "reason-not-specified" };
  return { source: "service-provider", reason: wordOf(ABORT_REASONS, reason) ?? "reason-not-specified" };
}

function wordOf<Word extends string>(codes: Readonly<Partial<Record<Word, number>>>, code: number): Word | undefined {
  for (const word in codes) {
    if (codes[word] === code) return word;
  }
  return undefined;
}
