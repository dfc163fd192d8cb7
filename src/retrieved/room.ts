/**
 * A number of bytes that callers take and give back.
 *
 * @module
 */

import { LimitError } from "../errors.ts";

/** How long readers may read nothing before a caller that waits for room gives up, in milliseconds. */
const LONGEST_STANDSTILL = 60_000;

/** Room for bytes. A caller that finds none waits as long as other readers make progress. */
export class Room {
  /** Bytes that are taken. */
  taken = 0;
  readonly #maximum: number;
  readonly #evict: () => boolean;
  /** Bytes that are on their way back. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #waiting = new Set<() => void>();

  /** Room for `maximum` bytes; `evict` begins to give some back, and returns whether there were any. */
  constructor(maximum: number, evict: () => boolean) {
    this.#maximum = maximum;
    this.#evict = evict;
  }

  /** Takes some bytes. Throws LimitError `maxSize` when no reader makes progress any more, and the signal's reason. */
  async take(length: number, signal: AbortSignal): Promise<void> {
    while (this.taken + length > this.#maximum) {
      signal.throwIfAborted();
      // The bytes that are on their way back may be enough.
      if (this.#leaving.size > 0 || this.#evict()) await Promise.race(this.#leaving);
      else await this.#standstill(signal);
    }
    this.taken += length;
  }

  /** Gives some bytes back. */
  give(length: number): void {
    this.taken -= length;
    this.progress();
  }

  /** Gives some bytes back when `ended` has resolved, which never rejects. */
  giveAfter(ended: Promise<void>, length: number): void {
    const leaving: Promise<void> = ended.then(() => {
      this.#leaving.delete(leaving);
      this.give(length);
    });
    this.#leaving.add(leaving);
  }

  /** Says that a reader has read something, or left. */
  progress(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when all bytes that are on their way back have arrived. */
  async idle(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  async #standstill(signal: AbortSignal): Promise<void> {
    let stop = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        const giveUp = () => {
          const maximum = this.#maximum;
          const message = `Cannot hold an instance: others use all of the ${maximum} bytes that there are`;
          reject(new LimitError(message, { limit: "maxSize", maximum }));
        };
        const abort = () => reject(signal.reason);
        const timer = setTimeout(giveUp, LONGEST_STANDSTILL);
        this.#waiting.add(resolve);
        signal.addEventListener("abort", abort);
        stop = () => {
          clearTimeout(timer);
          this.#waiting.delete(resolve);
          signal.removeEventListener("abort", abort);
        };
      });
    } finally {
      stop();
    }
  }
}
