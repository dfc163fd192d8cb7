/**
 * The interface of queues, which have the jobs that are still to be sent.
 *
 * @module
 */

import type { Delivery, Job, JobPriority, JobState, JobSubject, LastOutcome, NewJob, SentAs } from "./job.ts";

/** Which jobs a worker claims. */
export interface ClaimOptions {
  /** Priorities in the order in which the queue looks for them. */
  readonly priorities: readonly JobPriority[];
  /** Most jobs. */
  readonly limit: number;
  /** The worker that claims. It never gets jobs that it leased itself, even if it did not renew the lease in time. */
  readonly worker: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /**
   * Milliseconds since the epoch by a clock that never jumps: an unreleased job that awaits a unit is sent only when it is due
   * by this clock as well. Default: `now`.
   */
  readonly steady?: number;
  /** When the lease ends unless the worker renews it. */
  readonly leaseUntil: number;
}

/** How a claimed job goes on. */
export interface Settlement {
  /** The job as it was claimed. */
  readonly job: Job;
  /** The worker that claimed it. */
  readonly worker: string;
  /** When the attempt ended, in milliseconds since the epoch. */
  readonly at: number;
  /** The new state; `ready` returns the job as if no worker had claimed it. */
  readonly state: Exclude<JobState, "leased">;
  /** When the job is tried again; for `waiting`. */
  readonly due?: number;
  /**
   * The lane of its choice that the job goes to, since its own can't deliver it; for `ready`. Where that lane has a dead or held
   * job for the same instance and recipe, this job becomes dead.
   */
  readonly to?: string | undefined;
  /** How the attempt went; absent where none was made. */
  readonly attempt?: Attempt;
}

/** An attempt that was made. */
export interface Attempt extends LastOutcome {
  /** Whether it counts as an attempt of the job. A fault of the lane does not. */
  readonly counts: boolean;
  /** Whether the destination refused it for good. */
  readonly refused: boolean;
  /** How long it took, in milliseconds. */
  readonly milliseconds: number;
  /** Bytes that were sent. */
  readonly bytes: number;
  /** Identity of the instance as sent; absent without changes, or if they failed. */
  readonly sentAs?: SentAs | undefined;
}

/** Which jobs; all of the conditions have to hold. */
export interface JobFilter {
  /** Ids. */
  readonly ids?: readonly number[] | undefined;
  /** Name of a lane. */
  readonly lane?: string | undefined;
  /** States. */
  readonly states?: readonly JobState[] | undefined;
  /** Class of the last attempt. */
  readonly class?: string | undefined;
  /** Status of the destination's last answer. */
  readonly status?: string | undefined;
  /** SOP Instance UID. */
  readonly sopInstanceUid?: string | undefined;
  /** Study Instance UID. */
  readonly studyInstanceUid?: string | undefined;
  /** Name of the recipe that changes the instance on its way. */
  readonly recipe?: string | undefined;
  /** The key that they await; not the empty text. */
  readonly awaits?: string | undefined;
  /** The last id that counts. */
  readonly through?: number | undefined;
}

/** Which part of a list, by ids that go up. */
export interface QueuePage {
  /** Those behind this id. Default: 0, from the first on. */
  readonly after?: number | undefined;
  /** At most so many. */
  readonly limit: number;
}

/** A change of jobs by an operator, or by the unit that they awaited. A job that is being sent stays as it is. */
export type JobChange =
  /** Makes dead, waiting, held and delivered jobs ready, as if they had never been tried; they await nothing any more. */
  | { readonly action: "retry" }
  /** Holds ready, waiting and dead jobs, so that they aren't sent. */
  | { readonly action: "hold" }
  /** Makes held jobs ready; those that await a unit wait for it again. */
  | { readonly action: "resume" }
  /** Releases jobs that await the key of the filter: they await nothing any more. */
  | Release
  /** Removes jobs, except delivered ones. */
  | { readonly action: "drop" }
  /**
   * Edits jobs, except delivered ones. Where the lane already has a job of the instance with the same recipe as an edited one,
   * the edited job is removed.
   */
  | ({ readonly action: "edit" } & JobEdit);

/** New properties of jobs; an absent one stays as it is. */
export interface JobEdit {
  /** Name of a destination. */
  readonly lane?: string | undefined;
  /** How urgent they are. */
  readonly priority?: JobPriority | undefined;
  /** Name of the route that they count for. */
  readonly route?: string | undefined;
  /** Name of the recipe that changes the instance on its way. */
  readonly recipe?: string | undefined;
}

/** The release of jobs whose unit is complete. */
export interface Release {
  /** Tells it from other changes. */
  readonly action: "release";
  /** When they may be sent, in milliseconds since the epoch. Default: 0, at once. */
  readonly due?: number | undefined;
  /** By lane the id of the job that stands for all others there: those count as delivered, and are not sent. Default: none. */
  readonly standIns?: Readonly<Record<string, number>> | undefined;
}

/** States that a change applies to. */
export const CHANGEABLE: Readonly<Record<JobChange["action"], readonly JobState[]>> = {
  retry: ["waiting", "held", "dead", "delivered"],
  hold: ["ready", "waiting", "dead"],
  resume: ["held"],
  release: ["waiting", "held", "leased"],
  drop: ["ready", "waiting", "held", "dead"],
  edit: ["ready", "waiting", "held", "dead"],
};

