/**
 * Keeps local copies while the disk has room for them.
 *
 * @module
 */

import { type Repeated, repeated } from "../../scheduling/repeated.ts";
import type { RetentionOptions } from "./retention.ts";

/** What retention by room needs. */
export interface RetentionByRoomOptions extends RetentionOptions {
  /** Room that is left, in bytes; undefined where the system can't tell. */
  readonly room: () => number | undefined;
  /** Room that has to stay free, in bytes. */
  readonly wanted: number;
  /** Whether an instance is in the archive. */
  readonly has: (sopInstanceUid: string) => Promise<boolean>;
}

/** How often retention looks at the room, in milliseconds. */
const LOOK_EVERY = 10_000;

/** Instances that are deleted before retention looks at the room again. */
const REMOVED_AT_ONCE = 50;

/**
 * When less than the wanted room is left, deletes the oldest instances that have reached every destination, until the room is
 * free. An instance that no route leads anywhere stays, and so does one with an undelivered job. For this the queue remembers
 * delivered jobs as long as the archive has their instances.
 */
export class RetentionByRoom implements AsyncDisposable {
  readonly #options: RetentionByRoomOptions;
  readonly #looks: Repeated;

  /** Deletes nothing before `start()`. */
  constructor(options: RetentionByRoomOptions) {
    this.#options = options;
    this.#looks = repeated((signal) => this.#makeRoom(signal), { every: LOOK_EVERY, onError: options.onError });
  }

  /** Looks at once, and every ten seconds. */
  start(): void {
    void this.#looks.start();
  }

  /** Waits for the deletion that is under way, and deletes nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks.stop();
  }

  get #isShort(): boolean {
    const { room, wanted } = this.#options;
    return (room() ?? Infinity) < wanted;
  }

  async #makeRoom(signal: AbortSignal): Promise<void> {
    const { queue, remove, has } = this.#options;
    for (let after = 0; this.#isShort && !signal.aborted;) {
      const jobs = await queue.jobs({ states: ["delivered"] }, { after, limit: REMOVED_AT_ONCE });
      if (jobs.length === 0) return;
      after = jobs.at(-1)!.id;
      const uids = [...new Set(jobs.map(({ sopInstanceUid }) => sopInstanceUid))];
      // After a crash the queue must not send an instance that is already deleted.
      await queue.sync();
      await remove(uids, async (uid) => !await queue.isWanted(uid));
      for (const uid of uids) if (!await has(uid)) await queue.forgetInstance(uid);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
