/**
 * What happens on lanes, for logs and metrics.
 *
 * @module
 */

import type { Job, JobState } from "../../queue/job.ts";
import type { OutcomeClass } from "../destinations/outcomes.ts";

/** How an attempt ended. */
export interface AttemptOutcome {
  /** Its class. */
  readonly class: OutcomeClass;
  /** What the destination answered; empty where it answered nothing. */
  readonly status: string;
  /** What went wrong, in words; empty where nothing did. */
  readonly error: string;
}

/** Where a job stands after an attempt. */
export type SettledState = Exclude<JobState, "leased">;

/** Moments in the life of a lane. */
export type LaneEvent =
  /** An instance was sent, or not; `state` is where its job stands now. */
  | {
    readonly type: "job-attempted";
    readonly lane: string;
    readonly job: Job;
    readonly outcome: AttemptOutcome;
    readonly state: SettledState;
    /** The destination that it goes to instead, since this one can't have it; absent where it goes nowhere else. */
    readonly to?: string | undefined;
    readonly milliseconds: number;
  }
  /** The destination fails: nothing but probes is sent until it works. */
  | { readonly type: "lane-opened"; readonly lane: string; readonly why: string; readonly isConfiguration: boolean }
  /** The destination fails, and so many jobs that another one may deliver as well have gone there. */
  | { readonly type: "jobs-moved"; readonly lane: string; readonly to: string; readonly count: number }
  /** The destination works again, after so many milliseconds. */
  | { readonly type: "lane-closed"; readonly lane: string; readonly milliseconds: number };
