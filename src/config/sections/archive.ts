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
    choices: ["always", "until-delivered"],
    default: "always",
    description: "Whether an instance is deleted once it has reached every destination that routes lead to",
    details: "An instance that no route leads anywhere stays. until-delivered goes with commitment.enabled: false.",
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
