/**
 * A deadline for each phase of an association.
 *
 * @module
 */

/** Deadlines in milliseconds; 0 means none. */
export interface Timeouts {
  /** From the open connection to the association, either role (for an acceptor: the ARTIM timer). Default 30,000. */
  readonly associate: number;
  /** Longest silence while the peer owes something, or takes nothing of what is sent to it. Default 60,000. */
  readonly idle: number;
  /** From a request, or the pending response before, to its response. Default 60,000. */
  readonly response: number;
  /** From A-RELEASE-RQ to A-RELEASE-RP, and for the peer to close when all is said. Default 10,000. */
  readonly release: number;
}

/** The deadlines that hold where none are given. */
export const DEFAULT_TIMEOUTS: Timeouts = { associate: 30_000, idle: 60_000, response: 60_000, release: 10_000 };

/** A one-shot timer that is started, restarted and stopped, and for which 0 means never. */
export class Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;

  start(milliseconds: number, expire: () => void): void {
    this.stop();
    if (milliseconds > 0) this.#handle = setTimeout(expire, milliseconds);
  }

  stop(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }
}

/**
 * Notices silence. Asking the clock at every read would cost more than the read's other book-keeping, so activity only
 * leaves a mark, and a slow tick looks at the marks: silence is noticed after the limit and at most a quarter of it more.
 */
export class SilenceWatch {
  readonly #limit: number;
  readonly #owed: () => boolean;
  readonly #expire: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #active = true;
  #silentTicks = 0;

  /** `owed` tells whether the peer is expected to say something now; silence counts only while it is. */
  constructor(milliseconds: number, owed: () => boolean, expire: () => void) {
    this.#limit = milliseconds;
    this.#owed = owed;
    this.#expire = expire;
  }

  start(): void {
    if (this.#limit > 0) this.#timer = setInterval(() => this.#tick(), this.#limit / 4);
  }

  /** Something came. */
  mark(): void {
    this.#active = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#silentTicks = this.#active || !this.#owed() ? 0 : this.#silentTicks + 1;
    this.#active = false;
    if (this.#silentTicks >= 4) this.#expire();
  }
}
