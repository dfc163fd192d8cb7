/**
 * Timers that only go on when a test says so.
 *
 * @module
 */

// Parts that are loaded late, before time stands still: loading takes real time.
import "../../src/dicom/data_set/reading/read_data_set.ts";
import "../../src/index/memory_search.ts";

interface Pending {
  due: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
};
const realNow = performance.now;

/** Takes the place of the runtime's timers and of `performance.now()` until it is disposed of. `Date` goes on as ever. */
export class FakeTime implements Disposable {
  readonly #pending = new Map<number, Pending>();
  #now = 0;
  #lastId = 0;

  constructor() {
    const clear = (id?: number) => void this.#pending.delete(id ?? 0);
    Object.assign(globalThis, {
      setTimeout: (run: () => void, delay = 0) => this.#add(run, delay, undefined),
      setInterval: (run: () => void, delay = 0) => this.#add(run, delay, delay),
      clearTimeout: clear,
      clearInterval: clear,
    });
    const began = performance.now();
    performance.now = () => began + this.#now;
  }

  /** Milliseconds that have passed. */
  get now(): number {
    return this.#now;
  }

  /** Timers that are waiting. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Lets so many milliseconds pass: runs what falls due, in order, and lets everything settle after each. */
  async advance(milliseconds: number): Promise<void> {
    await settle();
    const end = this.#now + milliseconds;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      const [id, timer] = next;
      this.#now = timer.due;
      if (timer.every === undefined) this.#pending.delete(id);
      else timer.due += timer.every;
      timer.run();
      await turn();
    }
    this.#now = end;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, real);
    performance.now = realNow;
  }

  #add(run: () => void, delay: number, every: number | undefined): number {
    this.#pending.set(++this.#lastId, { due: this.#now + delay, every, run });
    return this.#lastId;
  }

  #next(end: number): [number, Pending] | undefined {
    return [...this.#pending].filter(([, { due }]) => due <= end).sort(([, a], [, b]) => a.due - b.due)[0];
  }
}

/** Lets whatever waits for promises alone go on. A timer of the runtime would take a millisecond, of which tests need many. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when everything that could go on has gone on, as far as promises alone drive it. */
export function settle(): Promise<void> {
  return new Promise((resolve) => real.setTimeout(resolve, 0));
}
