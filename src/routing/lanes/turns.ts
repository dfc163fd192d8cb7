/**
 * Which priority has the next turn.
 *
 * @module
 */

import { JOB_PRIORITIES, type JobPriority } from "../../queue/job.ts";

/** How long a priority is passed over at most while it has work, in milliseconds. */
const LONGEST_PASSED_OVER = 30_000;

/** The most urgent priority comes first, but one that was passed over for long goes before it once, so that none starves. */
export class Turns {
  readonly #now: () => number;
  readonly #served = new Map<JobPriority, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Priorities in the order in which they may have their turn. */
  order(): readonly JobPriority[] {
    const aged = JOB_PRIORITIES.slice(1).filter((priority) => {
      const served = this.#served.get(priority);
      if (served === undefined) this.#served.set(priority, this.#now());
      // A clock that was set back must not make a priority wait longer.
      if (served !== undefined && served > this.#now()) this.#served.set(priority, this.#now());
      return served !== undefined && this.#now() - served >= LONGEST_PASSED_OVER;
    });
    const usual = JOB_PRIORITIES.filter((priority) => !aged.includes(priority));
    return [...aged, ...usual];
  }

  /** A priority had its turn, or those that come before it in the order had nothing to do. */
  served(priority: JobPriority | undefined): void {
    const idle = priority === undefined ? JOB_PRIORITIES : [priority];
    for (const served of idle) this.#served.set(served, this.#now());
  }
}
