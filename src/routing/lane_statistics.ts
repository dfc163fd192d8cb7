/**
 * Counts of what happened on lanes since the start.
 *
 * @module
 */

import type { LaneEvent } from "./lane_events.ts";
import type { OutcomeClass } from "./outcomes.ts";

/** How often what happened. */
export interface LaneStatisticsReport {
  /** Attempts by lane and class. */
  readonly attempts: readonly (readonly [lane: string, outcome: OutcomeClass, count: number])[];
  /** How often the breaker of a lane opened. */
  readonly opened: readonly (readonly [lane: string, count: number])[];
}

/** Counts events. */
export class LaneStatistics {
  readonly #attempts = new Map<string, Map<OutcomeClass, number>>();
  readonly #opened = new Map<string, number>();

  /** To be called with each event. */
  readonly observe = (event: LaneEvent): void => {
    if (event.type === "lane-opened") this.#opened.set(event.lane, (this.#opened.get(event.lane) ?? 0) + 1);
    if (event.type !== "job-attempted") return;
    const { lane, outcome } = event;
    let ofLane = this.#attempts.get(lane);
    if (ofLane === undefined) this.#attempts.set(lane, ofLane = new Map());
    ofLane.set(outcome.class, (ofLane.get(outcome.class) ?? 0) + 1);
  };

  /** What was counted. */
  report(): LaneStatisticsReport {
    const attempts = [...this.#attempts].flatMap(([lane, counts]) =>
      [...counts].map(([outcome, count]) => [lane, outcome, count] as const)
    );
    return { attempts, opened: [...this.#opened] };
  }
}
