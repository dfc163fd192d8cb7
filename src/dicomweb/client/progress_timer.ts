/**
 * A deadline for a request that has to make progress again and again.
 *
 * @module
 */

import { DeadlineError } from "../../errors.ts";

/** Aborts a request that makes no progress. */
export class ProgressTimer {
  readonly #milliseconds: number;
  readonly #outer: AbortSignal | undefined;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** Runs from the first `extend()` on. Its signal also aborts with `outer`. */
  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.#milliseconds = milliseconds;
    this.#outer = outer;
    if (outer?.aborted) this.#follow();
    else outer?.addEventListener("abort", this.#follow);
  }

  /** Aborted with `DeadlineError` when the time is over, and when the request has to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The request made progress: the time starts again. */
  extend(): void {
    this.pause();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#abort.abort(new DeadlineError("response", this.#milliseconds));
    }, this.#milliseconds);
  }

  /** Stops the time while the client does not wait for the server. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** Ends the time with the request. */
  stop(): void {
    this.#stopped = true;
    this.pause();
    this.#outer?.removeEventListener("abort", this.#follow);
  }

  readonly #follow = () => this.#abort.abort(this.#outer?.reason);
}
