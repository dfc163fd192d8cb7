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
    description: "Attributes to keep in the index, to be matched and returned, besides the usual keys of queries",
    details: "For instances that are there already they count after the next `gantry index rebuild`.",
  },
} as const satisfies Keys;

const archiveIndexSection: Section<ArchiveIndexConfig> = {
  type: "section",
  typeName: "ArchiveIndexConfig",
  description: "What is known of each instance",
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
    description: "Free disk space to preserve, below which instances are refused; 0 for none",
  },
  onExisting: {
    type: "choice",
    choices: ["keep-first", "replace"],
    default: "keep-first",
    description: "When a SOP Instance UID already exists with different content",
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
    description: "How long an instance stays that has reached every destination that routes lead to",
    details:
      "What has still to be sent stays in any case. until-delivered and while-disk-lasts leave alone what no route leads " +
      "anywhere. Where something is deleted, commitment.enabled has to be false.",
  },
  retainDays: {
    type: "integer",
    min: 1,
    max: 36_500,
    unit: "days",
    default: 30,
    description: "With retain: for-days, how long an instance stays after its last delivery, or after it came",
    details: "It counts from when it came where no route leads it anywhere.",
  },
  keepFree: {
    type: "size",
    min: "1",
    max: "1024TiB",
    default: "1GiB",
    description: "With retain: while-disk-lasts, the free disk space below which the oldest delivered instances go",
    details: "More than reserve, below which instances are refused.",
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
