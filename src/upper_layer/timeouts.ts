/**
 * A deadline for each phase of an association.
 *
 * @module
 */

import type { StallKind } from "../errors.ts";

/** Deadlines in milliseconds; 0 means none. */
export interface Timeouts {
  /**
   * From the open connection to the association, either role. An acceptor has it twice: until the A-ASSOCIATE-RQ has come
   * (the ARTIM timer), and for its `admit` to decide. Default 30,000.
   */
  readonly associate: number;
  /**
   * Longest silence while the peer owes something, or takes nothing of what is sent to it. In the middle of a message or
   * of a write, less than 100 bytes a second is as good as silence. While no operation is under way, an acceptor is owed the
   * next request, and a requestor nothing: so it is the acceptor that aborts an association that lies idle. Default 60,000.
   */
  readonly idle: number;
  /**
   * From a request, or the pending response before, to its response; and the longest silence in that response's data set.
   * Default 60,000.
   */
  readonly response: number;
  /**
   * From A-RELEASE-RQ to A-RELEASE-RP, and for the peer to close when all is said; one that was aborted because a deadline
   * passed has 250 at most, one that was aborted by a signal 1,000. Default 10,000.
   */
  readonly release: number;
}

/** The deadlines that hold where none are given. */
export const DEFAULT_TIMEOUTS: Timeouts = { associate: 30_000, idle: 60_000, response: 60_000, release: 10_000 };

/**
 * Longest wait in milliseconds for a peer to close after an abort for a deadline, which it has let pass already, and after
 * one by a signal, which says that this side has to end.
 */
export const LAST_WAIT = { afterDeadline: 250, afterSignal: 1_000 } as const;

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

/** Bytes a second below which a message makes no progress: no line is as slow as that, only a peer that holds out. */
const LEAST_PROGRESS = 100;

/** What an association looks like at one moment. */
export interface TrafficSample {
  /** Bytes in all, so far. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** What the peer is expected to say: nothing, anything at all, or the rest of what it has begun. */
  readonly owed: "nothing" | "anything" | "progress";
  /** Whether the peer is expected to take what is sent to it. */
  readonly sending: boolean;
}

/**
 * Notices silence, and what is as good as silence: bytes so few that they only keep an association busy. A slow tick looks
 * at the counters, so that reads and writes cost nothing more. Silence is noticed after the limit and at most a quarter of
 * it more; a trickle, which takes one tick more to tell from silence that has just begun, at most half of it more.
 */
export class StallWatch {
  readonly #limit: number;
  readonly #least: number;
  readonly #look: () => TrafficSample;
  readonly #expire: (kind: StallKind) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #before = { bytesReceived: -Infinity, bytesSent: -Infinity };
  #silentTicks = 0;
  #slowTicks = 0;

  /** `look` is asked at every tick; `expire` is told of what kind the stall is. */
  constructor(milliseconds: number, look: () => TrafficSample, expire: (kind: StallKind) => void) {
    this.#limit = milliseconds;
    this.#least = LEAST_PROGRESS * milliseconds / 4000;
    this.#look = look;
    this.#expire = expire;
  }

  start(): void {
    if (this.#limit > 0) this.#timer = setInterval(() => this.#tick(), this.#limit / 4);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = this.#look();
    const came = now.bytesReceived - this.#before.bytesReceived;
    const went = now.bytesSent - this.#before.bytesSent;
    this.#before = now;
    const silent = (now.sending || now.owed !== "nothing") && came + went === 0;
    const slow = (now.sending && went < this.#least) || (now.owed === "progress" && came < this.#least);
    this.#silentTicks = silent ? this.#silentTicks + 1 : 0;
    this.#slowTicks = slow ? this.#slowTicks + 1 : 0;
    const untaken = now.sending && went < this.#least;
    if (this.#silentTicks >= 4) this.#expire(untaken ? "nothing was taken" : "nothing came");
    else if (this.#slowTicks >= 5) this.#expire(untaken ? "too little was taken" : "too little came");
  }
}
