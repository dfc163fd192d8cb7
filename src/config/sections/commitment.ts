/**
 * Storage commitment.
 *
 * @module
 */

import type { Keys, Section } from "../entry.ts";
import type { CommitmentConfig } from "../generated/model.ts";

/** Keys of `commitment`. */
export const commitmentKeys = {
  enabled: {
    type: "boolean",
    default: true,
    description: "Whether peers may request storage commitment",
    details: "Without archive.durable the gateway commits to no instance, because it does not flush them.",
  },
  sameAssociation: {
    type: "list",
    items: { type: "aeTitle", description: "A calling AE title" },
    expected: "a list of calling AE titles",
    default: [],
    example: ["CT1"],
    description:
      "Peers that get the report on the association of their request while it is open; the gateway calls all others",
    details:
      "To be called, a peer has to be in peers; the gateway refuses requests from a peer that is in neither list.",
  },
  maxReferences: {
    type: "integer",
    min: 1,
    max: 1_000_000,
    unit: "instances",
    default: 50_000,
    description: "Maximum number of instances in one request or report",
  },
  keepDays: {
    type: "integer",
    min: 1,
    max: 3650,
    unit: "days",
    default: 7,
    description: "How long to keep a request after the gateway delivered its report or gave up",
  },
} as const satisfies Keys;

/** Section `commitment`. */
export const commitmentSection: Section<CommitmentConfig> = {
  type: "section",
  typeName: "CommitmentConfig",
  description: "Storage commitment: instances that the gateway promises to keep",
  keys: commitmentKeys,
};
