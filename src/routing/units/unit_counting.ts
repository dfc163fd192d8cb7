/**
 * How many instances a unit has by what a peer says, asked when who sends it has paused.
 *
 * @module
 */

import type { UnitLevel } from "./unit_key.ts";

/** What is asked for. */
export interface CountedUnit {
  readonly level: UnitLevel;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
}

/** Asks a peer, by its name, how many instances a series or a study has; undefined where it doesn't say. */
export type AskCount = (peer: string, unit: CountedUnit, signal: AbortSignal) => Promise<number | undefined>;

/** What it takes to ask. */
export interface UnitCountingOptions {
  readonly ask: AskCount;
  /** How long a source has to have nothing open, in milliseconds. */
  readonly pause: () => number;
  /** Whom to ask of a unit; undefined for nobody. */
  readonly peerFor: (key: string) => string | undefined;
  /** What to ask of a unit; undefined once it is complete. */
  readonly find: (key: string) => CountedUnit | undefined;
  /** Hears what a peer said. */
  readonly onCount: (key: string, count: number) => void;
  /** Hears of what goes wrong, such as an answer that takes a minute; the unit is waited for without a count then. */
  readonly onError: (error: unknown) => void;
}

/** Units that wait to be asked for; more are not asked for. */
const MOST_WAITING = 1_000;

/** Milliseconds for an answer: other units wait for their turn. */
const LONGEST_ANSWER = 60_000;

/** Asks for one unit at a time, and once after each pause of who sends it. */
export class UnitCounting implements AsyncDisposable {
  readonly #options: UnitCountingOptions;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #end = new AbortController();
  #asking: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: UnitCountingOptions) {
    this.#options = options;
  }

  /** All who have sent of a unit have nothing open any more. */
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
