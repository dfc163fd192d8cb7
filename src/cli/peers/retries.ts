/**
 * How often, and how soon, something is tried again.
 *
 * @module
 */

/** Milliseconds before the first try after one without progress, and the most before any. */
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** Counts tries in a row that got nothing done; each is waited for twice as long as the one before. */
export class Retries {
  readonly #maximum: number;
  #inARow = 0;

  /** `maximum`: how often to try again after a try without progress. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Tries in a row without progress so far. */
  get inARow(): number {
    return this.#inARow;
  }

  /** Something got done: the count begins anew. */
  progressed(): void {
    this.#inARow = 0;
  }

  /** Nothing got done. Returns the milliseconds to wait for before the next try; undefined when there have been enough. */
  failed(): number | undefined {
    if (++this.#inARow > this.#maximum) return undefined;
    return Math.min(SHORTEST_PAUSE * 2 ** (this.#inARow - 1), LONGEST_PAUSE);
  }
}
