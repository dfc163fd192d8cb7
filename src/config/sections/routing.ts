/**
 * Where instances go: destinations and routes.
 *
 * @module
 */

import type { Broken, Keys, OptionalSection, Section } from "../entry.ts";
import type {
  AlertsConfig,
  DestinationConfig,
  PeerConfig,
  QueueConfig,
  RouteConfig,
  RoutingConfig,
  ScheduleConfig,
  UnitConfig,
} from "../generated/model.ts";
import { UNROUTED } from "../../routing/rules/unrouted.ts";
import { nearest } from "../../nearest.ts";

/** Keys of a value of `destinations`. */
export const destinationKeys = {
  peer: { type: "line", inExamples: ["NIGHT"], example: "PACS", description: "Name of the peer in peers to send to" },
  folder: {
    type: "path",
    access: "write",
    inExamples: ["DISK"],
    example: "/mnt/studies",
    description: "Folder to write files into; it must exist",
  },
  name: {
    type: "line",
    inExamples: ["DISK"],
    example: "{PatientID}/{StudyInstanceUID}/{SOPInstanceUID}.dcm",
    description: "Names of the files; without this key they are of the three UIDs",
    details:
      "Fields are PatientID, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID, SourceAETitle and " +
      "ReceivedDate. No file takes the place of another.",
  },
  webhook: {
    type: "url",
    inExamples: ["HOOK"],
    example: "https://hooks.example/dicom",
    description: "Where to post an event for each instance, as a CloudEvent in JSON",
  },
  secret: {
    type: "token",
    secret: true,
    inExamples: ["HOOK"],
    example: "${HOOK_SECRET}",
    description: "Key of the events' signatures (HMAC-SHA-256); without it they are not signed",
  },
  parallel: {
    type: "integer",
    min: 1,
    max: 64,
    unit: "studies",
    inExamples: ["NIGHT"],
    example: 4,
    description: "Studies to send at the same time, each over an association of its own; 2 without this key",
  },
  rate: {
    type: "integer",
    min: 1,
    max: 1_000_000,
    unit: "instances a second",
    inExamples: ["HOOK"],
    example: 20,
    description: "Most instances a second; without this key as many as it takes",
  },
  bandwidth: {
    type: "size",
    min: "1KiB",
    max: "1024TiB",
    inExamples: ["NIGHT"],
    example: "10MiB",
    description: "Most bytes a second, on the average of several instances; without this key as many as it takes",
  },
  hours: {
    type: "line",
    inExamples: ["NIGHT"],
    example: "22:00-06:00",
    description: "Hours in which to send, by the local clock; urgent instances go at any time",
  },
} as const satisfies Keys;

const KINDS = ["peer", "folder", "webhook"] as const;
const OF_KIND = { name: "folder", secret: "webhook" } as const;
const HOURS = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;

/** A value of `destinations`. */
export const destinationSection: Section<DestinationConfig> = {
  type: "section",
  typeName: "DestinationConfig",
  description: "Where instances can be sent, and how: a peer, a folder or a webhook",
  keys: destinationKeys,
  rules: [
    (destination) => {
      const kinds = KINDS.filter((kind) => destination[kind] !== undefined);
      if (kinds.length === 0) return { path: [], expected: "one of peer, folder and webhook" };
      return kinds.slice(1).map((kind) => ({ path: [kind], expected: `nothing beside ${kinds[0]}` }));
    },
    (destination) =>
      Object.entries(OF_KIND).flatMap(([key, kind]) =>
        destination[key as keyof typeof OF_KIND] === undefined || destination[kind] !== undefined
          ? []
          : [{ path: [key], expected: `${kind} as well, or nothing` }]
      ),
    ({ hours }) => {
      const [from, to] = hours?.split("-") ?? [];
      return hours === undefined || (HOURS.test(hours) && from !== to)
        ? undefined
        : { path: ["hours"], expected: "two different times such as 22:00-06:00" };
    },
  ],
};

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

/** What routing depends on. */
interface WholeRouting {
  readonly peers: Readonly<Record<string, PeerConfig>>;
  readonly destinations: Readonly<Record<string, DestinationConfig>>;
  readonly routes: readonly RouteConfig[];
}

/** Names that lead nowhere, or to two places. */
export function brokenRouting({ peers, destinations, routes }: WholeRouting): Broken[] {
  const names = [...Object.keys(destinations), ...Object.keys(peers)];
  return [
    ...Object.entries(destinations).flatMap(([name, { peer }]): Broken[] => [
      ...Object.hasOwn(peers, name) ? [{ path: ["destinations", name], expected: "a name that no peer has" }] : [],
      ...name === UNROUTED
        ? [{
          path: ["destinations", name],
          expected: "another name: this one stands for instances that no route matches",
        }]
        : [],
      ...unknownName(peer, Object.keys(peers), ["destinations", name, "peer"], "a name in peers"),
    ]),
    ...routes.flatMap(({ countedBy }, index) =>
      unknownName(countedBy, Object.keys(peers), ["routes", index, "countedBy"], "a name in peers")
    ),
    ...routes.flatMap(({ to }, index): Broken[] =>
      namesIn(to).flatMap(({ name, path }) =>
        unknownName(name, names, ["routes", index, "to", ...path], "a name in destinations or peers")
      )
    ),
  ];
}

/** The names in `to` of a route, and where in it. What is none is for the rules to find. */
function namesIn(to: unknown): { name: string; path: readonly PropertyKey[] }[] {
  if (typeof to === "string") return [{ name: to, path: [] }];
  if (Array.isArray(to)) return to.flatMap((name, index) => typeof name === "string" ? [{ name, path: [index] }] : []);
  const { firstOf } = (to ?? {}) as { readonly firstOf?: unknown };
  return Array.isArray(firstOf) ? namesIn(firstOf).map(({ name, path }) => ({ name, path: ["firstOf", ...path] })) : [];
}

function unknownName(
  name: string | undefined,
  known: readonly string[],
  path: Broken["path"],
  expected: string,
): Broken[] {
  if (name === undefined || known.includes(name)) return [];
  const meant = nearest(name, known);
  return [{ path, expected: meant === undefined ? expected : `${meant} (did you mean that?)` }];
}

/** What is wrong with the rules themselves: their conditions, names and order. */
export async function lookIntoRoutes(
  { routes, routing }: { readonly routes: readonly RouteConfig[]; readonly routing: RoutingConfig },
): Promise<Broken[]> {
  if (routes.length === 0) return [];
  const { readRules } = await import("../../routing/rules/read_rules.ts");
  return readRules({ routes, ...routing }).problems.map(({ unknown, expected, ...problem }) => {
    const meant = unknown === undefined ? undefined : nearest(unknown.word, unknown.known);
    return { ...problem, expected: meant === undefined ? expected : `${meant} (did you mean that?)` };
  });
}
