/**
 * Where instances are kept.
 *
 * @module
 */

import type { Keys, Section } from "../entry.ts";
import type { ArchiveConfig, ArchiveIndexConfig } from "../generated/model.ts";

/** Keys of `archive.index`. */
export const archiveIndexKeys = {
  attributes: {
    type: "list",
    items: { type: "line", description: "A keyword of PS3.6, or a tag such as (0009,1001)" },
    expected: "a list of keywords or tags",
    example: ["StationAETitle", "ExposureTime"],
    default: [],
    description: "Attributes to index for matching and return, besides the usual keys of queries",
    details: "After a change, run `gantry index rebuild` to index the instances that the archive already has.",
  },
} as const satisfies Keys;

const archiveIndexSection: Section<ArchiveIndexConfig> = {
  type: "section",
  typeName: "ArchiveIndexConfig",
  description: "The index of the archive",
  keys: archiveIndexKeys,
};

/** Keys of `archive`. */
export const archiveKeys = {
  path: { type: "path", access: "write", default: "./data", description: "Folder of the archive" },
  durable: {
    type: "boolean",
    default: true,
    description: "Whether to flush each instance to the disk before answering success",
  },
  reserve: {
    type: "size",
    min: "0",
    max: "1024TiB",
    default: "256MiB",
    description: "Free disk space to preserve, below which the gateway refuses instances; 0 for none",
  },
  onExisting: {
    type: "choice",
    choices: ["keep-first", "replace"],
    default: "keep-first",
    description: "What to do when a SOP Instance UID already exists with different content",
  },
  unreadable: {
    type: "choice",
    choices: ["keep", "refuse"],
    default: "keep",
    description: "What to do with a data set that violates PS3.5 or has an unknown transfer syntax",
  },
  retain: {
    type: "choice",
    choices: ["always", "until-delivered", "for-days", "while-disk-lasts"],
    default: "always",
    description: "How long to keep an instance after it has reached every destination of its routes",
    details:
      "Instances that wait to be sent always stay. until-delivered and while-disk-lasts keep instances that no route " +
      "matches. Every value but always requires commitment.enabled: false.",
  },
  retainDays: {
    type: "integer",
    min: 1,
    max: 36_500,
    unit: "days",
    default: 30,
    description: "With retain: for-days, how long to keep an instance after its last delivery",
    details: "For an instance that no route matches, the time counts from its arrival.",
  },
  keepFree: {
    type: "size",
    min: "1",
    max: "1024TiB",
    default: "1GiB",
    description:
      "With retain: while-disk-lasts, the free disk space below which the gateway deletes the oldest delivered instances",
    details: "It has to exceed reserve.",
  },
  index: archiveIndexSection,
} as const satisfies Keys;

/** Section `archive`. */
export const archiveSection: Section<ArchiveConfig> = {
  type: "section",
  typeName: "ArchiveConfig",
  description: "The archive, which stores instances",
  keys: archiveKeys,
};
