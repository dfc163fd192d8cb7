/**
 * Deletes local copies once they have been delivered.
 *
 * @module
 */

import type { JobFilter, JobQueue } from "../../queue/job_queue.ts";
import type { LaneEvent } from "../lanes/lane_events.ts";

/** What retention needs. */
export interface RetentionOptions {
  /** The queue, which knows what is still to be sent. */
  readonly queue: JobQueue;
  /** Deletes those of the instances for which `mayGo` holds at the moment of the deletion. */
  readonly remove: (
    sopInstanceUids: readonly string[],
    mayGo: (sopInstanceUid: string) => Promise<boolean>,
  ) => Promise<unknown>;
  /** Called with each error. */
  readonly onError: (error: unknown) => void;
}

/** How long deliveries are collected, in milliseconds, and how many instances are deleted at a time. */
const COLLECTED_FOR = 1_000;
const REMOVED_AT_ONCE = 200;

/**
 * Deletes an instance from the archive when every lane has delivered it. An instance that no route leads anywhere has no jobs
 * and stays; so does one with a job that is held or dead.
 */
export class Retention implements AsyncDisposable {
  readonly #options: RetentionOptions;
  readonly #delivered = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #removing: Promise<void> = Promise.resolve();
  #stopped = false;

  /** Deletes nothing before a lane delivers an instance. */
  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Call it with each event of lanes. */
  readonly observe = (event: LaneEvent): void => {
    if (event.type !== "job-attempted" || event.state !== "delivered") return;
    this.#delivered.add(event.job.sopInstanceUid);
    this.#timer ??= setTimeout(() => this.#run(), COLLECTED_FOR);
  };

  /** Looks again at a study with instances that count as delivered without having been sent. */
  review(studyInstanceUid: string): void {
    this.#removing = this.#removing.then(() => this.#removeDelivered({ studyInstanceUid })).catch(
      this.#options.onError,
    );
  }

  /** Takes up instances that an earlier process delivered and did not delete. */
  start(): void {
    this.#removing = this.#removeDelivered({}).catch(this.#options.onError);
  }

  /** Waits for the deletion that is under way, and deletes nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#removing;
  }

  #run(): void {
    this.#timer = undefined;
    const uids = [...this.#delivered];
    this.#delivered.clear();
    this.#removing = this.#removing.then(() => this.#remove(uids)).catch(this.#options.onError);
  }

  async #removeDelivered(filter: JobFilter): Promise<void> {
    const delivered: JobFilter = { ...filter, states: ["delivered"] };
    for (let after = 0; !this.#stopped;) {
      const jobs = await this.#options.queue.jobs(delivered, { after, limit: REMOVED_AT_ONCE });
      await this.#remove(jobs.map(({ sopInstanceUid }) => sopInstanceUid));
      if (jobs.length < REMOVED_AT_ONCE) return;
      after = jobs.at(-1)!.id;
    }
  }

  async #remove(uids: readonly string[]): Promise<void> {
    const { queue, remove } = this.#options;
    for (let first = 0; first < uids.length && !this.#stopped; first += REMOVED_AT_ONCE) {
      // After a crash the queue must not send an instance that is already deleted.
      await queue.sync();
      await remove(uids.slice(first, first + REMOVED_AT_ONCE), async (uid) => !await queue.isWanted(uid));
    }
  }
}
