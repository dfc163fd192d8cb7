/**
 * One after the other, by name.
 *
 * @module
 */

/** Work on one name never overlaps; work on different names does. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work when all earlier work on this name has ended, however it ended. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const turn = before === undefined ? work() : before.then(work);
    const ended = turn.then(() => {}, () => {});
    this.#last.set(name, ended);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === ended) this.#last.delete(name);
    }
  }

  /** Resolves when all work has ended that was asked for so far. */
  async all(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
