/**
 * The modules around the acquisition of images, and the same services for DICOMweb (PS3.18 chapters 13 to 15).
 *
 * @module
 */

import type { Workflow } from "../dicomweb/workflow/workflow.ts";
import type { WorklistFiles } from "../worklist/worklist_folder.ts";
import type { CommitmentScu } from "./commitment_scu.ts";
import type { GatewayContext, GatewayModule } from "./module.ts";
import { commitmentModule, type CommitmentModuleOptions } from "./modules/commitment.ts";
import { procedureStepsModule } from "./modules/procedure_steps.ts";
import { createWorklist, worklistModule } from "./modules/worklist.ts";

/** What the modules are made of. */
export interface WorkflowOptions extends CommitmentModuleOptions {
  /** The folder of the worklist, if it has one. */
  readonly worklistFiles: WorklistFiles | undefined;
}

/** Storage commitment, worklist and performed steps. */
export interface WorkflowModules {
  readonly commitment: GatewayModule;
  readonly worklist: GatewayModule;
  readonly procedureSteps: GatewayModule;
  /** Asks peers for storage commitment. */
  readonly commitmentScu: CommitmentScu;
  /** The same services for DICOMweb. */
  readonly workflow: Workflow;
}

/** Makes them. */
export function workflowModules(context: GatewayContext, options: WorkflowOptions): WorkflowModules {
  const list = createWorklist(context, options.worklistFiles);
  const { commitments, scu: commitmentScu, ...commitment } = commitmentModule(context, options);
  const { scheduledSteps, ...worklist } = worklistModule(context, list);
  const { performedSteps, ...procedureSteps } = procedureStepsModule(context, list);
  const workflow = { commitments, scheduledSteps, performedSteps };
  return { commitment, worklist, procedureSteps, commitmentScu, workflow };
}
