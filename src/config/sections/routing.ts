/**
 * What holds for all routes together.
 *
 * @module
 */

import type { Keys, Section } from "../entry.ts";
import type { RoutingConfig, UnitConfig } from "../generated/model.ts";

/** Keys of `routing.units`. */
export const unitKeys = {
  quiet: {
    type: "duration",
    default: "60s",
    description: "Time without a byte of it, and without an open association of who sends it",
  },
  cap: { type: "duration", default: "1h", description: "Time since its first instance, whatever still comes" },
} as const satisfies Keys;

const unitSection: Section<UnitConfig> = {
  type: "section",
  typeName: "UnitConfig",
  description: "When a series or a study is complete, of routes with unit",
  keys: unitKeys,
  rules: [
    ({ quiet, cap }) => quiet <= cap ? undefined : { path: ["quiet"], expected: "at most as long as cap" },
  ],
};

/** Keys of `routing`. */
export const routingKeys = {
  match: {
    type: "choice",
    choices: ["all", "first"],
    default: "all",
    description: "Whether all routes that match an instance count, or the first of them alone",
  },
  otherwise: {
    type: "choice",
    choices: ["keep", "refuse", "hold"],
    default: "keep",
    description: "What becomes of an instance that no route matches, where there are routes: it stays in the archive",
    details:
      "refuse tells the sender 0x0124, and keeps nothing. hold keeps it, with a job that an operator has to look at.",
  },
  acknowledgeWithin: {
    type: "duration",
    default: "30s",
    description: "How long a sender is kept waiting for deliveries that its route wants it to wait for",
    details:
      "Then it gets 0xA700, while the instance stays and is delivered later. Shorter than senders wait for an answer.",
  },
  maxUnacknowledged: {
    type: "integer",
    min: 1,
    max: 100_000,
    unit: "instances",
    default: 10_000,
    description: "Most instances whose senders are kept waiting at the same time",
  },
  units: unitSection,
} as const satisfies Keys;

/** Section `routing`. */
export const routingSection: Section<RoutingConfig> = {
  type: "section",
  typeName: "RoutingConfig",
  description: "What holds for all routes together",
  keys: routingKeys,
};
