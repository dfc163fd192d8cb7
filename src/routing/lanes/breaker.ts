/**
 * The circuit breaker of a lane.
 *
 * @module
 */

/** State of a breaker: `closed` lets everything through, `open` only a probe now and then. */
export type BreakerState = "closed" | "open";

/** How a breaker works. Times in milliseconds. */
export interface BreakerOptions {
  /** The first pause at most. Default: 1,000. */
  readonly shortest?: number;
  /** The longest pause. Default: 300,000. */
  readonly longest?: number;
  /** How many suspect outcomes in a row open the breaker. Default: 5. */
  readonly suspects?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** More than any pause is, also those that a server asks for, in milliseconds. */
const LONGEST_WAIT = 3_600_000;

/** Opens when a destination fails, and says when it may be probed: after pauses that grow, and differ by chance. */
export class Breaker {
  readonly #shortest: number;
  readonly #longest: number;
  readonly #suspectsAtMost: number;
  readonly #now: () => number;
  readonly #random: () => number;
  #failures = 0;
  #suspects = 0;
  #openedAt: number | undefined;
  #probeAt = 0;
  #why = "";

  constructor({ shortest = 1_000, longest = 300_000, suspects = 5, now, random = Math.random }: BreakerOptions) {
    this.#shortest = shortest;
    this.#longest = longest;
    this.#suspectsAtMost = suspects;
    this.#now = now;
    this.#random = random;
  }

  /** Its state. */
  get state(): BreakerState {
    return this.#openedAt === undefined ? "closed" : "open";
  }

  /** Since when it is open. */
  get openedAt(): number | undefined {
    return this.#openedAt;
  }

  /** When the next probe may go out, while the breaker is open. */
  get probeAt(): number {
    return this.#probeAt;
  }

  /** Milliseconds until the next probe may go out, 0 for at once. A clock that was set back far does not delay the probe. */
  get untilProbe(): number {
    const wait = this.#probeAt - this.#now();
    return wait > LONGEST_WAIT ? 0 : Math.max(0, wait);
  }

  /** Why it is open. */
  get why(): string {
    return this.#why;
  }

  /** The destination took an instance: pauses begin short again. Answers whether the breaker was open. */
  works(): boolean {
    this.#failures = 0;
    this.#suspects = 0;
    return this.#close();
  }

  /** A probe succeeded. If the next instance fails as well, the pauses go on growing. Answers whether the breaker was open. */
  probed(): boolean {
    this.#suspects = 0;
    return this.#close();
  }

  /** The destination failed. Answers whether the breaker was closed. */
  fails(why: string, { forLong = false, retryAfter = 0 } = {}): boolean {
    const wasClosed = this.#openedAt === undefined;
    // An instance that fails while the breaker is open, and is no probe, was sent before it opened: it tells nothing new.
    if (!wasClosed && this.#now() < this.#probeAt) return false;
    this.#openedAt ??= this.#now();
    this.#why = why;
    const pause = forLong ? this.#longest : Math.min(this.#longest, this.#shortest * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    // At least half the pause: probes must not flood a destination that is down.
    this.#probeAt = this.#now() + Math.max(retryAfter, pause / 2 + this.#random() * pause / 2);
    return wasClosed;
  }

  /** An instance was refused in a way that may be the destination's fault. Answers whether that opened the breaker. */
  suspect(why: string, { retryAfter = 0 } = {}): boolean {
    if (this.#openedAt !== undefined || ++this.#suspects < this.#suspectsAtMost) return false;
    return this.fails(why, { retryAfter });
  }

  #close(): boolean {
    const wasOpen = this.#openedAt !== undefined;
    this.#openedAt = undefined;
    this.#why = "";
    return wasOpen;
  }
}
