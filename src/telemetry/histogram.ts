/**
 * How long things took, counted by duration.
 *
 * @module
 */

import type { HistogramReport } from "./statistics_report.ts";

/** Upper bounds of the buckets, in milliseconds. */
const BUCKETS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000];

/** Counts durations. */
export class Histogram {
  /** How many fell into each bucket; the last is of those above every bound. */
  readonly #counts: number[] = new Array(BUCKETS.length + 1).fill(0);
  #sum = 0;

  add(milliseconds: number): void {
    let bucket = 0;
    while (milliseconds > (BUCKETS[bucket] ?? Infinity)) bucket++;
    this.#counts[bucket]!++;
    this.#sum += milliseconds;
  }

  report(): HistogramReport {
    let count = 0;
    const buckets = BUCKETS.map((upTo, bucket) => ({ upTo, count: count += this.#counts[bucket] ?? 0 }));
    return { buckets, count: count + (this.#counts[BUCKETS.length] ?? 0), sum: this.#sum };
  }
}
