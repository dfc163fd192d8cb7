/**
 * A deadline for work that has to come further again and again.
 *
 * @module
 */

import { DeadlineError } from "../errors.ts";
import { Timer } from "../upper_layer/timeouts.ts";

/** Longest time in which a sub-operation comes no further where nobody says otherwise, in milliseconds. */
export const DEFAULT_SUB_OPERATION_TIMEOUT = 60_000;

/** Aborts what comes no further; to be stopped when the work is done. */
export class ProgressDeadline {
  readonly #timer = new Timer();
  readonly #milliseconds: number;
  readonly #outer: AbortSignal;
  readonly #abort = new AbortController();

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

  /** The work came further. */
  extend(): void {
    const milliseconds = this.#milliseconds;
    this.#timer.start(milliseconds, () => this.#abort.abort(new DeadlineError("response", milliseconds)));
  }

  /** The work is done. */
  stop(): void {
    this.#timer.stop();
    this.#outer.removeEventListener("abort", this.#follow);
  }

  readonly #follow = () => this.#abort.abort(this.#outer.reason);
}
