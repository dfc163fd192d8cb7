/**
 * What is scheduled, and what was performed (PS3.4 Annexes K and F): the modality worklist and modality performed procedure
 * steps, both roles, and what keeps them.
 *
 * @module
 */

export type {
  PerformedSeries,
  PerformedStepReport,
  ProcedureStepEvent,
  ScheduledStepReference,
} from "../src/procedure_steps/events.ts";
export {
  checkChange,
  checkCreation,
  missingAtEnd,
  type ProcedureStepAttribute,
  procedureStepAttributes,
  ProcedureStepError,
  type ProcedureStepStatus,
  STEP_STATUSES,
} from "../src/services/procedure_step_rules.ts";
export {
  createProcedureStep,
  getProcedureStep,
  type PeerProcedureStep,
  type ProcedureStepChange,
  type ProcedureStepCreation,
  type ProcedureStepKeeper,
  type ProcedureStepOutcome,
  procedureStepScp,
  setProcedureStep,
} from "../src/services/procedure_steps.ts";
export {
  findWorklist,
  type WorklistFilter,
  worklistIdentifier,
  type WorklistQuery,
  worklistScp,
} from "../src/services/worklist.ts";
export { type WorklistKey, worklistKeys } from "../src/query/worklist_keys.ts";
export type { PerformedStatus, PerformedStep } from "../src/worklist/step_progress.ts";
export type { DataSetProblem, ItemStep } from "../src/worklist/value_problems.ts";
export { Worklist, type WorklistEntry, type WorklistOptions } from "../src/worklist/worklist.ts";
export type { ListedFile, WorklistFiles } from "../src/worklist/worklist_folder.ts";
export { findItemProblems, type OfferedStep, type ScheduledStepId } from "../src/worklist/worklist_item.ts";
export { WorklistSource, type WorklistSourceOptions } from "../src/worklist/worklist_source.ts";
