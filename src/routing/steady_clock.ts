/**
 * A clock that does not jump when the system's clock does.
 *
 * @module
 */

/** Clocks, in milliseconds. */
export interface Clocks {
  /** Since the epoch, by the system's clock. */
  readonly now: () => number;
  /** By a clock that never jumps. Default: `performance.now`. */
  readonly monotonic?: (() => number) | undefined;
}

/** Milliseconds since the epoch: the system's clock at the call of this function, plus the time that has passed since. */
export function steadyClock({ now, monotonic = () => performance.now() }: Clocks): () => number {
  const began = now() - monotonic();
  return () => began + monotonic();
}

/** A clock for ages: milliseconds since the epoch by the wall clock or a steady one, whichever is behind: no jump adds age. */
export function agingClock(clocks: Clocks): () => number {
  const steady = steadyClock(clocks);
  return () => Math.min(clocks.now(), steady());
}
