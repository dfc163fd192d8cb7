/**
 * A clock that does not jump when that on the wall does.
 *
 * @module
 */

/** Clocks, in milliseconds. */
export interface Clocks {
  /** Since the epoch, as the wall says. */
  readonly now: () => number;
  /** By a clock that never jumps. Default: `performance.now`. */
  readonly monotonic?: (() => number) | undefined;
}

/** Milliseconds since the epoch: what the wall says now, and from then on what has passed. */
export function steadyClock({ now, monotonic = () => performance.now() }: Clocks): () => number {
  const began = now() - monotonic();
  return () => began + monotonic();
}

/** For what gets old: milliseconds since the epoch by the wall or by a steady clock, whichever is behind, so that no jump makes it so. */
export function agingClock(clocks: Clocks): () => number {
  const steady = steadyClock(clocks);
  return () => Math.min(clocks.now(), steady());
}
