/**
 * The callers that wait for the result of a request that its client fetches.
 *
 * @module
 */

/** Waits by Transaction UID. */
export class ResultWaiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Resolves when the result exists, and at the latest when the signal is aborted. */
  wait(transactionUid: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(transactionUid) ?? new Set();
      this.#waiting.set(transactionUid, waiting);
      const end = () => {
        waiting.delete(end);
        if (waiting.size === 0) this.#waiting.delete(transactionUid);
        signal.removeEventListener("abort", end);
        resolve();
      };
      waiting.add(end);
      signal.addEventListener("abort", end);
    });
  }

  /** Tells all waiting callers that the result exists. */
  tell(transactionUid: string): void {
    for (const end of [...this.#waiting.get(transactionUid) ?? []]) end();
  }
}
