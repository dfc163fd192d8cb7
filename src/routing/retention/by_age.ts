/**
 * Deletes local copies after a time.
 *
 * @module
 */

import type { IndexedInstance } from "../../index/instance_index.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import { type Repeated, repeated } from "../../scheduling/repeated.ts";
import type { RetentionOptions } from "./retention.ts";
import { agingClock } from "../steady_clock.ts";

/** What retention by age needs. */
export interface RetentionByAgeOptions extends RetentionOptions {
  /** All instances. */
  readonly list: () => AsyncIterable<Pick<IndexedInstance, "sopInstanceUid" | "receivedAt">>;
  /** How long they stay, in milliseconds. */
  readonly age: number;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
  /** Milliseconds by a clock that never jumps. Default: `performance.now`. */
  readonly monotonic?: () => number;
}

/** How often retention looks at all instances, in milliseconds. */
const LOOK_EVERY = 3_600_000;

/** Instances that are looked at, and removed, in one go, so that other work gets its turn in between. */
const LOOKED_AT_AT_ONCE = 1_000;
const REMOVED_AT_ONCE = 100;

/** Most jobs of one instance that are read: an instance has at most one job for each destination. */
const MOST_JOBS = 1_000;

/**
 * Deletes an instance `age` milliseconds after its last destination got it or, where no route leads it anywhere, after it came.
 * An instance with an undelivered job stays.
 */
export class RetentionByAge implements AsyncDisposable {
  readonly #options: RetentionByAgeOptions;
  /** A clock that jumps forth makes nothing old. */
  readonly #now: () => number;
  readonly #looks: Repeated;

  /** Deletes nothing before `start()`. */
  constructor(options: RetentionByAgeOptions) {
    const { now = Date.now, monotonic } = options;
    this.#options = options;
    this.#now = agingClock({ now, monotonic });
    this.#looks = repeated((signal) => this.#lookAtAll(signal), { every: LOOK_EVERY, onError: options.onError });
  }

  /** Looks at once, and every hour. */
  start(): void {
    void this.#looks.start();
  }

  /** Waits for the deletion that is under way, and deletes nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks.stop();
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const { list, age } = this.#options;
    const old: string[] = [];
    let looked = 0;
    for await (const { sopInstanceUid, receivedAt } of list()) {
      if (signal.aborted) return;
      if (receivedAt + age <= this.#now()) old.push(sopInstanceUid);
      if (old.length >= REMOVED_AT_ONCE) await this.#remove(old.splice(0));
      if (++looked % LOOKED_AT_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (old.length > 0 && !signal.aborted) await this.#remove(old);
  }

  async #remove(uids: readonly string[]): Promise<void> {
    const { queue, remove } = this.#options;
    // After a crash the queue must not send an instance that is already deleted.
    await queue.sync();
    await remove(uids, (uid) => this.#mayGo(queue, uid));
  }

  async #mayGo(queue: JobQueue, sopInstanceUid: string): Promise<boolean> {
    const { age } = this.#options;
    const jobs = await queue.jobs({ sopInstanceUid }, { limit: MOST_JOBS });
    return jobs.every(({ state, settledAt }) => state === "delivered" && settledAt + age <= this.#now());
  }
}
