/**
 * A sleep that an alarm can end.
 *
 * @module
 */

/** Wakes all sleepers. Once it has rung, `sleep()` resolves at once until the alarm is reset. */
export class Alarm {
  readonly #sleepers = new Set<() => void>();
  #rung = false;

  /** Wakes all sleepers. */
  ring(): void {
    this.#rung = true;
    for (const wake of this.#sleepers) wake();
  }

  /** Lets `sleep()` wait again. */
  reset(): void {
    this.#rung = false;
  }

  /** Resolves after so many milliseconds, or when the alarm rings. */
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
