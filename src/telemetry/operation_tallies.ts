/**
 * Operations, counted by service and role.
 *
 * @module
 */

import type { Operation, OperationOutcome } from "../dimse/events.ts";
import { Histogram } from "./histogram.ts";
import type { OutcomeCounts, ServiceReport } from "./statistics_report.ts";

/** Operations of one service in one role. */
class Tally {
  readonly durations = new Histogram();
  readonly #service: string;
  readonly #role: Operation["role"];
  readonly #finished: Record<keyof OutcomeCounts, number> = {
    success: 0,
    warning: 0,
    failure: 0,
    cancel: 0,
    unanswered: 0,
  };
  #running = 0;
  #bytes = 0;

  constructor({ service, role }: Operation) {
    this.#service = service;
    this.#role = role;
  }

  start(): void {
    this.#running++;
  }

  finish({ bytes, milliseconds }: OperationOutcome, category: keyof OutcomeCounts): void {
    this.#running--;
    this.#finished[category]++;
    this.#bytes += bytes;
    this.durations.add(milliseconds);
  }

  report(): ServiceReport {
    return {
      service: this.#service,
      role: this.#role,
      running: this.#running,
      finished: { ...this.#finished },
      bytes: this.#bytes,
    };
  }
}

/** A tally for each service and role that was seen. */
export class Tallies {
  readonly #byRole: Readonly<Record<Operation["role"], Map<string, Tally>>> = {
    invoked: new Map(),
    performed: new Map(),
  };

  of(operation: Operation): Tally {
    const tallies = this.#byRole[operation.role];
    let tally = tallies.get(operation.service);
    if (tally === undefined) tallies.set(operation.service, tally = new Tally(operation));
    return tally;
  }

  all(): Tally[] {
    return [...this.#byRole.performed.values(), ...this.#byRole.invoked.values()];
  }

  report(): ServiceReport[] {
    return this.all().map((tally) => tally.report());
  }
}
