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
    description: "Whether peers may ask the gateway to answer for instances that it keeps",
    details: "Without archive.durable nobody is answered: what is not flushed is not committed.",
  },
  sameAssociation: {
    type: "list",
    items: { type: "aeTitle", description: "A calling AE title" },
    expected: "a list of calling AE titles",
    default: [],
    example: ["CT1"],
    description: "Who is told on the association of its request while that is open; all others are called back",
    details: "To be called back, a peer has to be in peers; one that is in neither may not ask.",
  },
  maxReferences: {
    type: "integer",
    min: 1,
    max: 1_000_000,
    unit: "instances",
    default: 50_000,
    description: "Instances of one request, or of one report",
  },
  keepDays: {
    type: "integer",
    min: 1,
    max: 3650,
    unit: "days",
    default: 7,
    description: "How long a request can be looked at after its report is delivered, or given up",
  },
} as const satisfies Keys;

/** Section `commitment`. */
export const commitmentSection: Section<CommitmentConfig> = {
  type: "section",
  typeName: "CommitmentConfig",
  description: "Storage commitment: what the gateway answers for",
  keys: commitmentKeys,
};
