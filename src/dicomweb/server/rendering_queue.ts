/**
 * Who may decode or render a frame: a few at a time, and the others wait in turn. What it takes of processor and memory is
 * bounded, however many clients ask.
 *
 * @module
 */

import { RequestProblem } from "./request_problem.ts";

/** Requests that wait, beyond which others are sent away. */
const MAXIMUM_WAITING = 256;
/** Seconds after which they may try again. */
const RETRY_AFTER = "2";

/** A queue with an end. */
export class RenderingQueue {
  readonly #atOnce: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  /** Lets `atOnce` work at the same time. */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Does work when its turn comes. Rejects with the reason of the signal, and with `RequestProblem` where too many wait already;
   * `isBegun` says that the answer has begun, so that it waits all the same.
   */
  async run<Result>(
    work: () => Promise<Result>,
    { signal, isBegun = false }: { readonly signal: AbortSignal; readonly isBegun?: boolean },
  ): Promise<Result> {
    signal.throwIfAborted();
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#wait(signal, isBegun);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** Resolves when a place is handed over. */
  async #wait(signal: AbortSignal, isBegun: boolean): Promise<void> {
    if (this.#waiting.size >= MAXIMUM_WAITING && !isBegun) {
      throw new RequestProblem("TooManyRenderings", `${MAXIMUM_WAITING} other requests wait for frames already`, {
        "Retry-After": RETRY_AFTER,
      });
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(begin);
        signal.removeEventListener("abort", abort);
      };
      const begin = () => {
        leave();
        resolve();
      };
      const abort = () => {
        leave();
        reject(signal.reason);
      };
      this.#waiting.add(begin);
      signal.addEventListener("abort", abort);
    });
  }
}
