/**
 * All lanes of a gateway.
 *
 * @module
 */

import type { Job } from "../../queue/job.ts";
import { type JobCounts, type JobQueue, noJobs } from "../../queue/job_queue.ts";
import type { OpenInstance } from "./attempt.ts";
import type { Destination } from "../destinations/destination.ts";
import { Failover } from "./failover.ts";
import { Lane, type LaneActivity, type LaneSettings, LEASE } from "./lane.ts";
import type { LaneEvent } from "./lane_events.ts";
import { UNROUTED } from "../rules/unrouted.ts";
import { agingClock, steadyClock } from "../steady_clock.ts";

/** A destination, and how its lane sends. */
export interface ConfiguredDestination {
  /** Takes instances; the lanes close it. */
  readonly destination: Destination;
  /** How its lane sends. */
  readonly settings: LaneSettings;
}

/** What lanes need. */
export interface LanesOptions {
  /** The queue with the jobs. The caller closes it. */
  readonly queue: JobQueue;
  /** Destinations by name. */
  readonly destinations: Readonly<Record<string, ConfiguredDestination>>;
  /** Finds the instance of a job. */
  readonly open: OpenInstance;
  /** How long attempts are remembered, in milliseconds. */
  readonly keep: number;
  /** How long delivered jobs are remembered, in milliseconds; Infinity where another part forgets them. Default: `keep`. */
  readonly keepJobs?: number;
  /** Called with each event. An error that it throws is ignored. */
  readonly onEvent: (event: LaneEvent) => void;
  /** Called with each error of the queue. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
  /** Milliseconds by a clock that never jumps. Default: `performance.now`. */
  readonly monotonic?: () => number;
  /** From 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** A lane, as operators see it. */
export interface LaneReport {
  /** Name of the destination. */
  readonly name: string;
  /**
   * What the lane does. `unknown`: its destination is no longer configured. `holding`: it holds the instances that no route
   * matches.
   */
  readonly activity: LaneActivity | "unknown" | "holding";
  /** Whether an operator has paused it. */
  readonly paused: boolean;
  /** Jobs by state. */
  readonly counts: JobCounts;
  /** When the oldest job came that is still to be sent and awaits no unit, in milliseconds since the epoch. */
  readonly oldest: number | undefined;
  /** Since when the destination fails, why, and when it is probed next; undefined while it works. */
  readonly open: { readonly since: number; readonly why: string; readonly probeAt: number } | undefined;
  /** Instances a second in about the last minute. */
  readonly rate: number;
  /** Seconds until all jobs are delivered at the present rate; undefined where that can't be known. */
  readonly forecast: number | undefined;
}

/** How often leases are renewed, and old entries forgotten, in milliseconds. */
const HEARTBEAT = 10_000;
const FORGET_EVERY = 600_000;

/** How many entries are forgotten in one transaction, so that other work gets its turn in between. */
const FORGOTTEN_AT_ONCE = 500;

/** Jobs that are held again in one transaction, so that other work gets its turn in between. */
const HELD_AT_ONCE = 200;

/** Starts, wakes, pauses and ends lanes. Disposing of it gives jobs that are being sent back to the queue. */
export class Lanes implements AsyncDisposable {
  readonly #options: Required<LanesOptions>;
  readonly #lanes = new Map<string, Lane>();
  readonly #worker = crypto.randomUUID();
  readonly #failover: Failover;
  readonly #aging: () => number;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #forgotAt = -Infinity;
  #forgetting: Promise<void> | undefined;

  /** Sends nothing before `start()`. */
  constructor(options: LanesOptions) {
    const { now = Date.now, monotonic = () => performance.now(), random = Math.random } = options;
    const { keepJobs = options.keep, onEvent } = options;
    const harmless = (event: LaneEvent) => {
      try {
        onEvent(event);
      } catch {
        // The listener's error must not stop the lane.
      }
      this.#mayMove(event);
    };
    this.#options = { ...options, keepJobs, now, monotonic, random, onEvent: harmless };
    this.#failover = new Failover({ ...this.#options, lane: (name) => this.#lanes.get(name) });
    const next = (job: Job) => this.#failover.next(job);
    const steady = steadyClock({ now, monotonic });
    this.#aging = agingClock({ now, monotonic });
    for (const [name, { destination, settings }] of Object.entries(options.destinations)) {
      this.#lanes.set(
        name,
        new Lane({ ...this.#options, name, destination, settings, worker: this.#worker, next, steady }),
      );
    }
  }

  /** Begins to send. */
  async start(): Promise<void> {
    const { queue, onError } = this.#options;
    const known = new Map((await queue.lanes()).map((lane) => [lane.name, lane]));
    queue.onReady = (lane) => this.#ready(lane);
    for (const [name, lane] of this.#lanes) lane.start(known.get(name)?.paused ?? false);
    this.#heartbeat = setInterval(() => void this.#beat().catch(onError), HEARTBEAT);
    this.#failover.check();
  }

  #ready(name: string): void {
    const lane = this.#lanes.get(name);
    lane?.wake();
    if (lane === undefined || lane.fails) this.#failover.check();
    if (name === UNROUTED) void this.#holdAgain().catch(this.#options.onError);
  }

  /** Holds the instances that no route matches, until an operator gives them a destination. */
  async #holdAgain(): Promise<void> {
    const { queue, now } = this.#options;
    const filter = { lane: UNROUTED, states: ["ready"] } as const;
    let { next } = await queue.change(filter, { action: "hold" }, { limit: HELD_AT_ONCE, now: now() });
    while (next !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      ({ next } = await queue.change(filter, { action: "hold" }, { after: next, limit: HELD_AT_ONCE, now: now() }));
    }
  }

