/**
 * What answers the services around the acquisition of images (PS3.18 chapters 13 to 15).
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { InstanceSource } from "../../query/instance_source.ts";

/** The services that a server has; what is absent it does not have. */
export interface Workflow {
  /** Storage commitment (chapter 13). */
  readonly commitments?: CommitmentKeeper | undefined;
  /** The modality worklist (chapter 14). */
  readonly scheduledSteps?: ScheduledSteps | undefined;
  /** Modality performed procedure steps (chapter 15). */
  readonly performedSteps?: PerformedSteps | undefined;
}

/** Finds scheduled procedure steps, in the order in which they begin. */
export type ScheduledSteps = Pick<InstanceSource, "find" | "unheeded">;

/** A step that is to be created, or changed. */
export interface StepWrite {
  /** Its SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Its attributes, or those that change. */
  readonly dataSet: DataSet;
  /** Who sends it, where that is known. */
  readonly sender: string | undefined;
}

/** Attributes of a step. */
export interface StepAttributes {
  /** Those that were wanted and that it may have. */
  readonly dataSet: DataSet;
  /** Tags that were wanted, and that no step has. */
  readonly unknown: readonly number[];
}

/** Keeps performed procedure steps. What it throws as `StepRefusedError` is told to the client. */
export interface PerformedSteps {
  /** Resolves when the step is safe. */
  create(step: StepWrite): Promise<void>;
  /** Resolves when the change is safe, with the tags of what may not be changed and is as it was. */
  update(step: StepWrite): Promise<readonly number[]>;
  /** Attributes of a step, those of these tags, or all; undefined where there is no such step. */
  get(sopInstanceUid: string, wanted: readonly number[] | undefined): Promise<StepAttributes | undefined>;
}

/** Why a step is not created or changed: it `exists`, is `unknown`, has `ended`, the data set is `invalid`, or `too-long`. */
export type StepRefusal = "exists" | "unknown" | "ended" | "invalid" | "too-long";

/** A step that is not created or changed. */
export class StepRefusedError extends Error {
  override readonly name = "StepRefusedError";
  /** Why. */
  readonly refusal: StepRefusal;

  /** `message` is for the client. */
  constructor(message: string, refusal: StepRefusal) {
    super(message);
    this.refusal = refusal;
  }
}

/** An instance that somebody wants to rely on. */
export interface CommitmentReference {
  /** SOP Class UID. */
  readonly sopClassUid: string;
  /** SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Study and series that the request named it in, where it did. */
  readonly within?: { readonly studyInstanceUid: string; readonly seriesInstanceUid: string } | undefined;
}

/** Whether it is committed. */
export interface CommitmentResult extends CommitmentReference {
  /** 0 where it is, else the Failure Reason (0008,1197). */
  readonly reason: number;
}

/** A request for commitment. */
export interface CommitmentRequest {
  /** Its Transaction UID. */
  readonly transactionUid: string;
  /** Its instances, at least one. */
  readonly instances: readonly CommitmentReference[];
  /** Who asks, where that is known. */
  readonly sender: string | undefined;
}

/** Takes requests for commitment, and remembers their results. */
export interface CommitmentKeeper {
  /** Most instances of a request. */
  readonly maxReferences: number;
  /**
   * Resolves once a request is durable: `taken`, also where it is repeated; `in-use` where another request has its Transaction
   * UID; `too-many` where as many are open as may be.
   */
  take(request: CommitmentRequest): Promise<"taken" | "in-use" | "too-many">;
  /** Resolves when all instances of a request were looked at, and at the latest when the signal is aborted. */
  checked(transactionUid: string, signal: AbortSignal): Promise<void>;
  /** What became of the instances; `checking` before that is known, and undefined where there is no such request. */
  result(transactionUid: string): Promise<"checking" | readonly CommitmentResult[] | undefined>;
}
