/**
 * Where instances are kept.
 *
 * @module
 */

import type { Keys, Section } from "../entry.ts";
import type { ArchiveConfig } from "../generated/model.ts";

/** Keys of `archive`. */
export const archiveKeys = {
  path: { type: "path", access: "write", default: "./data", description: "Folder of the archive" },
  durable: {
    type: "boolean",
    default: true,
    description: "Whether an instance is on disk, not in a cache, before success is answered",
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
    description: "A data set that breaks PS3.5, or whose transfer syntax nobody knows",
  },
} as const satisfies Keys;

/** Section `archive`. */
export const archiveSection: Section<ArchiveConfig> = {
  type: "section",
  typeName: "ArchiveConfig",
  description: "Where instances are kept",
  keys: archiveKeys,
};
