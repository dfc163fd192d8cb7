/**
 * When a series or a study is complete, by evidence: a state machine without clocks, timers or I/O.
 *
 * @module
 */

import { Sources } from "./sources.ts";
import {
  type ClosedBy,
  type ClosedUnit,
  type ComingUnit,
  OpenUnit,
  type Room,
  type UnitEvidence,
} from "./open_unit.ts";

/** How long units wait, and how many are remembered. */
export interface UnitOptions {
  /** Milliseconds without a byte, and without an open association of the sender, after which a unit is complete. */
  readonly quiet: number;
  /** Milliseconds after which a unit counts as complete, even while instances still come. */
  readonly cap: number;
  /**
   * Most units that are open at the same time. Beyond it the oldest is closed, or forgotten where it was only announced.
   * Default: 10,000.
   */
  readonly maxUnits?: number;
  /** SOP Instance UIDs of one unit that are remembered; no list can show that a larger unit is complete. Default: 100,000. */
  readonly maxInstances?: number;
  /** SOP Instance UIDs of all units that are remembered, as `maxInstances`. Default: 1,000,000. */
  readonly maxRemembered?: number;
  /** Closed units whose generation is remembered. Default: 10,000. */
  readonly maxClosed?: number;
}

/** An event. `at` is milliseconds by a clock that never goes back. */
export type UnitEvent =
  /** An association, or a request, of a source has been opened or has ended. */
  | { readonly type: "opened" | "ended"; readonly source: string; readonly at: number }
  /** An instance is whole, with its last byte. */
  | {
    readonly type: "instance";
    readonly unit: string;
    readonly source: string;
    readonly sopInstanceUid: string;
    readonly at: number;
  }
  /** Reports evidence of the instances that belong to a unit. */
  | { readonly type: "evidence"; readonly unit: string; readonly evidence: UnitEvidence; readonly at: number }
  /** Time passes. */
  | { readonly type: "time"; readonly at: number };

const MAXIMUM_UNITS = 10_000;
const MAXIMUM_INSTANCES = 100_000;
const MAXIMUM_REMEMBERED = 1_000_000;

const DEFAULTS = {
  maxUnits: MAXIMUM_UNITS,
  maxInstances: MAXIMUM_INSTANCES,
  maxRemembered: MAXIMUM_REMEMBERED,
  maxClosed: MAXIMUM_UNITS,
};

/** All open units. Feed it with events, in their order; it answers the units that an event completes. */
export class UnitMachine {
  #options: Required<UnitOptions>;
  readonly #room: Room;
  readonly #sources = new Sources();
  readonly #open = new Map<string, OpenUnit>();
  /** How often units were closed, the last one behind the others. */
  readonly #generations = new Map<string, number>();
  #now = -Infinity;
  /** No unit is due before this moment; it is computed anew where it may be too late. */
  #noneBefore = Infinity;

