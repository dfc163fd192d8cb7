/**
 * Asks a peer how many instances a unit has, when the unit's sources have paused.
 *
 * @module
 */

import type { UnitLevel } from "./unit_key.ts";

/** The unit that a peer is asked about. */
export interface CountedUnit {
  readonly level: UnitLevel;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
}

/** Asks a peer, by its name, how many instances a series or a study has; undefined where it doesn't say. */
export type AskCount = (peer: string, unit: CountedUnit, signal: AbortSignal) => Promise<number | undefined>;

/** What counting units needs. */
export interface UnitCountingOptions {
  readonly ask: AskCount;
  /** How long a source has to have no association open, in milliseconds. */
  readonly pause: () => number;
  /** Name of the peer to ask about a unit; undefined for none. */
  readonly peerFor: (key: string) => string | undefined;
  /** The series or study of a unit; undefined once the unit is complete. */
  readonly find: (key: string) => CountedUnit | undefined;
  /** Called with the count of a peer. */
  readonly onCount: (key: string, count: number) => void;
  /** Called with each error, such as an answer that takes a minute; the gateway then waits for the unit without a count. */
  readonly onError: (error: unknown) => void;
}

/** Most units that wait to be counted; others are not counted. */
const MOST_WAITING = 1_000;

/** Milliseconds for an answer: other units wait for their turn. */
const LONGEST_ANSWER = 60_000;

/** Asks about one unit at a time, once after each pause of its sources. */
export class UnitCounting implements AsyncDisposable {
  readonly #options: UnitCountingOptions;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #end = new AbortController();
  #asking: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: UnitCountingOptions) {
    this.#options = options;
  }

  /** No source of a unit has an association open any more. */
  ended(key: string): void {
    if (this.#end.signal.aborted || this.#options.peerFor(key) === undefined) return;
    const before = this.#timers.get(key);
    if (before === undefined && this.#timers.size + this.#waiting >= MOST_WAITING) return;
    clearTimeout(before);
    this.#timers.set(key, setTimeout(() => this.#enqueue(key), this.#options.pause()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new DOMException("The gateway ends", "AbortError"));
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await this.#asking;
  }

  #enqueue(key: string): void {
    this.#timers.delete(key);
    this.#waiting++;
    this.#asking = this.#asking.then(() => this.#ask(key)).catch((error) => {
      if (!this.#end.signal.aborted) this.#options.onError(error);
    }).finally(() => this.#waiting--);
  }

  async #ask(key: string): Promise<void> {
    const { ask, peerFor, find, onCount } = this.#options;
    const { signal } = this.#end;
    const [peer, unit] = [peerFor(key), find(key)];
    if (signal.aborted || peer === undefined || unit === undefined) return;
    const late = new AbortController();
    const reason = new Error(`Cannot count a unit: the peer did not answer within ${LONGEST_ANSWER} ms`);
    const timer = setTimeout(() => late.abort(reason), LONGEST_ANSWER);
    try {
      const count = await ask(peer, unit, AbortSignal.any([signal, late.signal]));
      if (count !== undefined && count > 0 && find(key) !== undefined) onCount(key, count);
    } finally {
      clearTimeout(timer);
    }
  }
}
