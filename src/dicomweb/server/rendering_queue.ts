/**
 * A queue for decoding and rendering frames: a few run at a time, and the others wait in turn. So the use of processor and
 * memory is bounded, however many clients send requests.
 *
 * @module
 */

import { RequestProblem } from "./request_problem.ts";

/** Most requests that wait; further ones are refused. */
const MAXIMUM_WAITING = 256;
/** Seconds after which a refused client may try again. */
const RETRY_AFTER = "2";

/** A queue with an end. */
export class RenderingQueue {
  readonly #atOnce: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  /** Lets `atOnce` tasks run at the same time. */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Does work when its turn comes. Rejects with the reason of the signal, and with `RequestProblem` if too many requests wait
   * already; with `isBegun` the answer has begun, and waits all the same.
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
