/**
 * Sleep that can be ended.
 *
 * @module
 */

/** Wakes whoever sleeps. Once it has rung nobody falls asleep until it is reset. */
export class Alarm {
  readonly #sleepers = new Set<() => void>();
  #rung = false;

  /** Wakes all. */
  ring(): void {
    this.#rung = true;
    for (const wake of this.#sleepers) wake();
  }

  /** It may ring again. */
  reset(): void {
    this.#rung = false;
  }

  /** Resolves after so many milliseconds, or when it rings. */
  async sleep(milliseconds: number): Promise<void> {
    if (this.#rung || milliseconds <= 0) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#sleepers.add(wake);
    });
  }
}
