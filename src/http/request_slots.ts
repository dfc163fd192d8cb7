/**
 * Limits how many requests of a kind run at the same time: further ones wait in a row, for a while.
 *
 * @module
 */

/** Bounds on requests of a kind. */
export interface SlotsOptions {
  /** Most requests at the same time. */
  readonly maximum: number;
  /** Most requests that wait; default eight times as many. */
  readonly maxWaiting?: number;
  /** Longest wait of a request, in milliseconds; default 30,000. */
  readonly patience?: number;
}

const WAITING_FOR_EACH = 8;
const DEFAULT_PATIENCE = 30_000;

/** Places for requests, given in order of arrival. */
export class RequestSlots {
  readonly #maximum: number;
  readonly #maxWaiting: number;
  readonly #patience: number;
  readonly #row = new Set<() => void>();
  #taken = 0;

  /** All places are free at first. */
  constructor({ maximum, maxWaiting = maximum * WAITING_FOR_EACH, patience = DEFAULT_PATIENCE }: SlotsOptions) {
    this.#maximum = maximum;
    this.#maxWaiting = maxWaiting;
    this.#patience = patience;
  }

  /** How many places are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.#row.size;
  }

  /**
   * Takes a place. Resolves with a function that gives it back, which may be called more than once; with undefined when too
   * many requests wait already, when this one has waited for its longest time, or when `signal` aborts. Never rejects.
   */
  async enter(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (this.#taken < this.#maximum) this.#taken++;
    else if (signal.aborted || this.#row.size >= this.#maxWaiting || !await this.#wait(signal)) return undefined;
    let isTaken = true;
    return () => {
      if (isTaken) this.#leave();
      isTaken = false;
    };
  }

  /** Resolves with whether the request got a place. */
  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (hasPlace: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        this.#row.delete(next);
        resolve(hasPlace);
      };
      const next = () => end(true);
      const giveUp = () => end(false);
      const timer = setTimeout(giveUp, this.#patience);
      signal.addEventListener("abort", giveUp);
      this.#row.add(next);
    });
  }

  /** Hands the place to the request that has waited longest. */
  #leave(): void {
    const [next] = this.#row;
    if (next === undefined) this.#taken--;
    else next();
  }
}
