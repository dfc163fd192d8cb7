/**
 * Events of lanes, for logs and metrics.
 *
 * @module
 */

import type { Job, JobState } from "../../queue/job.ts";
import type { OutcomeClass } from "../destinations/outcomes.ts";

/** How an attempt ended. */
export interface AttemptOutcome {
  /** Its class. */
  readonly class: OutcomeClass;
  /** Status of the destination's answer; empty without an answer. */
  readonly status: string;
  /** The error in words; empty for a success. */
  readonly error: string;
}

/** State of a job after an attempt. */
export type SettledState = Exclude<JobState, "leased">;

/** An event of a lane. */
export type LaneEvent =
  /** An attempt to send an instance has ended; `state` is the new state of its job. */
  | {
    readonly type: "job-attempted";
    readonly lane: string;
    readonly job: Job;
    readonly outcome: AttemptOutcome;
    readonly state: SettledState;
    /** The destination that gets the instance instead of this one; absent where none does. */
    readonly to?: string | undefined;
    readonly milliseconds: number;
  }
  /** The destination fails: the lane sends only probes until it works. */
  | { readonly type: "lane-opened"; readonly lane: string; readonly why: string; readonly isConfiguration: boolean }
  /** The destination fails, and so many of its jobs have moved to another destination that may deliver them as well. */
  | { readonly type: "jobs-moved"; readonly lane: string; readonly to: string; readonly count: number }
  /** The destination works again, after so many milliseconds. */
  | { readonly type: "lane-closed"; readonly lane: string; readonly milliseconds: number };
