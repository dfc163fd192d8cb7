/**
 * Where instances can be sent, and how.
 *
 * @module
 */

import type { Keys, Section } from "../entry.ts";
import type { DestinationConfig } from "../generated/model.ts";

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
    description: "Template for file names; without this key a name has the three UIDs",
    details:
      "Fields are PatientID, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID, SourceAETitle and " +
      "ReceivedDate. The gateway never overwrites a file.",
  },
  webhook: {
    type: "url",
    inExamples: ["HOOK"],
    example: "https://hooks.example/dicom",
    description: "URL to post an event for each instance to, as a CloudEvent in JSON",
  },
  secret: {
    type: "token",
    secret: true,
    inExamples: ["HOOK"],
    example: "${HOOK_SECRET}",
    description: "Key to sign the events with (HMAC-SHA-256); without it they have no signature",
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
    description: "Maximum instances a second; unlimited without this key",
  },
  bandwidth: {
    type: "size",
    min: "1KiB",
    max: "1024TiB",
    inExamples: ["NIGHT"],
    example: "10MiB",
    description: "Maximum bytes a second, averaged over several instances; unlimited without this key",
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
  description: "A destination of routes: a peer, a folder or a webhook",
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
