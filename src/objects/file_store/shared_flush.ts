/**
 * One flush for all callers that wait.
 *
 * @module
 */

/** Runs one flush for all calls before it began; calls while it runs share the next. */
export class SharedFlush {
  readonly #run: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /** Resolves when a flush has ended that began after this call. */
  flush(): Promise<void> {
    return this.#next ??= this.#begin();
  }

  async #begin(): Promise<void> {
    // A failure of the flush before reaches the callers that waited for it.
    await this.#running?.catch(() => {});
    this.#next = undefined;
    await (this.#running = this.#run());
  }
}
