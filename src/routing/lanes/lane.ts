/**
 * A lane: the jobs of one destination. No lane waits for another.
 *
 * @module
 */

import { type Job, JOB_PRIORITIES, type JobPriority } from "../../queue/job.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import { orAborted } from "./abortable.ts";
import { Alarm } from "./alarm.ts";
import { attempt, type AttemptResult, type OpenInstance } from "./attempt.ts";
import { jobsTogether } from "./batches.ts";
import type { Destination } from "../destinations/destination.ts";
import { LaneBreaker } from "./lane_breaker.ts";
import type { LaneEvent } from "./lane_events.ts";
import { Pace } from "./pacing.ts";
import { Pulse } from "./pulse.ts";
import { isSendingTime, nextMinute, type SendingHours } from "./sending_hours.ts";
import { settlementOf } from "./settlement.ts";
import { Turns } from "./turns.ts";

/** How a lane sends. */
export interface LaneSettings {
  /** Units at the same time, each over an association or connection of its own. Default: 2. */
  readonly parallel?: number | undefined;
  /** Instances a second; 0 for no bound. Default: 0. */
  readonly rate?: number | undefined;
  /** Bytes a second; 0 for no bound. Default: 0. */
  readonly bandwidth?: number | undefined;
  /** The hours in which it sends; urgent jobs go at any time. Default: always. */
  readonly hours?: SendingHours | undefined;
  /** The longest time that an attempt may go without progress, in milliseconds. Default: 60,000. */
  readonly timeout?: number | undefined;
}

/** What a lane needs. */
export interface LaneOptions {
  readonly name: string;
  readonly destination: Destination;
  readonly settings: LaneSettings;
  readonly queue: JobQueue;
  readonly open: OpenInstance;
  /** Name of the worker that leases jobs; each process has a name of its own. */
  readonly worker: string;
  /** The lane that may deliver a job which this lane can never deliver; undefined where none is left. */
  readonly next: (job: Job) => string | undefined;
  /** Called with each event. */
  readonly onEvent: (event: LaneEvent) => void;
  /** Called with each error of the queue. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since the epoch by a clock that never jumps. */
  readonly steady: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** The activity of a lane at the moment. */
export type LaneActivity = "sending" | "idle" | "paused" | "open" | "off-hours";

/** Most jobs that a unit gets in one turn. */
const JOBS_A_TURN = 16;

/** How long a lease lasts without renewal, in milliseconds. */
export const LEASE = 30_000;

/** How long a lane waits before it asks a failed queue again, in milliseconds. */
const QUEUE_PAUSE = 5_000;

/** The longest time between two looks at the queue, in milliseconds: a clock may jump. */
const LONGEST_SLEEP = 60_000;

/** How long attempts may go on when the gateway ends, in milliseconds. */
const GRACE = 1_000;

/** The shortest time between two looks, in milliseconds, where nothing wakes the lane. */
const SHORTEST_SLEEP = 50;

/** The time until the next look, in milliseconds, where a job is due and can't be leased: a clock has jumped. */
const OVERDUE_SLEEP = 1_000;

/** Sends the jobs of one destination. */
export class Lane implements AsyncDisposable {
  readonly #options: LaneOptions;
  readonly #parallel: number;
  readonly #timeout: number;
  readonly #breaker: LaneBreaker;
  readonly #pace: Pace;
  readonly #turns: Turns;
  readonly #pulse: Pulse;
  readonly #abort = new AbortController();
  readonly #workers = new Set<Promise<void>>();
  readonly #wakeUp = new Alarm();
  /** Rings when the lane may not send any more. */
  readonly #halt = new Alarm();
  #running: Promise<void> | undefined;
  #stopping = false;
  #paused = false;

  constructor(options: LaneOptions) {
    const { settings: { parallel = 2, rate = 0, bandwidth = 0, timeout = 60_000 }, steady } = options;
    this.#options = options;
    this.#parallel = parallel;
    this.#timeout = timeout;
    this.#breaker = new LaneBreaker({ ...options, timeout });
    this.#pace = new Pace({ rate, bandwidth, now: steady });
    this.#turns = new Turns(steady);
    this.#pulse = new Pulse(steady);
  }

