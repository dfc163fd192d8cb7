/**
 * So many bytes, taken and given back.
 *
 * @module
 */

import { LimitError } from "../errors.ts";

/** How long nothing may be read of what takes the room before whoever waits for some gives up, in milliseconds. */
const LONGEST_STANDSTILL = 60_000;

/** Room for bytes. Who finds none waits as long as others come further. */
export class Room {
  /** Bytes that are taken. */
  taken = 0;
  readonly #maximum: number;
  readonly #evict: () => boolean;
  /** What is being given back. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #waiting = new Set<() => void>();

  /** Room for `maximum` bytes; `evict` begins to give some back, and says whether there were any. */
  constructor(maximum: number, evict: () => boolean) {
    this.#maximum = maximum;
    this.#evict = evict;
  }

  /** Takes some. Throws LimitError `maxSize` when nothing moves any more, and the signal's reason. */
  async take(length: number, signal: AbortSignal): Promise<void> {
    while (this.taken + length > this.#maximum) {
      signal.throwIfAborted();
      // What leaves already may be enough.
      if (this.#leaving.size > 0 || this.#evict()) await Promise.race(this.#leaving);
      else await this.#standstill(signal);
    }
    this.taken += length;
  }

  /** Gives some back. */
  give(length: number): void {
    this.taken -= length;
    this.progress();
  }

  /** Gives some back when something has ended, which never rejects. */
  giveAfter(ended: Promise<void>, length: number): void {
    const leaving: Promise<void> = ended.then(() => {
      this.#leaving.delete(leaving);
      this.give(length);
    });
    this.#leaving.add(leaving);
  }

  /** Something was read, or left. */
  progress(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when all that leaves has left. */
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
