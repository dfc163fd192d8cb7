/**
 * Settings for all routes together.
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
    description: "Time without any byte of the unit, and without an open association of its sender",
  },
  cap: {
    type: "duration",
    default: "1h",
    description: "Time since the first instance of the unit, even if more instances arrive",
  },
} as const satisfies Keys;

const unitSection: Section<UnitConfig> = {
  type: "section",
  typeName: "UnitConfig",
  description: "When a series or a study is complete, for routes with unit",
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
    description: "Whether to use all routes that match an instance, or only the first",
  },
  otherwise: {
    type: "choice",
    choices: ["keep", "refuse", "hold"],
    default: "keep",
    description:
      "What to do with an instance that no route matches, if there are routes; keep stores it in the archive",
    details:
      "refuse answers the sender with 0x0124 and does not store the instance. hold stores it, with a held job for an operator to decide on.",
  },
  acknowledgeWithin: {
    type: "duration",
    default: "30s",
    description: "How long a sender waits for the deliveries that acknowledge of its route names",
    details:
      "After that it gets 0xA700, and the gateway keeps the instance and delivers it later. Choose less than the response timeout of the senders.",
  },
  maxUnacknowledged: {
    type: "integer",
    min: 1,
    max: 100_000,
    unit: "instances",
    default: 10_000,
    description: "Maximum number of instances whose senders wait at the same time",
  },
  units: unitSection,
} as const satisfies Keys;

/** Section `routing`. */
export const routingSection: Section<RoutingConfig> = {
  type: "section",
  typeName: "RoutingConfig",
  description: "Settings for all routes together",
  keys: routingKeys,
};
