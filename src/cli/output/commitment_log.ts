/**
 * What becomes of requests for storage commitment, as log lines.
 *
 * @module
 */

import type { CommitmentEvent } from "../../commitment/commitment.ts";
import type { Log, LogLevel } from "./log.ts";
import { count } from "./units.ts";

/** Writes a line: trouble at warn, reports that were given up at error, all else at info. */
export function logCommitment(log: Log, { type, commitment }: CommitmentEvent): void {
  const [level, message] = describe(type, commitment);
  if (!log.isEnabled(level)) return;
  const { transactionUid, aeTitle, instances, failed, attempts, nextAttemptAt } = commitment;
  log.write(level, type, message, {
    transaction: transactionUid,
    peer: aeTitle,
    instances,
    failed: failed > 0 ? failed : undefined,
    attempts: attempts > 0 ? attempts : undefined,
    next: nextAttemptAt > 0 && type === "commitment-report-failed" ? new Date(nextAttemptAt).toISOString() : undefined,
  });
}

function describe(type: CommitmentEvent["type"], commitment: CommitmentEvent["commitment"]): [LogLevel, string] {
  const { instances, failed, problem } = commitment;
  switch (type) {
    case "commitment-requested":
      return ["info", `Storage commitment requested for ${count(instances, "instance")}`];
    case "commitment-checked":
      return failed === 0
        ? ["info", `All ${count(instances, "instance")} are committed`]
        : ["warn", `${failed} of ${count(instances, "instance")} are not committed`];
    case "commitment-reported":
      return ["info", "Delivered the report of storage commitment"];
    case "commitment-report-failed":
      return ["warn", `The report of storage commitment was not delivered; the gateway will retry: ${problem}`];
    case "commitment-undelivered":
      return ["error", `The report of storage commitment was not delivered; given up: ${problem}`];
  }
}
