/**
 * The queue of what has still to be sent, behind one interface.
 *
 * @module
 */

import type { Delivery, Job, JobPriority, JobState, JobSubject, LastOutcome, NewJob, SentAs } from "./job.ts";

/** Which jobs a worker claims. */
export interface ClaimOptions {
  /** Priorities in the order in which they are looked for. */
  readonly priorities: readonly JobPriority[];
  /** Most jobs. */
  readonly limit: number;
  /** The worker that claims. It never gets jobs that it leased itself, even if it did not renew the lease in time. */
  readonly worker: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /**
   * Milliseconds since the epoch by a clock that never jumps: what awaits something is sent unasked only when its time has come
   * by this one as well. Default: `now`.
   */
  readonly steady?: number;
  /** When the jobs are free again unless the lease is renewed. */
  readonly leaseUntil: number;
}

/** What becomes of a job that was claimed. */
export interface Settlement {
  /** As it was claimed. */
  readonly job: Job;
  /** The worker that claimed it. */
  readonly worker: string;
  /** When the attempt ended, in milliseconds since the epoch. */
  readonly at: number;
  /** The new state; `ready` returns the job as if no worker had claimed it. */
  readonly state: Exclude<JobState, "leased">;
  /** When it is tried again; for `waiting`. */
  readonly due?: number;
  /**
   * The lane of its choice that it goes to, since its own can't deliver it; for `ready`. Where that lane has such a job that is
   * dead or held, this one is dead.
   */
  readonly to?: string | undefined;
  /** How the attempt went; absent where there was none. */
  readonly attempt?: Attempt;
}

