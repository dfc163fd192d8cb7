/**
 * Counts of the events of lanes since the start.
 *
 * @module
 */

import type { LaneEvent } from "./lane_events.ts";
import type { OutcomeClass } from "../destinations/outcomes.ts";

/** Counts of events. */
export interface LaneStatisticsReport {
  /** Attempts by lane and class. */
  readonly attempts: readonly (readonly [lane: string, outcome: OutcomeClass, count: number])[];
  /** How often the breaker of a lane opened. */
  readonly opened: readonly (readonly [lane: string, count: number])[];
  /** Jobs that went to another lane because theirs failed, or could not deliver them. */
  readonly moved: readonly (readonly [lane: string, to: string, count: number])[];
}

/** Counts events. */
export class LaneStatistics {
  readonly #attempts = new Map<string, Map<OutcomeClass, number>>();
  readonly #opened = new Map<string, number>();
  readonly #moved = new Map<string, Map<string, number>>();

  /** Call it with each event. */
  readonly observe = (event: LaneEvent): void => {
    if (event.type === "lane-opened") this.#opened.set(event.lane, (this.#opened.get(event.lane) ?? 0) + 1);
    if (event.type === "jobs-moved") this.#move(event.lane, event.to, event.count);
    if (event.type !== "job-attempted") return;
    if (event.to !== undefined) this.#move(event.lane, event.to, 1);
    const { lane, outcome } = event;
    let ofLane = this.#attempts.get(lane);
    if (ofLane === undefined) this.#attempts.set(lane, ofLane = new Map());
    ofLane.set(outcome.class, (ofLane.get(outcome.class) ?? 0) + 1);
  };

  #move(lane: string, to: string, count: number): void {
    let ofLane = this.#moved.get(lane);
    if (ofLane === undefined) this.#moved.set(lane, ofLane = new Map());
    ofLane.set(to, (ofLane.get(to) ?? 0) + count);
  }

  /** The counts. */
  report(): LaneStatisticsReport {
    const attempts = [...this.#attempts].flatMap(([lane, counts]) =>
      [...counts].map(([outcome, count]) => [lane, outcome, count] as const)
    );
    const moved = [...this.#moved].flatMap(([lane, counts]) =>
      [...counts].map(([to, count]) => [lane, to, count] as const)
    );
    return { attempts, opened: [...this.#opened], moved };
  }
}
