/**
 * A deadline for a request that has to come further again and again.
 *
 * @module
 */

import { DeadlineError } from "../../errors.ts";

/** Aborts a request that comes no further. */
export class ProgressTimer {
  readonly #milliseconds: number;
  readonly #outer: AbortSignal | undefined;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** Runs from the first `extend()` on; it is aborted with `outer` as well. */
  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.#milliseconds = milliseconds;
    this.#outer = outer;
    if (outer?.aborted) this.#follow();
    else outer?.addEventListener("abort", this.#follow);
  }

  /** Aborted when the time is over, with `DeadlineError`, and when the request has to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The request came further. */
  extend(): void {
    this.pause();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#abort.abort(new DeadlineError("response", this.#milliseconds));
    }, this.#milliseconds);
  }

  /** Nobody waits for the server at the moment. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** The request is over. */
  stop(): void {
    this.#stopped = true;
    this.pause();
    this.#outer?.removeEventListener("abort", this.#follow);
  }

  readonly #follow = () => this.#abort.abort(this.#outer?.reason);
}
