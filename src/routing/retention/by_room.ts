/**
 * Local copies that stay while there is room for them.
 *
 * @module
 */

import { type Repeated, repeated } from "../../scheduling/repeated.ts";
import type { RetentionOptions } from "./retention.ts";

/** What it takes. */
export interface RetentionByRoomOptions extends RetentionOptions {
  /** Room that is left, in bytes; undefined when nobody knows. */
  readonly room: () => number | undefined;
  /** Room that there has to be, in bytes. */
  readonly wanted: number;
  /** Whether an instance is in the archive. */
  readonly has: (sopInstanceUid: string) => Promise<boolean>;
}

/** How often the room is looked at, in milliseconds. */
const LOOK_EVERY = 10_000;

/** Instances that go before the room is looked at again. */
const REMOVED_AT_ONCE = 50;

/**
 * Deletes the oldest instances that have reached every destination, when less than the wanted room is left, until it is there.
 * One that no route leads anywhere stays, and so does one with a job that is not delivered. For that the queue remembers what
 * was delivered as long as the archive has it.
 */
export class RetentionByRoom implements AsyncDisposable {
  readonly #options: RetentionByRoomOptions;
  readonly #looks: Repeated;

  /** Deletes nothing before it is started. */
  constructor(options: RetentionByRoomOptions) {
    this.#options = options;
    this.#looks = repeated((signal) => this.#makeRoom(signal), { every: LOOK_EVERY, onError: options.onError });
  }

  /** Looks at once, and every ten seconds. */
  start(): void {
    void this.#looks.start();
  }

  /** Waits for what is being deleted, and deletes nothing more. */
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
      // After a crash nothing may be sent that is not there any more.
      await queue.sync();
      await remove(uids, async (uid) => !await queue.isWanted(uid));
      for (const uid of uids) if (!await has(uid)) await queue.forgetInstance(uid);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
