/**
 * What a lane knows about the state of its destination, and how it finds out.
 *
 * @module
 */

import type { AttemptResult } from "./attempt.ts";
import { orAborted } from "./abortable.ts";
import { Breaker } from "./breaker.ts";
import type { Destination } from "../destinations/destination.ts";
import type { LaneEvent } from "./lane_events.ts";
import { OUTCOMES } from "../destinations/outcomes.ts";

/** What the breaker of a lane needs. */
export interface LaneBreakerOptions {
  readonly name: string;
  readonly destination: Destination;
  /** The longest time that a probe may take, in milliseconds. */
  readonly timeout: number;
  readonly onEvent: (event: LaneEvent) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** A breaker that learns from outcomes, and probes the destination. */
export class LaneBreaker {
  readonly #options: LaneBreakerOptions;
  readonly #breaker: Breaker;
  #probing: Promise<void> | undefined;
  #proven = false;

  constructor(options: LaneBreakerOptions) {
    this.#options = options;
    this.#breaker = new Breaker(options);
  }

  /** Its state, since when and why it is open, and when the next probe goes out. */
  get state(): Pick<Breaker, "openedAt" | "probeAt" | "state" | "untilProbe" | "why"> {
    return this.#breaker;
  }

  /** Whether the lane may send instances. */
  get isClosed(): boolean {
    return this.#breaker.state === "closed";
  }

  /** Whether a probe succeeded, and no instance has been delivered since. */
  get isProven(): boolean {
    return this.#proven;
  }

  /** Learns about the destination from the outcomes of one attempt: each kind counts once, however many instances had it. */
  learn(results: readonly AttemptResult[]): void {
    const kinds = new Map(results.map((result) => [OUTCOMES[result.class].lane, result]));
    const works = kinds.get("works");
    if (works !== undefined) this.#learn(works);
    // Failures came last.
    for (const [kind, result] of kinds) if (kind !== "works") this.#learn(result);
  }

  #learn({ class: outcome, error, status, retryAfter }: AttemptResult): void {
    const { openedAt } = this.#breaker;
    const why = error || `The destination answered ${status}`;
    switch (OUTCOMES[outcome].lane) {
      case "works":
        this.#proven = false;
        if (this.#breaker.works()) this.#closed(openedAt);
        return;
      case "opens":
        return this.#failed(this.#breaker.fails(why, { retryAfter }), why, false);
      case "opens-for-long":
        return this.#failed(this.#breaker.fails(why, { forLong: true, retryAfter }), why, true);
      case "suspect":
        // The words of a destination about an instance may name a patient, and alerts go anywhere.
        return this.#failed(this.#breaker.suspect(why, { retryAfter }), notForNow(status), false);
    }
  }

  /** Probes the destination, with one probe at a time. Never rejects. */
  probe(signal: AbortSignal): Promise<void> {
    return this.#probing ??= this.#probe(signal).finally(() => this.#probing = undefined);
  }

  async #probe(outer: AbortSignal): Promise<void> {
    const { destination, timeout } = this.#options;
    const { openedAt } = this.#breaker;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`Cannot probe: no answer within ${timeout} ms`)), timeout);
    const signal = AbortSignal.any([late.signal, outer]);
    try {
      await orAborted(destination.probe?.({ signal }) ?? Promise.resolve(), signal);
      this.#proven = true;
      if (this.#breaker.probed()) this.#closed(openedAt);
    } catch (error) {
      this.#breaker.fails(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(isNew: boolean, why: string, isConfiguration: boolean): void {
    this.#proven = false;
    if (isNew) this.#options.onEvent({ type: "lane-opened", lane: this.#options.name, why, isConfiguration });
  }

  #closed(openedAt = this.#options.now()): void {
    const { name, now, onEvent } = this.#options;
    onEvent({ type: "lane-closed", lane: name, milliseconds: Math.max(0, now() - openedAt) });
  }
}

function notForNow(status: string): string {
  const last = status === "" ? "" : `, the last with ${status}`;
  return `The destination could not take several instances in a row${last}`;
}