/** An attempt that was made. */
export interface Attempt extends LastOutcome {
  /** Whether the job has one attempt more. What is the lane's fault costs none. */
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
  /** What the destination answered last. */
  readonly status?: string | undefined;
  /** SOP Instance UID. */
  readonly sopInstanceUid?: string | undefined;
  /** Study Instance UID. */
  readonly studyInstanceUid?: string | undefined;
  /** What stands for the changes on the way. */
  readonly recipe?: string | undefined;
  /** What they await; not the empty text. */
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

/** What becomes of jobs by an operator, or by what they awaited. A job that is being sent stays as it is. */
export type JobChange =
  /** Makes dead, waiting, held and delivered ones ready, as if they had never been tried; they await nothing any more. */
  | { readonly action: "retry" }
  /** Keeps ready, waiting and dead ones from being sent. */
  | { readonly action: "hold" }
  /** Makes held ones ready; those that await something wait for it again. */
  | { readonly action: "resume" }
  /** Has jobs await nothing any more: of those that the filter says they await. */
  | Release
  /** Takes out all but delivered ones. */
  | { readonly action: "drop" }
  /**
   * Gives all but delivered ones something else; where there is a job that then does the same, which is the same recipe in the
   * same lane, this one is taken out.
   */
  | ({ readonly action: "edit" } & JobEdit);

/** What jobs can be given; what is absent stays as it is. */
export interface JobEdit {
  /** Name of a destination. */
  readonly lane?: string | undefined;
  /** How urgent they are. */
  readonly priority?: JobPriority | undefined;
  /** Name of the route that they count as one of. */
  readonly route?: string | undefined;
  /** Stands for the changes on the way. */
  readonly recipe?: string | undefined;
}

/** Jobs get what they waited for. */
export interface Release {
  /** What tells it from other changes. */
  readonly action: "release";
  /** When they may be sent, in milliseconds since the epoch. Default: 0, at once. */
  readonly due?: number | undefined;
  /** By lane the job that stands for all of them there: the others count as delivered, and are not sent. Default: none. */
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

/** What a slice of a change did. */
export interface ChangedJobs {
  /** How many jobs were changed. */
  readonly changed: number;
  /** Where the next slice begins; undefined after the last. */
  readonly next: number | undefined;
}

/** Jobs of a lane that have the same lanes to choose from, and are in the same state. */
export interface ChoiceGroup {
  /** Lanes of which one has to deliver them, the one that is liked best first. */
  readonly choice: readonly string[];
  /** Those of them that could not, for good. */
  readonly refusedBy: readonly string[];
  /** What they are. */
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
  /** When the oldest job came that has still to be sent and does not await anything; undefined without one. */
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
 * Jobs, by lanes. What was added or settled is seen by everybody at once. It survives the end of the process after the next
 * `sync`, and the loss of power too where the queue is durable. Methods reject with what the database says.
 */
export interface JobQueue extends AsyncDisposable {
  /** Throws `InstanceNotKeptError` (`out-of-resources`) where the queue can't take more: to be asked before `add`. */
  prepare(): void | Promise<void>;
  /**
   * Adds jobs for an instance; never throws. A job that exists in this version stays as it is. One of another version is to
   * be sent again: it becomes ready; `held` stays held, and what is being sent is ready afterwards.
   */
  add(subject: JobSubject, jobs: readonly NewJob[], options?: AddOptions): void;
  /** Makes safe what was done until now. */
  sync(): Promise<void>;
  /** Called with a lane when it has got jobs that are ready. There is one listener. */
  onReady: ((lane: string) => void) | undefined;
  /**
   * Leases ready jobs of one unit, in the order in which they came; of several units the one whose turn is longest ago, and
   * none that has leased jobs. First, jobs that are due and leases that have expired become ready.
   */
  claim(lane: string, options: ClaimOptions): Promise<readonly Job[]>;
  /** Renews all leases of a worker. */
  renew(worker: string, leaseUntil: number): Promise<void>;
  /** Ends leases, and writes the delivery log. A job that changed meanwhile, or whose lease has gone, is ready or stays. */
  settle(settlements: readonly Settlement[]): void;
  /** Every lane that ever had a job or was paused. */
  lanes(): Promise<readonly QueuedLane[]>;
  /** Pauses a lane, or resumes it; it stays so over restarts. */
  pause(lane: string, paused: boolean): Promise<void>;
  /** Jobs by id. */
  jobs(filter: JobFilter, page: QueuePage): Promise<readonly Job[]>;
  /** Changes at most `page.limit` jobs of those that the filter means. */
  change(filter: JobFilter, change: JobChange, page: QueuePage & { readonly now: number }): Promise<ChangedJobs>;
  /** What jobs await: texts in ascending order, those behind `after` alone. */
  awaited(page: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly string[]>;
  /** The last id of the jobs, or of those of a lane, that await this at the moment of the call; undefined where none does. */
  lastAwaiting(awaits: string, lane?: string): Promise<number | undefined>;
  /** What jobs of a lane that wait can choose from: all combinations that there are. It takes no longer where there are many. */
  choices(lane: string): Promise<readonly ChoiceGroup[]>;
  /**
   * Puts at most `page.limit` jobs of a group into another lane of their choice, where they are as if they had never been
   * tried. Where that lane has such a job, this one is taken out if that was delivered, and stays otherwise.
   */
  choose(lane: string, group: ChoiceGroup, to: string, page: QueuePage): Promise<ChangedJobs>;
  /** The delivery log. */
  deliveries(filter: DeliveryFilter, page: QueuePage): Promise<readonly Delivery[]>;
  /** Whether anything is still to be sent of an instance, by anybody's help or none: it is in no state but `delivered`. */
  isWanted(sopInstanceUid: string): Promise<boolean>;
  /**
   * Forgets attempts from before a moment, and delivered jobs from before another one, at most `limit` of each. Returns how many
   * of both. Default of `jobsBefore`: `before`.
   */
  forget(before: number, limit: number, jobsBefore?: number): Promise<number>;
  /** Forgets the delivered jobs of an instance. */
  forgetInstance(sopInstanceUid: string): Promise<void>;
  /** Tries whether it can be read and written. Never throws. */
  check(): Promise<{ readonly usable: boolean; readonly problem?: string }>;
}

/** Counts without a job. */
export function noJobs(): Record<JobState, number> {
  return { ready: 0, leased: 0, waiting: 0, held: 0, dead: 0, delivered: 0 };
}
