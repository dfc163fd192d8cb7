/**
 * Which instances go where.
 *
 * @module
 */

import type { Keys, OptionalSection, Section } from "../entry.ts";
import type { RouteConfig, ScheduleConfig } from "../generated/model.ts";

/** Keys of `schedule` of a route. */
export const scheduleKeys = {
  hours: { type: "line", example: "20:00-06:00", description: "Begin and end as times of day, by the local clock" },
  days: {
    type: "list",
    items: {
      type: "choice",
      choices: ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
      description: "A day",
    },
    expected: "a list of days of the week, such as [saturday, sunday]",
    nonEmpty: "at least one day of the week",
    example: ["saturday", "sunday"],
    description: "Days on which the hours begin; all without this key",
  },
} as const satisfies Keys;

const scheduleSection: OptionalSection<ScheduleConfig> = {
  type: "section",
  typeName: "ScheduleConfig",
  optional: true,
  atLeastOne: true,
  description: "When to send the instances that go this way; at any time without this key",
  keys: scheduleKeys,
};

/** Keys of an item of `routes`. */
export const routeKeys = {
  name: { type: "line", required: true, example: "ct to the archive", description: "Name of the route, for people" },
  when: {
    type: "data",
    expected: "a mapping of facts and attributes to what they have to be",
    example: { Modality: "CT", callingAeTitle: "CT*" },
    description: "Conditions that an instance has to meet; without this key the route matches all",
    details: "The page on rules explains them.",
  },
  unit: {
    type: "choice",
    choices: ["instance", "series", "study"],
    example: "study",
    description: "What to send as one unit when it is complete; without this key each instance by itself",
    details: "routing.units, or evidence from the sender, determines when a series or a study is complete.",
  },
  countedBy: {
    type: "line",
    example: "PACS",
    description: "Peer to ask how many instances a series or study has, when its sender pauses",
    details: "The unit is complete when that many have arrived. Without this key the gateway asks no peer.",
  },
  change: {
    type: "list",
    items: { type: "data", expected: "a step", files: [["map", "csv"]], description: "A step" },
    expected: "a list of steps, such as [{ remove: [PatientComments] }]",
    example: [],
    description: "Changes to the instances that go this way, in order",
    details: "The page on changes lists the steps. The gateway reads CSV files when it loads the routes.",
  },
  priority: {
    type: "choice",
    choices: ["high", "medium", "low"],
    default: "medium",
    description: "Priority of the instances that go this way",
  },
  acknowledge: {
    type: "choice",
    choices: ["received", "durable", "delivered-any", "delivered-all", "committed"],
    example: "durable",
    description: "When the sender gets a success; without this key once the instance is on disk",
  },
  schedule: scheduleSection,
  to: {
    type: "data",
    required: true,
    example: ["DISK", "HOOK"],
    expected: "the name of a destination or peer, a list of names, or { firstOf: [NAME, NAME] }",
    description: "Destinations and peers to send instances to, or the first of several that works",
  },
} as const satisfies Keys;

/** An item of `routes`. */
export const routeSection: Section<RouteConfig> = {
  type: "section",
  typeName: "RouteConfig",
  description: "Which instances go where. Names consist of letters, digits, spaces, dots, dashes and underscores",
  keys: routeKeys,
};
