/**
 * When a report that could not be delivered is tried again.
 *
 * @module
 */

/** Milliseconds before the first try after one that failed; each pause is twice as long as the one before. */
const SHORTEST_PAUSE = 10_000;

/** The longest pause. */
const LONGEST_PAUSE = 6 * 60 * 60 * 1000;

/** How long it is tried. */
const TRIED_FOR = 3 * 24 * 60 * 60 * 1000;

/** When the next try is, after `attempts` that failed, the first of them at `firstAttemptAt`; undefined when it was enough. */
export function nextAttempt(attempts: number, firstAttemptAt: number, now: number): number | undefined {
  const end = firstAttemptAt + TRIED_FOR;
  if (now >= end) return undefined;
  const pause = Math.min(SHORTEST_PAUSE * 2 ** Math.min(attempts - 1, 30), LONGEST_PAUSE);
  return Math.min(now + pause, end);
}
