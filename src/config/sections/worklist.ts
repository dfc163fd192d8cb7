/**
 * The modality worklist, and performed procedure steps.
 *
 * @module
 */

import type { Keys, Section } from "../entry.ts";
import type { MppsConfig, WorklistConfig } from "../generated/model.ts";

/** Keys of `worklist`. */
export const worklistKeys = {
  path: {
    type: "path",
    access: "read",
    example: "./worklist",
    description: "Folder of worklist items: DICOM files (.wl, .dcm) and DICOM JSON files (.json)",
    details: "Folders in it count as well. What programs put by HTTP is offered besides, with or without a folder.",
  },
  offerEnded: {
    type: "boolean",
    default: false,
    description: "Whether steps that were completed or discontinued are still offered",
    details: "A question for the status of steps finds them in any case.",
  },
  keepDays: {
    type: "integer",
    min: 0,
    max: 36_500,
    unit: "days",
    default: 30,
    description: "Days after its start date that a step is offered, and its item kept; 0 for ever",
  },
  keepEndedDays: {
    type: "integer",
    min: 0,
    max: 36_500,
    unit: "days",
    default: 7,
    description: "Days that an item is kept once all of its steps have ended; 0 for as long as keepDays says",
  },
  maxItems: {
    type: "integer",
    min: 1,
    max: 1_000_000,
    unit: "items",
    default: 100_000,
    description: "Most items that programs put by HTTP",
  },
} as const satisfies Keys;

/** Section `worklist`. */
export const worklistSection: Section<WorklistConfig> = {
  type: "section",
  typeName: "WorklistConfig",
  description: "The modality worklist: what is scheduled",
  keys: worklistKeys,
};

/** Keys of `mpps`. */
export const mppsKeys = {
  forward: {
    type: "list",
    items: { type: "line", description: "The name of a peer" },
    expected: "a list of names of peers, such as [RIS]",
    example: ["PACS"],
    default: [],
    description: "Peers that every N-CREATE and N-SET is forwarded to",
  },
  keepDays: {
    type: "integer",
    min: 0,
    max: 36_500,
    unit: "days",
    default: 90,
    description: "Days that a performed procedure step is kept after its last change; 0 for ever",
  },
} as const satisfies Keys;

/** Section `mpps`. */
export const mppsSection: Section<MppsConfig> = {
  type: "section",
  typeName: "MppsConfig",
  description: "Modality performed procedure steps: what was done",
  keys: mppsKeys,
};
