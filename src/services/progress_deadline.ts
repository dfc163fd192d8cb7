/**
 * A deadline for work that has to come further again and again.
 *
 * @module
 */

import { DeadlineError } from "../errors.ts";
import { Timer } from "../upper_layer/timeouts.ts";

/** Longest time without progress of a sub-operation, by default, in milliseconds. */
export const DEFAULT_SUB_OPERATION_TIMEOUT = 60_000;

/** Aborts what comes no further; to be stopped when the work is done. */
export class ProgressDeadline {
  readonly #timer = new Timer();
  readonly #milliseconds: number;
  readonly #outer: AbortSignal;
  readonly #abort = new AbortController();
  /** When the time is over, by `performance.now()`; undefined while nothing runs. */
  #end: number | undefined;

  /** Runs from the first `extend()` on. It is aborted with `outer` as well. */
  constructor(milliseconds: number, outer: AbortSignal) {
    this.#milliseconds = milliseconds;
    this.#outer = outer;
    if (outer.aborted) this.#follow();
    else outer.addEventListener("abort", this.#follow);
  }

  /** Aborted when the time is over, with `DeadlineError`, and when the work has to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The work came further. It does so for each piece of an instance: the timer that runs looks itself how long it has to. */
  extend(): void {
    const isRunning = this.#end !== undefined;
    this.#end = performance.now() + this.#milliseconds;
    if (!isRunning) this.#wait(this.#milliseconds);
  }

  /** The work is done. */
  stop(): void {
    this.#timer.stop();
    this.#end = undefined;
    this.#outer.removeEventListener("abort", this.#follow);
  }

  #wait(milliseconds: number): void {
    this.#timer.start(milliseconds, () => {
      const left = (this.#end ?? 0) - performance.now();
      if (left >= 1) return this.#wait(left);
      this.#end = undefined;
      this.#abort.abort(new DeadlineError("response", this.#milliseconds));
    });
  }

  readonly #follow = () => this.#abort.abort(this.#outer.reason);
}
