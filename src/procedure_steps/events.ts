/**
 * Events of performed procedure steps.
 *
 * @module
 */

import type { ProcedureStepStatus } from "../services/procedure_step_rules.ts";

/** A scheduled procedure step that a performed one refers to. */
export interface ScheduledStepReference {
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Scheduled Procedure Step ID; empty where the examination was not scheduled. */
  readonly scheduledProcedureStepId: string;
}

/** A series that came of a step. */
export interface PerformedSeries {
  /** Series Instance UID. */
  readonly seriesInstanceUid: string;
  /** SOP Instance UIDs of all that is in it, as the modality lists them. */
  readonly sopInstanceUids: readonly string[];
}

/** A performed procedure step as it is after a change. */
export interface PerformedStepReport {
  /** Its SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Its status. */
  readonly status: ProcedureStepStatus;
  /** AE title of the station that performs it. */
  readonly performedStationAeTitle: string;
  /** Modality. */
  readonly modality: string;
  /** The steps that it refers to. */
  readonly scheduledSteps: readonly ScheduledStepReference[];
  /** Its series so far. */
  readonly series: readonly PerformedSeries[];
  /** Whether it was discontinued since the wrong step of the worklist was chosen (CID 9300, 110514). */
  readonly wrongStep: boolean;
}

/**
 * A step was created or changed, and that is durable. After a crash the last event of a step may come once more.
 */
export type ProcedureStepEvent = { readonly type: "procedure-step"; readonly step: PerformedStepReport };