/** The result of a slice of a change. */
export interface ChangedJobs {
  /** How many jobs were changed. */
  readonly changed: number;
  /** Where the next slice begins; undefined after the last. */
  readonly next: number | undefined;
}

/** Jobs of a lane that have the same lanes to choose from, and are in the same state. */
export interface ChoiceGroup {
  /** Lanes of which one has to deliver them, the preferred one first. */
  readonly choice: readonly string[];
  /** Those of them that have refused the jobs for good. */
  readonly refusedBy: readonly string[];
  /** Their state. */
  readonly state: "ready" | "waiting";
}

/** How many jobs are in each state. */
export type JobCounts = Readonly<Record<JobState, number>>;

/** A lane, as the queue knows it. */
export interface QueuedLane {
  /** Its name. */
  readonly name: string;
  /** Whether an operator has paused it. */
  readonly paused: boolean;
  /** How many jobs it has. */
  readonly counts: JobCounts;
  /** When the oldest job came that is still to be sent and awaits no unit; undefined without one. */
  readonly oldest: number | undefined;
  /** When the first of the waiting jobs is due; undefined without one. */
  readonly nextDue: number | undefined;
}

/** Which attempts. */
export type DeliveryFilter = Pick<JobFilter, "lane" | "class" | "sopInstanceUid" | "studyInstanceUid">;

/** How to add jobs. */
export interface AddOptions {
  /** Whether a job that exists stays as it is, even of another version. Default: false. */
  readonly ifAbsent?: boolean;
}

/**
 * Jobs, by lanes. All methods see added and settled jobs at once. After the next `sync` these survive the end of the process
 * and, where the queue is durable, a loss of power. Methods reject with the errors of the database.
 */
export interface JobQueue extends AsyncDisposable {
  /** Throws `InstanceNotKeptError` (`out-of-resources`) where the queue can't take more jobs. Call it before `add`. */
  prepare(): void | Promise<void>;
  /**
   * Adds jobs for an instance; never throws. A job that exists for this version stays as it is. One of another version is sent
   * again: it becomes ready. A held job stays held, and one that is being sent becomes ready afterwards.
   */
  add(subject: JobSubject, jobs: readonly NewJob[], options?: AddOptions): void;
  /** Makes all changes until now safe. */
  sync(): Promise<void>;
  /** Called with a lane when it has new ready jobs. A queue has one listener. */
  onReady: ((lane: string) => void) | undefined;
  /**
   * Leases ready jobs of one unit, in the order in which they came: of the unit without leased jobs whose turn is longest ago.
   * First makes jobs ready that are due or whose lease has expired.
   */
  claim(lane: string, options: ClaimOptions): Promise<readonly Job[]>;
  /** Renews all leases of a worker. */
  renew(worker: string, leaseUntil: number): Promise<void>;
  /** Ends leases, and writes the delivery log. A job that changed meanwhile, or whose lease has gone, is ready or stays. */
  settle(settlements: readonly Settlement[]): void;
  /** Every lane that ever had a job or was paused. */
  lanes(): Promise<readonly QueuedLane[]>;
  /** Pauses a lane or resumes it; that outlasts restarts. */
  pause(lane: string, paused: boolean): Promise<void>;
  /** Jobs by id. */
  jobs(filter: JobFilter, page: QueuePage): Promise<readonly Job[]>;
  /** Changes at most `page.limit` jobs of the filter. */
  change(filter: JobFilter, change: JobChange, page: QueuePage & { readonly now: number }): Promise<ChangedJobs>;
  /** The keys that jobs await, in ascending order; only those behind `after`. */
  awaited(page: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly string[]>;
  /** The last id of the jobs, or of those of a lane, that await a key at the moment of the call; undefined where none does. */
  lastAwaiting(awaits: string, lane?: string): Promise<number | undefined>;
  /** The groups of a lane's ready and waiting jobs with the same choice. It takes no longer for a lane with many jobs. */
  choices(lane: string): Promise<readonly ChoiceGroup[]>;
  /**
   * Moves at most `page.limit` jobs of a group to another lane of their choice, where they count as never tried. Where that lane
   * already has a job for the same instance and recipe, the moved job is removed or stays, as `onceThere()` says.
   */
  choose(lane: string, group: ChoiceGroup, to: string, page: QueuePage): Promise<ChangedJobs>;
  /** The delivery log. */
  deliveries(filter: DeliveryFilter, page: QueuePage): Promise<readonly Delivery[]>;
  /** Whether an instance still has a job to be sent, with an operator's help or without: one in any state but `delivered`. */
  isWanted(sopInstanceUid: string): Promise<boolean>;
  /**
   * Forgets attempts from before a moment, and delivered jobs from before another one, at most `limit` of each. Resolves with
   * the number of both together. Default of `jobsBefore`: `before`.
   */
  forget(before: number, limit: number, jobsBefore?: number): Promise<number>;
  /** Forgets the delivered jobs of an instance. */
  forgetInstance(sopInstanceUid: string): Promise<void>;
  /** Checks that the queue can be read and written. Never throws. */
  check(): Promise<{ readonly usable: boolean; readonly problem?: string }>;
}

/** Counts without a job. */
export function noJobs(): Record<JobState, number> {
  return { ready: 0, leased: 0, waiting: 0, held: 0, dead: 0, delivered: 0 };
}
