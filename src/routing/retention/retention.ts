/**
 * Local copies that go once they have been delivered.
 *
 * @module
 */

import type { JobFilter, JobQueue } from "../../queue/job_queue.ts";
import type { LaneEvent } from "../lanes/lane_events.ts";

/** What it takes to let instances go. */
export interface RetentionOptions {
  /** Knows what has still to be sent. */
  readonly queue: JobQueue;
  /** Deletes those of the instances for which `mayGo` holds at that very moment. */
  readonly remove: (
    sopInstanceUids: readonly string[],
    mayGo: (sopInstanceUid: string) => Promise<boolean>,
  ) => Promise<unknown>;
  /** Hears of what goes wrong. */
  readonly onError: (error: unknown) => void;
}

/** How long deliveries are collected, and how many go at a time. */
const COLLECTED_FOR = 1_000;
const REMOVED_AT_ONCE = 200;

/**
 * Deletes instances from the archive when every lane has delivered them. One that no route leads anywhere has no jobs and
 * stays; so does one with a job that is held or dead.
 */
export class Retention implements AsyncDisposable {
  readonly #options: RetentionOptions;
  readonly #delivered = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #removing: Promise<void> = Promise.resolve();
  #stopped = false;

  /** Deletes nothing before something is delivered. */
  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** To be called with each event of lanes. */
  readonly observe = (event: LaneEvent): void => {
    if (event.type !== "job-attempted" || event.state !== "delivered") return;
    this.#delivered.add(event.job.sopInstanceUid);
    this.#timer ??= setTimeout(() => this.#run(), COLLECTED_FOR);
  };

  /** Looks at a study again, of which instances count as delivered that were not sent. */
  review(studyInstanceUid: string): void {
    this.#removing = this.#removing.then(() => this.#removeDelivered({ studyInstanceUid })).catch(
      this.#options.onError,
    );
  }

  /** Takes up what was delivered before the last end, and not deleted. Resolves when it has looked at all. */
  start(): void {
    this.#removing = this.#removeDelivered({}).catch(this.#options.onError);
  }

  /** Waits for what is being deleted, and deletes nothing more. */
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
      // After a crash nothing may be sent that is not there any more.
      await queue.sync();
      await remove(uids.slice(first, first + REMOVED_AT_ONCE), async (uid) => !await queue.isWanted(uid));
    }
  }
}
