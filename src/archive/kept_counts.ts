/**
 * How many instances were kept, by outcome.
 *
 * @module
 */

import { type ArchiveEvent, KEEP_OUTCOMES, type KeepOutcome } from "./events.ts";

/** Instances of one outcome. */
export interface KeptCount {
  readonly outcome: KeepOutcome;
  readonly count: number;
}

/** Counts in the making. */
export interface KeptCounts {
  /** Takes an event in; to be passed where observers are. */
  readonly observe: (event: ArchiveEvent) => void;
  /** Every outcome, and how many had it so far. */
  readonly report: () => readonly KeptCount[];
}

/** Starts counting at zero. */
export function countKept(): KeptCounts {
  const counts = new Map<KeepOutcome, number>();
  return {
    observe: ({ kept: { outcome } }) => void counts.set(outcome, (counts.get(outcome) ?? 0) + 1),
    report: () => KEEP_OUTCOMES.map((outcome) => ({ outcome, count: counts.get(outcome) ?? 0 })),
  };
}