  /** Looks for jobs that have to go elsewhere, where an event may be the reason. */
  #mayMove(event: LaneEvent): void {
    if (event.type === "jobs-moved") return;
    const isOver = event.type === "job-attempted" &&
      (event.state === "delivered" || !this.#lanes.get(event.lane)?.fails);
    if (!isOver) this.#failover.check();
  }

  /** All lanes: those of destinations, and those that have jobs but no destination. */
  async report(): Promise<readonly LaneReport[]> {
    const queued = new Map((await this.#options.queue.lanes()).map((lane) => [lane.name, lane]));
    const left = [...queued.values()].filter(({ name, counts }) =>
      !this.#lanes.has(name) && Object.entries(counts).some(([state, count]) => state !== "delivered" && count > 0)
    );
    return [...this.#lanes.keys(), ...left.map(({ name }) => name)].map((name) => {
      const { counts = noJobs(), oldest, paused = false } = queued.get(name) ?? {};
      const lane = this.#lanes.get(name);
      const rate = lane?.rate ?? 0;
      const outstanding = counts.ready + counts.leased + counts.waiting;
      const { openedAt, probeAt = 0, why = "" } = lane?.breaker ?? {};
      const activity = lane?.activity ?? (name === UNROUTED ? "holding" : "unknown");
      const forecast = activity === "sending" && rate > 0 ? outstanding / rate : outstanding === 0 ? 0 : undefined;
      const open = openedAt === undefined ? undefined : { since: openedAt, why, probeAt };
      return { name, activity, paused, counts, oldest, open, rate, forecast };
    });
  }

  /** Whether a destination has this name. */
  has(name: string): boolean {
    return this.#lanes.has(name);
  }

  /** Asks the destination of a job that was delivered to answer for its instance. Rejects when it doesn't. */
  async confirm(job: Job, signal: AbortSignal): Promise<void> {
    const lane = this.#lanes.get(job.lane);
    if (lane === undefined) throw new Error(`Cannot confirm: no destination is called ${job.lane} any more`);
    await lane.confirm(job, signal);
  }

  /** Pauses a lane or resumes it; that outlasts restarts. When it is resumed, a destination that fails is probed at once. */
  async pause(name: string, paused: boolean): Promise<void> {
    await this.#options.queue.pause(name, paused);
    this.#lanes.get(name)?.pause(paused);
    if (!paused) void this.#lanes.get(name)?.probe();
    this.#failover.check();
  }

  /** Ends all lanes. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#options.queue.onReady = undefined;
    await this.#failover[Symbol.asyncDispose]();
    await Promise.all([...this.#lanes.values()].map((lane) => lane[Symbol.asyncDispose]()));
    await this.#forgetting;
  }

  async #beat(): Promise<void> {
    const { queue, now, onError } = this.#options;
    if ([...this.#lanes.values()].some(({ sending }) => sending > 0)) await queue.renew(this.#worker, now() + LEASE);
    // Another lane may be within its hours now.
    if ([...this.#lanes.values()].some(({ fails }) => fails)) this.#failover.check();
    if (Math.abs(now() - this.#forgotAt) < FORGET_EVERY || this.#forgetting !== undefined) return;
    this.#forgotAt = now();
    this.#forgetting = this.#forget().catch(onError).finally(() => this.#forgetting = undefined);
  }

  async #forget(): Promise<void> {
    const { queue, keep, keepJobs } = this.#options;
    const at = this.#aging;
    while (
      this.#heartbeat !== undefined &&
      await queue.forget(at() - keep, FORGOTTEN_AT_ONCE, at() - keepJobs) >= FORGOTTEN_AT_ONCE
    ) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
