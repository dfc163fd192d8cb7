/**
 * Which instances go where.
 *
 * @module
 */

import type { Keys, OptionalSection, Section } from "../entry.ts";
import type { RouteConfig, ScheduleConfig } from "../generated/model.ts";

/** Keys of `schedule` of a route. */
export const scheduleKeys = {
  hours: { type: "line", example: "20:00-06:00", description: "From and to a time of day, by the local clock" },
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
  description: "When instances may be sent that go this way; at any time without this key",
  keys: scheduleKeys,
};

/** Keys of an item of `routes`. */
export const routeKeys = {
  name: { type: "line", required: true, example: "ct to the archive", description: "Name of the route, for people" },
  when: {
    type: "data",
    expected: "a mapping of facts and attributes to what they have to be",
    example: { Modality: "CT", callingAeTitle: "CT*" },
    description: "Which instances are meant; all without this key",
    details: "The page on rules says what may stand here.",
  },
  unit: {
    type: "choice",
    choices: ["instance", "series", "study"],
    example: "study",
    description: "What is sent as one, once it is complete; each instance by itself without this key",
    details: "A series or a study is complete by what routing.units says, or by evidence.",
  },
  countedBy: {
    type: "line",
    example: "PACS",
    description: "Peer to ask how many instances a series or study has, when who sends it has paused",
    details: "It is complete when as many have come. Nobody is asked without this key.",
  },
  change: {
    type: "list",
    items: { type: "data", expected: "a step", files: [["map", "csv"]], description: "A step" },
    expected: "a list of steps, such as [{ remove: [PatientComments] }]",
    example: [],
    description: "Changes on the way, one after the other",
    details: "The page on changes has the steps. A file of CSV is read when the routes are.",
  },
  priority: {
    type: "choice",
    choices: ["high", "medium", "low"],
    default: "medium",
    description: "How urgent instances are that go this way",
  },
  acknowledge: {
    type: "choice",
    choices: ["received", "durable", "delivered-any", "delivered-all", "committed"],
    example: "durable",
    description: "When the sender is told that all is well; once the instance is on disk without this key",
  },
  schedule: scheduleSection,
  to: {
    type: "data",
    required: true,
    example: ["DISK", "HOOK"],
    expected: "the name of a destination or peer, a list of names, or { firstOf: [NAME, NAME] }",
    description: "Destinations, and peers, that instances go to; or the first of several that works",
  },
} as const satisfies Keys;

/** An item of `routes`. */
export const routeSection: Section<RouteConfig> = {
  type: "section",
  typeName: "RouteConfig",
  description: "Who matches, and where to. Names are of letters, digits, spaces, dots, dashes and underscores",
  keys: routeKeys,
};