  /** A machine without units. */
  constructor(options: UnitOptions) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as UnitOptions;
    this.#options = { ...DEFAULTS, ...given };
    this.#room = { left: this.#options.maxRemembered };
  }

  /** How many units are open; those that were only announced among them. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * The moment before which time alone closes no unit, by the same clock; infinite while none can be due. Read it again after
   * an event of type `time` at this moment: other events may have put it off meanwhile.
   */
  get noneBefore(): number {
    return this.#noneBefore;
  }

  /** Whether a unit is open. */
  has(unit: string): boolean {
    return this.#open.has(unit);
  }

  /** The units that are open, the oldest first; those that were only announced among them. */
  *coming(): Generator<ComingUnit> {
    for (const unit of this.#open.values()) yield unit.coming;
  }

  /** Units with instances of a source, of which no source has an association open. */
  waitingFor(source: string): readonly string[] {
    const found: string[] = [];
    for (const { key, sources } of this.#open.values()) {
      const all = [...sources];
      if (all.includes(source) && !all.some((each) => this.#sources.isOpen(each))) found.push(key);
    }
    return found;
  }

  /** Sets other times from now on, for units that are open as well. */
  adjust(times: Pick<UnitOptions, "quiet" | "cap">): void {
    this.#options = { ...this.#options, ...times };
    this.#noneBefore = this.#now;
  }

  /** Sets the generation of a unit, such as from before a restart. */
  restore(unit: string, generation: number): void {
    this.#remember(unit, generation - 1);
  }

  /** Takes an event. Answers the units that are complete by now, in the order in which they were due. */
  take(event: UnitEvent): readonly ClosedUnit[] {
    // A clock that goes back stands still.
    const at = this.#now = Math.max(this.#now, event.at);
    const closed = this.#closeDue(at, event.type === "instance" ? event.unit : undefined);
    switch (event.type) {
      case "opened":
        this.#sources.opened(event.source, at);
        break;
      case "ended":
        this.#sources.ended(event.source, at);
        this.#noneBefore = at;
        break;
      case "instance": {
        const unit = this.#unit(event.unit, at, closed);
        unit.add(event.sopInstanceUid, event.source, at, this.#sources);
        closed.push(...this.#closeComplete(unit, at));
        break;
      }
      case "evidence": {
        // An announced unit may never come, so it must not close one that is open.
        if (this.#open.size >= this.#options.maxUnits && !this.#open.has(event.unit)) break;
        const unit = this.#unit(event.unit, at, closed);
        unit.announce(event.evidence);
        closed.push(...this.#closeComplete(unit, at));
      }
    }
    this.#sources.forget(at, this.#options.quiet, () => this.#isWaitedFor());
    return closed;
  }

  #isWaitedFor(): ReadonlySet<string> {
    return new Set([...this.#open.values()].flatMap((unit) => [...unit.sources]));
  }

  #unit(key: string, at: number, closed: ClosedUnit[]): OpenUnit {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    if (this.#open.size >= this.#options.maxUnits) {
      const all = [...this.#open.values()];
      closed.push(...this.#close(all.find(({ count }) => count === 0) ?? all[0]!, "limit", at));
    }
    const generation = (this.#generations.get(key) ?? 0) + 1;
    const { maxInstances: maximum } = this.#options;
    const unit = new OpenUnit(key, { generation, since: at, maximum, room: this.#room });
    this.#open.set(key, unit);
    // The time of a unit begins with its first instance, and never earlier.
    this.#noneBefore = Math.min(this.#noneBefore, at + Math.min(this.#options.quiet, this.#options.cap));
    return unit;
  }

  /**
   * Closes the units whose time has come, in the order in which it came. An instance that comes before its unit is closed still
   * belongs to it, even if the unit's time ran out unseen: the listener takes all instances that are there by then.
   */
  #closeDue(now: number, coming: string | undefined): ClosedUnit[] {
    if (now < this.#noneBefore) return [];
    let noneBefore = Infinity;
    const due: { unit: OpenUnit; at: number }[] = [];
    for (const unit of this.#open.values()) {
      const at = unit.key === coming ? now : unit.deadline(this.#options, this.#sources);
      if (at <= now && unit.key !== coming) due.push({ unit, at });
      else noneBefore = Math.min(noneBefore, at);
    }
    this.#noneBefore = noneBefore;
    due.sort((one, other) => one.at - other.at);
    return due.flatMap(({ unit, at }) => this.#close(unit, unit.capAt(this.#options) <= at ? "cap" : "quiet", at));
  }

  #closeComplete(unit: OpenUnit, at: number): readonly ClosedUnit[] {
    const by = unit.completeBy;
    return by === undefined ? [] : this.#close(unit, by, at);
  }

  /** Closes a unit. One that was announced and never came leaves no trace. */
  #close(unit: OpenUnit, by: ClosedBy, at: number): readonly ClosedUnit[] {
    this.#open.delete(unit.key);
    unit.leave();
    if (unit.count === 0) return [];
    this.#remember(unit.key, unit.generation);
    return [unit.closed(by, at)];
  }

  #remember(key: string, generation: number): void {
    this.#generations.delete(key);
    this.#generations.set(key, generation);
    if (this.#generations.size <= this.#options.maxClosed) return;
    const [oldest] = this.#generations.keys();
    this.#generations.delete(oldest!);
  }
}
