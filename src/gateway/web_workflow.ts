/**
 * Storage commitment and performed procedure steps for DICOMweb: the same that peers use by DIMSE.
 *
 * @module
 */

import type { Commitments } from "../commitment/commitments.ts";
import type { CommitmentKeeper, PerformedSteps, StepRefusal, StepWrite } from "../dicomweb/workflow/workflow.ts";
import { StepRefusedError } from "../dicomweb/workflow/workflow.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";
import type { ProcedureSteps } from "../procedure_steps/procedure_steps.ts";
import { ProcedureStepError } from "../services/procedure_step_rules.ts";
import type { ReferencedInstance } from "../services/referenced_instances.ts";
import { type ProcedureStepOutcome, selectAttributes } from "../services/procedure_steps.ts";

/** The name of a sender of which nothing is known. */
const UNKNOWN = "HTTP";

/** Requests for commitment whose clients fetch the results; `onTaken` is called with the instances of each request. */
export function webCommitments(
  commitments: Commitments,
  maxReferences: number,
  onTaken: (instances: readonly ReferencedInstance[]) => void = () => {},
): CommitmentKeeper {
  return {
    maxReferences,
    async take({ sender = UNKNOWN, ...request }) {
      try {
        const begin = await commitments.take(request, { aeTitle: sender, calledAeTitle: "", fetches: true });
        begin();
        onTaken(request.instances);
        return "taken";
      } catch (error) {
        if (!(error instanceof DimseStatusError)) throw error;
        return error.status === Status.ResourceLimitation ? "too-many" : "in-use";
      }
    },
    checked: (transactionUid, signal) => commitments.checked(transactionUid, signal),
    async result(transactionUid) {
      const commitment = await commitments.get(transactionUid);
      if (commitment?.fetched !== true) return undefined;
      if (commitment.state === "checking") return "checking";
      return (await commitments.instancesOf(transactionUid)).map(([sopClassUid, sopInstanceUid, reason, ...within]) => {
        const [studyInstanceUid, seriesInstanceUid] = within;
        const isWithin = studyInstanceUid !== undefined && seriesInstanceUid !== undefined;
        return {
          ...{ sopClassUid, sopInstanceUid, reason },
          ...(isWithin && { within: { studyInstanceUid, seriesInstanceUid } }),
        };
      });
    },
  };
}

/** Why a step is refused, by the status that a modality would get. */
const REFUSALS: ReadonlyMap<number, StepRefusal> = new Map([
  [Status.DuplicateSopInstance, "exists"],
  [Status.NoSuchSopInstance, "unknown"],
  [Status.ProcessingFailure, "ended"],
  [Status.ResourceLimitation, "too-long"],
]);

/** Performed steps; `onWarning` is called with the warnings that a modality would get. */
export function webProcedureSteps(steps: ProcedureSteps, onWarning: (warning: string) => void): PerformedSteps {
  const write = async ({ sender = UNKNOWN, ...step }: StepWrite, how: "create" | "set"): Promise<readonly number[]> => {
    const outcome: ProcedureStepOutcome = await steps[how]({ ...step, association: { callingAeTitle: sender } })
      .catch((error) => {
        if (!(error instanceof ProcedureStepError)) throw error;
        throw new StepRefusedError(error.message, REFUSALS.get(error.status) ?? "invalid");
      });
    outcome.warnings.forEach(onWarning);
    return outcome.unchanged;
  };
  return {
    create: async (step) => void await write(step, "create"),
    update: (step) => write(step, "set"),
    async get(sopInstanceUid, wanted = []) {
      const step = await steps.get(sopInstanceUid);
      if (step === undefined) return undefined;
      const { found: dataSet, unknown } = selectAttributes(step, wanted);
      return { dataSet, unknown };
    },
  };
}
