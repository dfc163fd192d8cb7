/**
 * Rows of jobs, one by one: found, moved and counted. Every method throws what SQLite throws.
 *
 * @module
 */

import { hashOf } from "../../sqlite/hash.ts";
import type { Parameter, Statements } from "../../sqlite/statements.ts";
import type { Job, JobState } from "../job.ts";
import type { JobFilter, QueuePage } from "../job_queue.ts";
import { baseRecipe, mayAwait } from "../job_rules.ts";
import type { Counters } from "./counters.ts";
import { conditionsOf } from "./job_filter.ts";
import { lanesOf, priorityOf, stateNumber, stateOf } from "./schema.ts";

/** Reads jobs, as `j`, with their lane and unit. */
export const JOBS = "select j.*, l.name as lane_name, u.key, u.priority, u.study " +
  "from job j join lane l on l.id = j.lane join unit u on u.id = j.unit";

/** A row of `job` and what it refers to. */
export interface JobRow {
  readonly id: number;
  readonly lane: number;
  readonly unit: number;
  readonly uid: string;
  readonly recipe: string;
  readonly route: string;
  readonly state: number;
  readonly due: number;
  readonly attempts: number;
  readonly refusals: number;
  readonly worker: string | null;
  readonly last_class: string;
  readonly last_status: string;
  readonly last_error: string;
  readonly serial: number;
  readonly received_at: number;
  readonly size: number;
  readonly added_at: number;
  readonly settled_at: number;
  readonly awaits: string;
  readonly choice: string;
  readonly refused_by: string;
  readonly lane_name: string;
  readonly key: string;
  readonly priority: number;
  readonly study: string;
}

/** As much of a job as tells whether another one is the same. */
export interface SameRow {
  readonly id: number;
  readonly lane: number;
  readonly recipe: string;
  readonly choice: readonly string[];
  readonly state: JobState;
}

/** As much of a job as says what becomes of it when its lease ends. */
export interface LeaseRow extends Pick<JobRow, "lane" | "unit" | "worker" | "awaits" | "attempts" | "serial"> {
  readonly receivedAt: number;
  readonly state: JobState;
}

/** The rows of one database. */
export class JobRows {
  readonly statements: Statements;
  readonly counters: Counters;

  constructor(statements: Statements, counters: Counters) {
    this.statements = statements;
    this.counters = counters;
  }

  /** A job. */
  byId(id: number): JobRow | undefined {
    return this.statements.one<JobRow>(`${JOBS} where j.id = ?`, id);
  }

  /** The lease of a job. Each attempt needs it, and nothing else of the job. */
  leaseOf(id: number): LeaseRow | undefined {
    const sql =
      "select lane, unit, state, worker, awaits, attempts, serial, received_at as receivedAt from job where id = ?";
    const row = this.statements.one<Omit<LeaseRow, "state"> & { readonly state: number }>(sql, id);
    return row && { ...row, state: stateOf(row.state) };
  }

  /** The jobs that meet conditions on `job`. As mostly none does, looking only for their ids first is cheaper. */
  rare(conditions: string, ...values: Parameter[]): JobRow[] {
    return this.statements.all<{ id: number }>(`select id from job where ${conditions}`, ...values)
      .flatMap(({ id }) => this.byId(id) ?? []);
  }

  /** The jobs of an instance and recipe, with or without edits of their own. */
  of(uid: string, recipe: string): SameRow[] {
    const sql = "select id, lane, recipe, choice, state from job where uid_hash = ? and uid = ?";
    return this.statements.all<Pick<JobRow, "id" | "lane" | "recipe" | "choice" | "state">>(sql, hashOf(uid), uid)
      .filter((row) => baseRecipe(row.recipe) === baseRecipe(recipe))
      .map((row) => ({ ...row, choice: lanesOf(row.choice), state: stateOf(row.state) }));
  }

  /** The jobs of a filter, the first of them first. */
  select(filter: JobFilter, { after = 0, limit }: QueuePage): JobRow[] {
    const { sql, values } = conditionsOf(filter, this.counters);
    return this.statements.made<JobRow>(`${JOBS} where j.id > ?${sql} order by j.id limit ?`, [
      after,
      ...values,
      limit,
    ]);
  }

  /** Changes the state of a job, and counts that. */
  move(row: JobRow, state: JobState, unit = row.unit, lane = row.lane): JobState {
    this.count(row, state, unit, lane);
    if (state !== "leased") {
      const sql = "update job set state = ?, unit = ?, lane = ?, worker = null, awaits = ? where id = ?";
      this.statements.run(sql, stateNumber(state), unit, lane, mayAwait(state) ? row.awaits : "", row.id);
    }
    return state;
  }

  /** Counts that a job changes its state, unit or lane. */
  count(row: JobRow, state: JobState, unit = row.unit, lane = row.lane): void {
    this.counters.count(row.lane, row.unit, stateOf(row.state), -1);
    this.counters.count(lane, unit, state, 1);
  }

  /** Takes a job out. */
  remove(row: JobRow): void {
    this.statements.run("delete from job where id = ?", row.id);
    this.counters.count(row.lane, row.unit, stateOf(row.state), -1);
    this.counters.removeEmptyUnits([row.unit]);
  }
}

/** The job of a row. */
export function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    lane: row.lane_name,
    recipe: row.recipe,
    unit: row.key,
    priority: priorityOf(row.priority),
    route: row.route,
    due: row.due,
    sopInstanceUid: row.uid,
    studyInstanceUid: row.study,
    serial: row.serial,
    receivedAt: row.received_at,
    size: row.size,
    state: stateOf(row.state),
    attempts: row.attempts,
    refusals: row.refusals,
    addedAt: row.added_at,
    settledAt: row.settled_at,
    awaits: row.awaits,
    choice: lanesOf(row.choice),
    refusedBy: lanesOf(row.refused_by),
    last: { class: row.last_class, status: row.last_status, error: row.last_error },
  };
}