  /** State of its breaker. */
  get breaker(): LaneBreaker["state"] {
    return this.#breaker.state;
  }

  /** Whether its destination fails: the lane sends only probes. */
  get fails(): boolean {
    return !this.#breaker.isClosed;
  }

  /** Whether it sends a new job at once. */
  get works(): boolean {
    return this.#breaker.isClosed && !this.#paused && !this.#stopping && !this.#isOffHours();
  }

  /** Whether it fails, the next instance is the probe, and the probe is due. */
  get wantsInstance(): boolean {
    const isFree = !this.#paused && !this.#isOffHours() && this.#workers.size === 0;
    return this.fails && this.#options.destination.probe === undefined && isFree &&
      this.#breaker.state.untilProbe === 0;
  }

  /** How many units are being sent. */
  get sending(): number {
    return this.#workers.size;
  }

  /** What it does at the moment. */
  get activity(): LaneActivity {
    if (this.#paused) return "paused";
    if (!this.#breaker.isClosed) return "open";
    if (this.#workers.size > 0) return "sending";
    return this.#isOffHours() ? "off-hours" : "idle";
  }

  /** Instances a second in about the last minute. */
  get rate(): number {
    return this.#pulse.rate();
  }

  /** Begins to send, unless it is paused. */
  start(paused: boolean): void {
    this.pause(paused);
    this.#running ??= this.#run();
  }

  /** Pauses the lane or resumes it. Attempts that are under way go on. */
  pause(paused: boolean): void {
    if (paused) this.#halt.ring();
    else if (!this.#stopping) this.#halt.reset();
    this.#paused = paused;
    this.wake();
  }

  /** Has the lane look at the queue. */
  wake(): void {
    this.#wakeUp.ring();
  }

  /** Probes at once if the breaker is open: an operator may have mended the destination. */
  async probe(): Promise<void> {
    if (!this.#breaker.isClosed) await this.#breaker.probe(this.#abort.signal);
    this.wake();
  }

  /** Asks the destination to answer for the instance of a job that was delivered. Rejects when it doesn't. */
  async confirm(job: Job, signal: AbortSignal): Promise<void> {
    const { destination, open } = this.#options;
    if (destination.confirm === undefined) return;
    const instance = await open(job);
    if (instance === undefined) throw new Error("Cannot confirm: the archive does not have the instance any more");
    // The instance isn't read here, but a change may have begun to read it.
    await instance.stream().cancel().catch(() => {});
    await orAborted(destination.confirm(instance, { signal }), signal);
  }

  /** Gives attempts a moment to end, and gives the jobs that are left back to the queue. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.#halt.ring();
    this.wake();
    const timer = setTimeout(() => this.#abort.abort(new DOMException("The gateway ends", "AbortError")), GRACE);
    await Promise.all([this.#running, ...this.#workers]);
    clearTimeout(timer);
    await this.#options.destination[Symbol.asyncDispose]?.();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#wakeUp.reset();
      let sleep: number;
      try {
        sleep = await this.#look();
      } catch (error) {
        this.#options.onError(error);
        sleep = QUEUE_PAUSE;
      }
      if (!this.#stopping) await this.#wakeUp.sleep(Math.min(sleep, LONGEST_SLEEP));
    }
  }

  /** Probes, or starts workers for jobs that are due. Answers after how many milliseconds to look again, unless it is woken. */
  async #look(): Promise<number> {
    const { destination } = this.#options;
    if (this.#paused) return LONGEST_SLEEP;
    if (!this.#breaker.isClosed) {
      const wait = this.#breaker.state.untilProbe;
      if (wait > 0) return wait;
      if (destination.probe !== undefined) await this.#breaker.probe(this.#abort.signal);
      // The next instance, if any, is the probe.
      else if (this.#workers.size > 0 || !await this.#claim(1)) return LONGEST_SLEEP;
      return 0;
    }
    const jobs = Math.max(JOBS_A_TURN, destination.batch?.instances ?? 0);
    while (this.#workers.size < this.#parallel && !this.#stopping && await this.#claim(jobs));
    return this.#workers.size >= this.#parallel ? LONGEST_SLEEP : await this.#untilDue();
  }

  async #untilDue(): Promise<number> {
    const { queue, name, now, settings: { hours } } = this.#options;
    const lane = (await queue.lanes()).find((lane) => lane.name === name);
    const moments = [lane?.nextDue ?? Infinity, hours === undefined ? Infinity : nextMinute(now())];
    const wait = Math.min(...moments) - now();
    return wait > 0 ? Math.max(SHORTEST_SLEEP, wait) : OVERDUE_SLEEP;
  }

  /** Has a worker send the next unit. Answers whether a unit was due. */
  async #claim(limit: number): Promise<boolean> {
    const { queue, name, worker, now, steady, onError } = this.#options;
    const priorities = this.#turns.order().filter((priority) => this.#isSendingTime(priority));
    const clocks = { now: now(), steady: steady(), leaseUntil: now() + LEASE };
    const jobs = await queue.claim(name, { priorities, limit, worker, ...clocks });
    this.#turns.served(jobs[0]?.priority);
    if (jobs.length === 0) return false;
    const work = this.#work(jobs, !this.#breaker.isClosed).catch(onError).finally(() => {
      this.#workers.delete(work);
      this.wake();
    });
    this.#workers.add(work);
    return true;
  }

  #isSendingTime(priority: JobPriority): boolean {
    return priority === JOB_PRIORITIES[0] || !this.#isOffHours();
  }

  #isOffHours(): boolean {
    const { settings: { hours }, now } = this.#options;
    return hours !== undefined && !isSendingTime(hours, now());
  }

  /** Sends jobs in their order, one or several at a time, as long as the lane may send; gives back the rest. */
  async #work(jobs: readonly Job[], isProbe: boolean): Promise<void> {
    const { queue, worker, now, destination, settings } = this.#options;
    const left = [...jobs];
    for (let job = left[0]; job !== undefined; job = left[0]) {
      const some = jobsTogether(left, destination, settings);
      const wait = Math.max(...some.map(({ size }) => this.#pace.take(size)));
      if (wait > 0) await this.#sleep(wait);
      const mayGo = isProbe || this.#breaker.isClosed;
      if (!mayGo || this.#stopping || this.#paused || !this.#isSendingTime(job.priority)) break;
      if (!await this.#attempt(some)) break;
      left.splice(0, some.length);
    }
    queue.settle(left.map((job) => ({ job, worker, at: now(), state: "ready" })));
  }

  /** Makes one attempt. Answers whether it has ended; false where the gateway ends first. */
  async #attempt(jobs: readonly Job[]): Promise<boolean> {
    const { queue, worker, now, random, name, onEvent, next } = this.#options;
    const began = performance.now();
    const { isProven } = this.#breaker;
    let results: readonly AttemptResult[];
    try {
      results = await attempt(jobs, { ...this.#options, timeout: this.#timeout, signal: this.#abort.signal });
    } catch (error) {
      if (this.#abort.signal.aborted) return false;
      throw error;
    }
    const milliseconds = performance.now() - began;
    const attempted = jobs.map((job, index) => {
      const result = results[index]!;
      const options = { worker, now: now(), random: random(), milliseconds, isProven, next: () => next(job) };
      return { job, result, settlement: settlementOf(job, result, options) };
    });
    queue.settle(attempted.map(({ settlement }) => settlement));
    for (const { job, result: outcome, settlement: { state, to } } of attempted) {
      if (state === "delivered") this.#pulse.beat();
      onEvent({
        ...{ type: "job-attempted", lane: name, job, outcome, state, milliseconds },
        ...(to !== undefined && { to }),
      });
    }
    this.#breaker.learn(results);
    return true;
  }

  /** Resolves after so many milliseconds, however many, or when the lane may not send any more. */
  async #sleep(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= LONGEST_SLEEP) {
      if (this.#stopping || this.#paused) return;
      await this.#halt.sleep(Math.min(left, LONGEST_SLEEP));
    }
  }
}
