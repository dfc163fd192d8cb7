/**
 * What has still to be sent, and who is told when that fails.
 *
 * @module
 */

import type { Keys, OptionalSection, Section } from "../entry.ts";
import type { AlertsConfig, QueueConfig } from "../generated/model.ts";

/** Keys of `queue`. */
export const queueKeys = {
  keepDays: {
    type: "integer",
    min: 1,
    max: 3650,
    unit: "days",
    default: 30,
    description: "How long it is remembered what was delivered, and each attempt",
    details: "An instance that comes again meanwhile, and is the same, is not sent again.",
  },
} as const satisfies Keys;

/** Section `queue`. */
export const queueSection: Section<QueueConfig> = {
  type: "section",
  typeName: "QueueConfig",
  description: "The queue of what has still to be sent",
  keys: queueKeys,
};

/** Keys of `alerts`. */
export const alertsKeys = {
  webhook: {
    type: "url",
    required: true,
    example: "https://hooks.example/alerts",
    description: "Where to post alerts, as CloudEvents in JSON",
  },
  secret: {
    type: "token",
    secret: true,
    example: "${ALERTS_SECRET}",
    description: "Key of their signatures (HMAC-SHA-256); without it they are not signed",
  },
} as const satisfies Keys;

/** Section `alerts`. */
export const alertsSection: OptionalSection<AlertsConfig> = {
  type: "section",
  typeName: "AlertsConfig",
  optional: true,
  description:
    "With this section somebody is told of destinations that fail, and of instances that are given up or held",
  keys: alertsKeys,
};
