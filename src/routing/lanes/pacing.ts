/**
 * How fast a lane may send.
 *
 * @module
 */

/** Bounds of a lane. */
export interface PaceOptions {
  /** Instances a second; 0 for no bound. */
  readonly rate: number;
  /** Bytes a second; 0 for no bound. */
  readonly bandwidth: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Spends time on instances and bytes. A lane may catch up on as much as a second of unused time at once. */
export class Pace {
  readonly #options: PaceOptions;
  /** When all that was sent until now has been paid for. */
  #paidAt = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Counts an instance. Answers how many milliseconds it has to wait. */
  take(bytes: number): number {
    const { rate, bandwidth, now } = this.#options;
    const cost = Math.max(rate === 0 ? 0 : 1_000 / rate, bandwidth === 0 ? 0 : 1_000 * bytes / bandwidth);
    if (cost === 0) return 0;
    // A clock that was set back must not stop the lane until it has caught up.
    const earliest = now() - CREDIT;
    const latest = now() + LONGEST_DEBT;
    this.#paidAt = Math.min(Math.max(this.#paidAt, earliest), latest);
    const wait = this.#paidAt - now();
    this.#paidAt += cost;
    return Math.max(0, wait);
  }
}

/** Milliseconds that may be saved up. */
const CREDIT = 1_000;

/** Milliseconds that an instance waits at most for those before it, however large they were. */
const LONGEST_DEBT = 3_600_000;
