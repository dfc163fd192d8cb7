/**
 * The queue of instances to send, and the webhook for alerts when that fails.
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
    description: "How long to remember deliveries and attempts",
    details: "If an identical instance arrives again in that time, the gateway does not send it again.",
  },
} as const satisfies Keys;

/** Section `queue`. */
export const queueSection: Section<QueueConfig> = {
  type: "section",
  typeName: "QueueConfig",
  description: "The queue of instances to send",
  keys: queueKeys,
};

/** Keys of `alerts`. */
export const alertsKeys = {
  webhook: {
    type: "url",
    required: true,
    example: "https://hooks.example/alerts",
    description: "URL to post alerts to, as CloudEvents in JSON",
  },
  secret: {
    type: "token",
    secret: true,
    example: "${ALERTS_SECRET}",
    description: "Key to sign the alerts with (HMAC-SHA-256); without it they have no signature",
  },
} as const satisfies Keys;

/** Section `alerts`. */
export const alertsSection: OptionalSection<AlertsConfig> = {
  type: "section",
  typeName: "AlertsConfig",
  optional: true,
  description:
    "With this section the gateway posts an alert when a destination fails, and when it gives up or holds an instance",
  keys: alertsKeys,
};
