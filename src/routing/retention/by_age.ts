/**
 * Local copies that go after a time.
 *
 * @module
 */

import type { IndexedInstance } from "../../index/instance_index.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import { type Repeated, repeated } from "../../scheduling/repeated.ts";
import type { RetentionOptions } from "./retention.ts";
import { agingClock } from "../steady_clock.ts";

/** What it takes. */
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

/** How often all instances are looked at, in milliseconds. */
const LOOK_EVERY = 3_600_000;

/** Instances that are looked at in one go, and removed, with others in between. */
const LOOKED_AT_AT_ONCE = 1_000;
const REMOVED_AT_ONCE = 100;

/** Jobs of one instance: there are no more than destinations. */
const MOST_JOBS = 1_000;

/**
 * Deletes instances so long after the last destination has got them or, where no route leads them anywhere, after they came. One
 * with a job that is not delivered stays.
 */
export class RetentionByAge implements AsyncDisposable {
  readonly #options: RetentionByAgeOptions;
  /** A clock that jumps forth makes nothing old. */
  readonly #now: () => number;
  readonly #looks: Repeated;

  /** Deletes nothing before it is started. */
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

  /** Waits for what is being deleted, and deletes nothing more. */
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
    // After a crash nothing may be sent that is not there any more.
    await queue.sync();
    await remove(uids, (uid) => this.#mayGo(queue, uid));
  }

  async #mayGo(queue: JobQueue, sopInstanceUid: string): Promise<boolean> {
    const { age } = this.#options;
    const jobs = await queue.jobs({ sopInstanceUid }, { limit: MOST_JOBS });
    return jobs.every(({ state, settledAt }) => state === "delivered" && settledAt + age <= this.#now());
  }
}
