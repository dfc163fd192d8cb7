/**
 * Lanes and units of a queue, with their counters.
 *
 * @module
 */

import { JOB_STATES, type JobPriority, type JobState } from "../job.ts";
import type { Statements } from "../../sqlite/statements.ts";
import { priorityNumber } from "./schema.ts";

/** How many lanes and units are remembered by name. */
const MAXIMUM_REMEMBERED = 2_000;

/** What tells units apart. */
export interface UnitKey {
  readonly lane: number;
  readonly unit: string;
  readonly priority: JobPriority;
  readonly studyInstanceUid: string;
}

/** What a transaction has counted of a unit. */
interface UnitChange {
  ready: number;
  leased: number;
  jobs: number;
}

/** Keeps the counters: adds up during a transaction, and writes once at its end. */
export class Counters {
  readonly #statements: Statements;
  readonly #lanes = new Map<string, number>();
  readonly #units = new Map<string, number>();
  readonly #ofLanes = new Map<number, number[]>();
  readonly #ofUnits = new Map<number, UnitChange>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The id of a lane that exists. */
  knownLane(name: string): number | undefined {
    return this.#lanes.get(name) ??
      this.#statements.one<{ id: number }>("select id from lane where name = ?", name)?.id;
  }

  lane(name: string): number {
    const id = this.knownLane(name) ?? this.#statements.run("insert into lane (name) values (?)", name);
    return remember(this.#lanes, name, id);
  }

  unit({ lane, unit, priority, studyInstanceUid }: UnitKey): number {
    const number = priorityNumber(priority);
    const name = `${lane} ${number} ${unit}`;
    const known = this.#units.get(name);
    if (known !== undefined) return known;
    const sql = "select id from unit where lane = ? and key = ? and priority = ?";
    const id = this.#statements.one<{ id: number }>(sql, lane, unit, number)?.id ?? this.#statements.run(
      // A new unit comes behind those that wait already, not in front of them all.
      "insert into unit (lane, key, priority, study, turn) values (?, ?, ?, ?, (select turn from lane where id = ?))",
      ...[lane, unit, number, studyInstanceUid, lane],
    );
    return remember(this.#units, name, id);
  }

  /** One job comes into a state, or leaves it. */
  count(lane: number, unit: number, state: JobState, amount: 1 | -1): void {
    let ofLane = this.#ofLanes.get(lane);
    if (ofLane === undefined) this.#ofLanes.set(lane, ofLane = JOB_STATES.map(() => 0));
    const index = JOB_STATES.indexOf(state);
    ofLane[index] = (ofLane[index] ?? 0) + amount;
    let ofUnit = this.#ofUnits.get(unit);
    if (ofUnit === undefined) this.#ofUnits.set(unit, ofUnit = { ready: 0, leased: 0, jobs: 0 });
    ofUnit.jobs += amount;
    if (state === "ready" || state === "leased") ofUnit[state] += amount;
  }

  /** Writes the counts. Call it at the end of every transaction, and before statements that depend on them. */
  flush(): void {
    const columns = JOB_STATES.map((state) => `${state} = ${state} + ?`).join(", ");
    for (const [lane, counts] of this.#ofLanes) {
      this.#statements.run(`update lane set ${columns} where id = ?`, ...counts, lane);
    }
    for (const [unit, { ready, leased, jobs }] of this.#ofUnits) {
      this.#statements.run(
        "update unit set ready = ready + ?, leased = leased + ?, jobs = jobs + ? where id = ?",
        ...[ready, leased, jobs, unit],
      );
    }
    this.#ofLanes.clear();
    this.#ofUnits.clear();
  }

  /** Takes out units that have no jobs any more. */
  removeEmptyUnits(units: Iterable<number>): void {
    this.flush();
    for (const unit of new Set(units)) this.#statements.run("delete from unit where id = ? and jobs = 0", unit);
    this.#units.clear();
  }

  /** Forgets counts and rows of a transaction that failed. */
  forget(): void {
    this.#lanes.clear();
    this.#units.clear();
    this.#ofLanes.clear();
    this.#ofUnits.clear();
  }
}

function remember(known: Map<string, number>, name: string, id: number): number {
  if (known.size >= MAXIMUM_REMEMBERED) known.clear();
  known.set(name, id);
  return id;
}
