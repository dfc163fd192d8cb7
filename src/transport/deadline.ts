/**
 * Work with a deadline.
 *
 * @module
 */

import { DeadlineError, type Phase } from "../errors.ts";

/** How long work may take. */
export interface Deadline {
  readonly phase: Phase;
  /** Milliseconds; `Infinity` for no deadline. */
  readonly timeout: number;
  /** Ends the work early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work`, which stops when its signal is aborted: at the deadline, or with the caller's own signal.
 *
 * @throws {DeadlineError} at the deadline; the reason of the caller's signal when that came first.
 */
export async function withDeadline<T>(
  { phase, timeout, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  const forward = () => ending.abort(signal?.reason);
  signal?.addEventListener("abort", forward, { once: true });
  const timer = timeout === Infinity
    ? undefined
    : setTimeout(() => ending.abort(new DeadlineError(phase, timeout)), timeout);
  try {
    return await work(ending.signal);
  } catch (error) {
    ending.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", forward);
  }
}
