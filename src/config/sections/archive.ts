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
    choices: ["replace", "keep-first"],
    default: "replace",
    description: "When a SOP Instance UID already exists with different content",
  },
} as const satisfies Keys;

/** Section `archive`. */
export const archiveSection: Section<ArchiveConfig> = {
  type: "section",
  typeName: "ArchiveConfig",
  description: "Where instances are kept",
  keys: archiveKeys,
};
