/**
 * Watches units: runs the machine with the one timer that it needs.
 *
 * @module
 */

import type { ClosedUnit, ComingUnit, UnitEvidence } from "./open_unit.ts";
import { type UnitEvent, UnitMachine, type UnitOptions } from "./unit_machine.ts";

/** Options of `watchUnits()`. */
export interface WatchUnitsOptions extends UnitOptions {
  /**
   * Called once for each complete unit. An error that it throws goes to the caller that reported the event, or is lost.
   */
  readonly onClosed: (closed: ClosedUnit) => void;
  /** Milliseconds by a clock that never goes back. Default: `performance.now`. */
  readonly now?: () => number;
}

/** Units that are watched. Disposing of it stops the timer; open units stay open. */
export interface WatchedUnits extends Disposable {
  /** An association, or a request, of a source has been opened. Call the result when it has ended. */
  opened(source: string): () => void;
  /** An instance is whole, with its last byte. */
  instance(unit: string, source: string, sopInstanceUid: string): void;
  /** Reports evidence of the instances that belong to a unit. */
  evidence(unit: string, evidence: UnitEvidence): void;
  /** Whether a unit is open. */
  has(unit: string): boolean;
  /** The units that are open, with `since` by the clock; those that were only announced among them. */
  coming(): Iterable<ComingUnit>;
  /** Units with instances of a source, of which no source has an association open. */
  waitingFor(source: string): readonly string[];
  /** Sets other times from now on, for units that are open as well. */
  adjust(times: Pick<UnitOptions, "quiet" | "cap">): void;
  /** Sets the generation of a unit, such as from before a restart. */
  restore(unit: string, generation: number): void;
}

/** The longest time that a timer can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/**
 * Watches units.
 *
 * @example
 * ```ts
 * import { watchUnits } from "@gantry/dicom/routing";
 *
 * using units = watchUnits({
 *   quiet: 60_000,
 *   cap: 3_600_000,
 *   onClosed: ({ unit, generation, closedBy }) => console.log(unit, generation, closedBy),
 * });
 * const ended = units.opened("CT1");
 * units.instance("1.2.3", "CT1", "1.2.3.4.5");
 * ended();
 * ```
 */
export function watchUnits({ onClosed, now = () => performance.now(), ...options }: WatchUnitsOptions): WatchedUnits {
  const machine = new UnitMachine(options);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timerAt = Infinity;
  let disposed = false;

  function take(event: UnitEvent): void {
    const closed = machine.take(event);
    schedule();
    for (const unit of closed) onClosed(unit);
  }

  /** An event that puts a deadline off does not move the timer. The timer looks at the deadline again when it rings. */
  function schedule(): void {
    const next = machine.noneBefore;
    if (disposed || next >= timerAt) return;
    clearTimeout(timer);
    timerAt = next;
    timer = setTimeout(ring, Math.min(LONGEST, Math.max(0, Math.ceil(next - now()))));
  }

  function ring(): void {
    timerAt = Infinity;
    take({ type: "time", at: now() });
  }

  return {
    opened(source) {
      take({ type: "opened", source, at: now() });
      let isOpen = true;
      return () => {
        if (isOpen) take({ type: "ended", source, at: now() });
        isOpen = false;
      };
    },
    instance: (unit, source, sopInstanceUid) => take({ type: "instance", unit, source, sopInstanceUid, at: now() }),
    evidence: (unit, evidence) => take({ type: "evidence", unit, evidence, at: now() }),
    has: (unit) => machine.has(unit),
    coming: () => machine.coming(),
    waitingFor: (source) => machine.waitingFor(source),
    adjust(times) {
      machine.adjust(times);
      take({ type: "time", at: now() });
    },
    restore: (unit, generation) => machine.restore(unit, generation),
    [Symbol.dispose]() {
      disposed = true;
      clearTimeout(timer);
    },
  };
}
