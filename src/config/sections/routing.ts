/**
 * Where instances go: destinations and routes.
 *
 * @module
 */

import type { Broken, Keys, OptionalSection, Section } from "../entry.ts";
import type {
  DestinationConfig,
  PeerConfig,
  QueueConfig,
  RouteConditionConfig,
  RouteConfig,
} from "../generated/model.ts";
import { nearest } from "../nearest.ts";

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

/** Keys of `when` of a route. */
export const routeConditionKeys = {
  callingAeTitle: { type: "aeTitle", example: "CT1", description: "AE title of who sends it" },
  calledAeTitle: { type: "aeTitle", example: "GANTRY", description: "AE title that was called" },
} as const satisfies Keys;

const routeConditionSection: OptionalSection<RouteConditionConfig> = {
  type: "section",
  typeName: "RouteConditionConfig",
  optional: true,
  atLeastOne: true,
  description: "All of these have to hold; without when a route is for every instance",
  keys: routeConditionKeys,
};

/** Keys of an item of `routes`. */
export const routeKeys = {
  name: { type: "line", required: true, example: "ct to the archive", description: "Name of the route, for people" },
  when: routeConditionSection,
  priority: {
    type: "choice",
    choices: ["high", "medium", "low"],
    default: "medium",
    description: "How urgent instances are that go this way",
  },
  to: {
    type: "list",
    items: { type: "line", description: "Name of a destination or peer" },
    required: true,
    example: ["DISK", "HOOK"],
    expected: "a list of names of destinations and peers, such as [PACS, DISK]",
    nonEmpty: "at least one destination",
    description: "Destinations, and peers, that instances go to",
  },
} as const satisfies Keys;

/** An item of `routes`. */
export const routeSection: Section<RouteConfig> = {
  type: "section",
  typeName: "RouteConfig",
  description: "Every route that matches an instance counts",
  keys: routeKeys,
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

/** What routing depends on. */
interface RoutingConfig {
  readonly peers: Readonly<Record<string, PeerConfig>>;
  readonly destinations: Readonly<Record<string, DestinationConfig>>;
  readonly routes: readonly RouteConfig[];
}

/** Names that lead nowhere, or to two places. */
export function brokenRouting({ peers, destinations, routes }: RoutingConfig): Broken[] {
  const names = [...Object.keys(destinations), ...Object.keys(peers)];
  const seen = new Set<string>();
  return [
    ...Object.entries(destinations).flatMap(([name, { peer }]): Broken[] => [
      ...Object.hasOwn(peers, name) ? [{ path: ["destinations", name], expected: "a name that no peer has" }] : [],
      ...unknownName(peer, Object.keys(peers), ["destinations", name, "peer"], "a name in peers"),
    ]),
    ...routes.flatMap(({ name, to }, index): Broken[] => {
      const isTaken = seen.has(name);
      seen.add(name);
      return [
        ...isTaken ? [{ path: ["routes", index, "name"], expected: "a name that no route before it has" }] : [],
        ...to.flatMap((wanted, place) =>
          unknownName(wanted, names, ["routes", index, "to", place], "a name in destinations or peers")
        ),
      ];
    }),
  ];
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
