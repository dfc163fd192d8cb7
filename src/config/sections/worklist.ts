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
    details:
      "The gateway reads folders in it too. With or without a folder, the gateway also offers items that programs PUT over HTTP.",
  },
  offerEnded: {
    type: "boolean",
    default: false,
    description: "Whether to offer completed and discontinued steps",
    details: "A query for the status of steps always finds them.",
  },
  keepDays: {
    type: "integer",
    min: 0,
    max: 36_500,
    unit: "days",
    default: 30,
    description: "Days after its start date to offer a step and keep its item; 0 for ever",
  },
  keepEndedDays: {
    type: "integer",
    min: 0,
    max: 36_500,
    unit: "days",
    default: 7,
    description: "Days to keep an item after all its steps have ended; 0 for the days of keepDays",
  },
  maxItems: {
    type: "integer",
    min: 1,
    max: 1_000_000,
    unit: "items",
    default: 100_000,
    description: "Maximum number of items that programs PUT over HTTP",
  },
} as const satisfies Keys;

/** Section `worklist`. */
export const worklistSection: Section<WorklistConfig> = {
  type: "section",
  typeName: "WorklistConfig",
  description: "The modality worklist: scheduled procedure steps",
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
    description: "Peers to forward every N-CREATE and N-SET to",
  },
  keepDays: {
    type: "integer",
    min: 0,
    max: 36_500,
    unit: "days",
    default: 90,
    description: "Days to keep a performed procedure step after its last change; 0 for ever",
  },
} as const satisfies Keys;

/** Section `mpps`. */
export const mppsSection: Section<MppsConfig> = {
  type: "section",
  typeName: "MppsConfig",
  description: "Modality performed procedure steps",
  keys: mppsKeys,
};
