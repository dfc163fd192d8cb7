/**
 * How often something happens.
 *
 * @module
 */

/** Milliseconds over which an event counts for less and less. */
const MEMORY = 60_000;

/** Counts events, and forgets old ones. */
export class Pulse {
  readonly #now: () => number;
  #amount = 0;
  #at = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Something happened. */
  beat(): void {
    this.#amount = this.#faded() + 1;
    this.#at = this.#now();
  }

  /** How often it happens in a second. */
  rate(): number {
    return this.#faded() / (MEMORY / 1_000);
  }

  #faded(): number {
    return this.#amount * Math.exp(-Math.max(0, this.#now() - this.#at) / MEMORY);
  }
}
