/**
 * One after the other, by key.
 *
 * @module
 */

/** Work on one key never overlaps; work on different keys does. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work when all earlier work on this key has ended, however it ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const turn = before === undefined ? work() : before.then(work);
    const ended = turn.then(() => {}, () => {});
    this.#last.set(key, ended);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }

  /** Resolves when all work has ended that was asked for so far. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
