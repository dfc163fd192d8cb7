/**
 * What happens on lanes, as log lines.
 *
 * @module
 */

import { isValidUid } from "../../dicom/uids.ts";
import type { LaneEvent } from "../../routing/lanes/lane_events.ts";
import type { Log, LogLevel } from "./log.ts";

/** Writes a line: a delivery at info, what is tried again and a lane that opens at warn, what is given up at error. */
export function logLane(log: Log, event: LaneEvent): void {
  const [level, message] = describe(event);
  if (!log.isEnabled(level)) return;
  const { type, lane } = event;
  if (type !== "job-attempted") return log.write(level, type, message, { lane });
  const { job, outcome, milliseconds } = event;
  log.write(level, type, message, {
    lane,
    route: job.route,
    job: job.id,
    // What is no UID may be anything.
    sopInstance: isValidUid(job.sopInstanceUid) ? job.sopInstanceUid : undefined,
    class: outcome.class,
    status: outcome.status || undefined,
    ms: Math.round(10 * milliseconds) / 10,
  });
}

function describe(event: LaneEvent): [LogLevel, string] {
  switch (event.type) {
    case "lane-opened":
      return event.isConfiguration
        ? [
          "error",
          `The destination refuses this gateway; only probes go to it until somebody fixes this: ${event.why}`,
        ]
        : ["warn", `The destination fails; only probes go to it until it works again: ${event.why}`];
    case "lane-closed":
      return ["info", `The destination works again after ${Math.round(event.milliseconds / 1_000)} s`];
    case "jobs-moved":
      return ["warn", `Moved ${event.count} waiting instances to ${event.to}, which the route names as an alternative`];
    case "job-attempted":
      if (event.state === "delivered") {
        return ["info", event.outcome.class === "duplicate" ? "The destination already had the instance" : "Sent"];
      }
      if (event.to !== undefined) return ["warn", `Not sent; moved to ${event.to}: ${event.outcome.error}`];
      if (event.state === "held") return ["error", `Not sent; held for an operator: ${event.outcome.error}`];
      return event.state === "dead"
        ? ["error", `Not sent; given up: ${event.outcome.error}`]
        : ["warn", `Not sent; the gateway will retry: ${event.outcome.error}`];
  }
}
