/**
 * Jobs: each is one instance that has to reach one destination.
 *
 * @module
 */

/**
 * The state of a job: `ready` to be sent, `leased` by a worker that sends it, `waiting` for its time or for the unit that it
 * awaits, `held` for an operator, `dead` until an operator looks at it, or `delivered`.
 */
export type JobState = "ready" | "leased" | "waiting" | "held" | "dead" | "delivered";

/** All states. */
export const JOB_STATES: readonly JobState[] = ["ready", "leased", "waiting", "held", "dead", "delivered"];

/** States of jobs that the gateway will still send without an operator's help. */
export const OUTSTANDING: readonly JobState[] = ["ready", "leased", "waiting"];

/** How urgent a job is, in the words of PS3.7 E.1 (0000,0700). */
export type JobPriority = "high" | "medium" | "low";

/** All priorities, the most urgent first. */
export const JOB_PRIORITIES: readonly JobPriority[] = ["high", "medium", "low"];

/** The instance that a job is about, in the version that is to be sent. */
export interface JobSubject {
  /** SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Study Instance UID; empty where it has none. */
  readonly studyInstanceUid: string;
  /** Its serial in the index. With `receivedAt` it tells one version of an instance from the next. */
  readonly serial: number;
  /** When it came, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Length of its object in bytes. */
  readonly size: number;
}

/** A job for an instance. A queue has one job for each instance, lane and recipe. */
export interface NewJob {
  /** Name of the destination, which has a lane of that name. */
  readonly lane: string;
  /**
   * Name of the recipe that changes the instance on its way; empty for none. The part in front of a slash is an edit of this job
   * alone: recipes that differ only in it count as the same, so that an instance that comes again meets its job.
   */
  readonly recipe: string;
  /** The unit whose jobs are sent together and in their order, such as a study; any text. */
  readonly unit: string;
  /** How urgent it is. */
  readonly priority: JobPriority;
  /** Name of the route that asked for it. */
  readonly route: string;
  /** When it may be sent, in milliseconds since the epoch; 0 for at once. */
  readonly due: number;
  /**
   * The key that the job awaits until it is released, such as that of a study that is still coming. When the job is `due`, it is
   * sent in any case. Empty, or absent, for a job that awaits nothing.
   */
  readonly awaits?: string | undefined;
  /** Whether it begins held, so that an operator decides about it. Default: false. */
  readonly held?: boolean | undefined;
  /**
   * Lanes of which one has to deliver it, the preferred one first; no name has a space in it. The job is in one of them at a
   * time. Default: none, so that `lane` has to deliver it.
   */
  readonly choice?: readonly string[] | undefined;
}

/** How the last attempt went. */
export interface LastOutcome {
  /** Its class, such as `transient`; empty before the first attempt. */
  readonly class: string;
  /** Status of the destination's answer, such as `0xA700` or `503`; empty without an answer. */
  readonly status: string;
  /** The error in words; empty for a success. */
  readonly error: string;
}

/** A job in a queue. */
export interface Job extends NewJob, JobSubject {
  /** Empty once it was released, or where it awaits nothing. */
  readonly awaits: string;
  /** Lanes of which one has to deliver it; empty where `lane` has to deliver it. */
  readonly choice: readonly string[];
  /** Those of them that have refused it for good. */
  readonly refusedBy: readonly string[];
  /** The queue's number for it, higher than those of jobs that came before. */
  readonly id: number;
  /** Its state. */
  readonly state: JobState;
  /** Attempts so far. */
  readonly attempts: number;
  /** How many of them the destination refused for good. */
  readonly refusals: number;
  /** When it was put into the queue, in milliseconds since the epoch. */
  readonly addedAt: number;
  /** When its last attempt ended, in milliseconds since the epoch; 0 before the first. */
  readonly settledAt: number;
  /** How the last attempt went. */
  readonly last: LastOutcome;
}

/** Identity of an instance after the changes on its way. */
export interface SentAs {
  /** SOP Instance UID; empty where the changes removed it. */
  readonly sopInstanceUid: string;
  /** Study Instance UID; empty where the changes removed it. */
  readonly studyInstanceUid: string;
}

/** An attempt, as the delivery log has it. */
export interface Delivery extends LastOutcome {
  /** Higher than those of attempts before. */
  readonly id: number;
  /** The job. */
  readonly job: number;
  /** Its lane. */
  readonly lane: string;
  /** Its route. */
  readonly route: string;
  /** Its recipe. */
  readonly recipe: string;
  /** SOP Instance UID of its instance. */
  readonly sopInstanceUid: string;
  /** Study Instance UID of its instance. */
  readonly studyInstanceUid: string;
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  /** How long it took, in milliseconds. */
  readonly milliseconds: number;
  /** Bytes that were sent; 0 where that failed. */
  readonly bytes: number;
  /** Identity of the instance as sent; absent without changes, or if they failed. */
  readonly sentAs?: SentAs | undefined;
}
