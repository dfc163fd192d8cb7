/**
 * The services around the acquisition of images (PS3.18 chapters 13 to 15), as the server uses them.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { InstanceSource } from "../../query/instance_source.ts";

/** The services of a server; those that it does not have are absent. */
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

/** A step to create or change. */
export interface StepWrite {
  /** Its SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Its attributes, or those that change. */
  readonly dataSet: DataSet;
  /** The sender, if it is known. */
  readonly sender: string | undefined;
}

/** Attributes of a step. */
export interface StepAttributes {
  /** The requested attributes that a step may have. */
  readonly dataSet: DataSet;
  /** Requested tags that no step has. */
  readonly unknown: readonly number[];
}

/** Keeps performed procedure steps. The client is told the message of a `StepRefusedError`. */
export interface PerformedSteps {
  /** Resolves when the step is durable. */
  create(step: StepWrite): Promise<void>;
  /** Resolves when the change is durable, with the tags of attributes that may not change and stayed. */
  update(step: StepWrite): Promise<readonly number[]>;
  /** The attributes of a step with these tags, or all; undefined for an unknown step. */
  get(sopInstanceUid: string, wanted: readonly number[] | undefined): Promise<StepAttributes | undefined>;
}

/** Why a step is not created or changed: it `exists`, is `unknown`, has `ended`, or the data set is `invalid` or `too-long`. */
export type StepRefusal = "exists" | "unknown" | "ended" | "invalid" | "too-long";

/** A step that is not created or changed. */
export class StepRefusedError extends Error {
  override readonly name = "StepRefusedError";
  /** The reason. */
  readonly refusal: StepRefusal;

  /** `message` is for the client. */
  constructor(message: string, refusal: StepRefusal) {
    super(message);
    this.refusal = refusal;
  }
}

/** An instance that a client wants the server to commit to. */
export interface CommitmentReference {
  /** SOP Class UID. */
  readonly sopClassUid: string;
  /** SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Study and series under which the request named it, if it did. */
  readonly within?: { readonly studyInstanceUid: string; readonly seriesInstanceUid: string } | undefined;
}

/** Whether the server commits to an instance. */
export interface CommitmentResult extends CommitmentReference {
  /** 0 if it does, else the Failure Reason (0008,1197). */
  readonly reason: number;
}

/** A request for commitment. */
export interface CommitmentRequest {
  /** Its Transaction UID. */
  readonly transactionUid: string;
  /** Its instances, at least one. */
  readonly instances: readonly CommitmentReference[];
  /** The client that asks, if it is known. */
  readonly sender: string | undefined;
}

/** Takes requests for commitment, and remembers their results. */
export interface CommitmentKeeper {
  /** Most instances in a request. */
  readonly maxReferences: number;
  /**
   * Resolves once a request is durable: `taken`, also for a repeated one; `in-use` if another request has its Transaction UID;
   * `too-many` if as many requests are open as the limit allows.
   */
  take(request: CommitmentRequest): Promise<"taken" | "in-use" | "too-many">;
  /** Resolves when all instances of a request were checked, or when the signal aborts. */
  checked(transactionUid: string, signal: AbortSignal): Promise<void>;
  /** The result for each instance; `checking` before it is known, and undefined for an unknown request. */
  result(transactionUid: string): Promise<"checking" | readonly CommitmentResult[] | undefined>;
}
