/**
 * So many requests of a kind at the same time: further ones wait in a row, for a while.
 *
 * @module
 */

/** Bounds of requests of a kind. */
export interface SlotsOptions {
  /** Most requests at the same time. */
  readonly maximum: number;
  /** Most requests that wait; default eight times as many. */
  readonly maxWaiting?: number;
  /** Milliseconds that a request waits at most; default 30,000. */
  readonly patience?: number;
}

const WAITING_FOR_EACH = 8;
const DEFAULT_PATIENCE = 30_000;

/** Places for requests, in the order in which they come. */
export class RequestSlots {
  readonly #maximum: number;
  readonly #maxWaiting: number;
  readonly #patience: number;
  readonly #row = new Set<() => void>();
  #taken = 0;

  /** All are free. */
  constructor({ maximum, maxWaiting = maximum * WAITING_FOR_EACH, patience = DEFAULT_PATIENCE }: SlotsOptions) {
    this.#maximum = maximum;
    this.#maxWaiting = maxWaiting;
    this.#patience = patience;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.#row.size;
  }

  /**
   * Takes a place: resolves with what gives it back, which may be called more than once; with undefined where too many wait, or
   * after the time for which a request waits, or when `signal` aborts. Never rejects.
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

  /** Resolves with whether a place was handed on. */
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

  /** Hands the place on to who has waited longest. */
  #leave(): void {
    const [next] = this.#row;
    if (next === undefined) this.#taken--;
    else next();
  }
}
