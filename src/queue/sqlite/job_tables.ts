/**
 * Reading and writing the jobs, row by row. Every method throws what SQLite throws.
 *
 * @module
 */

import { hashOf } from "../../sqlite/hash.ts";
import type { Parameter, Statements } from "../../sqlite/statements.ts";
import type { Job, JobState, JobSubject, NewJob } from "../job.ts";
import type {
  AddOptions,
  ChangedJobs,
  ClaimOptions,
  JobChange,
  JobFilter,
  QueuePage,
  Release,
  Settlement,
} from "../job_queue.ts";
import { CHANGEABLE } from "../job_queue.ts";
import {
  initialState,
  mayAwait,
  stateOnceAgain,
  stateOnceFree,
  stateOnceReleased,
  stateOnceSettled,
} from "../job_rules.ts";
import type { Counters } from "./counters.ts";
import { conditionsOf } from "./job_filter.ts";
import { priorityNumber, priorityOf, stateNumber, stateOf } from "./schema.ts";

/** Most jobs that become ready at once because they are due, or because their lease has expired. */
const AWAKENED_AT_ONCE = 500;

const JOBS = "select j.*, l.name as lane_name, u.key, u.priority, u.study " +
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
  readonly awaits: string;
  readonly lane_name: string;
  readonly key: string;
  readonly priority: number;
  readonly study: string;
}

/** The jobs of one database. */
export class JobTables {
  readonly #statements: Statements;
  readonly #counters: Counters;

  constructor(statements: Statements, counters: Counters) {
    this.#statements = statements;
    this.#counters = counters;
  }

  /** Answers the lane if it has a job more that is ready. */
  add(subject: JobSubject, added: NewJob, now: number, options: AddOptions): string | undefined {
    const lane = this.#counters.lane(added.lane);
    const existing = this.#find(lane, subject.sopInstanceUid, added.recipe);
    const unit = this.#counters.unit({ ...added, lane, studyInstanceUid: subject.studyInstanceUid });
    if (existing === undefined) {
      const state = initialState(added, now);
      this.#insert(subject, added, { lane, unit, state, now });
      return state === "ready" ? added.lane : undefined;
    }
    const state = stateOnceAgain(jobOf(existing), subject, added, now, options);
    if (state === undefined) return undefined;
    this.#run(
      "update job set serial = ?, received_at = ?, size = ?, route = ?, due = ?, awaits = ?, added_at = ?, " +
        "attempts = 0, refusals = 0, last_class = '', last_status = '', last_error = '' where id = ?",
      ...[subject.serial, subject.receivedAt, subject.size, added.route, added.due, added.awaits ?? "", now],
      existing.id,
    );
    // What is being sent ends in the unit in which it began.
    const [before, after] = state === "leased" ? [existing.unit, existing.unit] : [existing.unit, unit];
    this.#move({ ...existing, awaits: added.awaits ?? "" }, state, after);
    if (before !== after) this.#counters.removeEmptyUnits([before]);
    return state === "ready" ? added.lane : undefined;
  }

  #insert(
    subject: JobSubject,
    { recipe, route, due, awaits = "" }: NewJob,
    { lane, unit, state, now }: { lane: number; unit: number; state: JobState; now: number },
  ): void {
    const { sopInstanceUid: uid, serial, receivedAt, size } = subject;
    this.#run(
      "insert into job (lane, unit, uid, uid_hash, recipe, route, state, due, serial, received_at, size, added_at, " +
        "awaits) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[lane, unit, uid, hashOf(uid), recipe, route, stateNumber(state), due, serial, receivedAt, size, now, awaits],
    );
    this.#counters.count(lane, unit, state, 1);
  }

  claim(lane: number, { priorities, limit, worker, now, leaseUntil }: ClaimOptions): Job[] {
    this.#awaken(lane, now);
    this.#counters.flush();
    for (const priority of priorities) {
      const next = this.#statements.one<{ id: number }>(
        "select id from unit where lane = ? and priority = ? and ready > 0 and leased = 0 order by turn limit 1",
        ...[lane, priorityNumber(priority)],
      );
      if (next === undefined) continue;
      const rows = this.#all(`${JOBS} where j.unit = ? and j.state = 0 order by j.id limit ?`, next.id, limit);
      for (const row of rows) {
        this.#run("update job set state = 1, worker = ?, lease_until = ? where id = ?", worker, leaseUntil, row.id);
        this.#count(row, "leased");
      }
      this.#run("update lane set turn = turn + 1 where id = ?", lane);
      this.#run("update unit set turn = (select turn from lane where id = ?) where id = ?", lane, next.id);
      return rows.map((row) => ({ ...jobOf(row), state: "leased" }));
    }
    return [];
  }

  /** What is due, and what was leased by somebody who doesn't say any more that he is there. */
  #awaken(lane: number, now: number): void {
    const due = this.#all(`${JOBS} where j.lane = ? and j.state = 2 and j.due <= ? order by j.due limit ?`, ...[
      lane,
      now,
      AWAKENED_AT_ONCE,
    ]);
    const lost = this.#all(`${JOBS} where j.lane = ? and j.state = 1 and j.lease_until <= ? limit ?`, ...[
      lane,
      now,
      AWAKENED_AT_ONCE,
    ]);
    for (const row of due) this.#move(row, "ready");
    for (const row of lost) this.#move(row, stateOnceFree(row));
  }

  /** Nobody but this process has the database: whoever leased something before is gone. */
  endAllLeases(): void {
    for (const row of this.#all(`${JOBS} where j.state = 1`)) this.#move(row, stateOnceFree(row));
  }

  renew(worker: string, leaseUntil: number): void {
    this.#run("update job set lease_until = ? where state = 1 and worker = ?", leaseUntil, worker);
  }

  /** Answers the lane if it has a job more that is ready. */
  settle(settlement: Settlement): string | undefined {
    const { job, at, attempt, due = 0 } = settlement;
    const row = this.#byId(job.id);
    const attempts = (row?.attempts ?? job.attempts) + (attempt?.counts ? 1 : 0);
    if (attempt !== undefined) this.#log(settlement, attempts + (attempt.counts ? 0 : 1));
    const state = row && stateOnceSettled({ ...jobOf(row), worker: row.worker }, settlement);
    if (row === undefined || state === undefined) return undefined;
    const last = attempt ?? { class: row.last_class, status: row.last_status, error: row.last_error, refused: false };
    this.#run(
      "update job set state = ?, worker = null, due = ?, settled_at = ?, attempts = ?, refusals = refusals + ?, " +
        "last_class = ?, last_status = ?, last_error = ? where id = ?",
      ...[stateNumber(state), row.awaits === "" ? due : row.due, at, attempts, last.refused ? 1 : 0],
      ...[last.class, last.status, last.error, row.id],
    );
    this.#count(row, state);
    return state === "ready" ? row.lane_name : undefined;
  }

  #log({ job, at, attempt }: Settlement, number: number): void {
    if (attempt === undefined) return;
    this.#run(
      "insert into delivery (job, lane, route, recipe, uid, uid_hash, study, attempt, at, class, status, error, " +
        "milliseconds, bytes) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[job.id, this.#counters.lane(job.lane), job.route, job.recipe, job.sopInstanceUid],
      ...[hashOf(job.sopInstanceUid), job.studyInstanceUid, number, at, attempt.class, attempt.status, attempt.error],
      ...[Math.round(attempt.milliseconds), attempt.bytes],
    );
  }

  jobs(filter: JobFilter, { after = 0, limit }: QueuePage): Job[] {
    return this.#select(filter, after, limit).map(jobOf);
  }

  #select(filter: JobFilter, after: number, limit: number): JobRow[] {
    const { sql, values } = conditionsOf(filter, this.#counters);
    return this.#statements.once<JobRow>(
      `${JOBS} where j.id > ?${sql} order by j.id limit ?`,
      [after, ...values, limit],
    );
  }

  awaited(after: string, limit: number): string[] {
    // Each step is a search in the index of those that await something, however many await the same.
    return this.#all<{ awaits: string }>(
      "with recursive step (awaits) as (select min(awaits) from job where awaits > ? and awaits <> '' union all " +
        "select (select min(awaits) from job where awaits > step.awaits and awaits <> '') from step " +
        "where step.awaits is not null) select awaits from step where awaits is not null limit ?",
      ...[after, limit],
    ).map(({ awaits }) => awaits);
  }

  lastAwaiting(awaits: string): number | undefined {
    const sql = "select max(id) as id from job where awaits = ? and awaits <> ''";
    return this.#statements.one<{ id: number | null }>(sql, awaits)?.id ?? undefined;
  }

  /** Changes a slice; `ready` hears of each lane that has a job more that is ready. */
  change(
    filter: JobFilter,
    change: JobChange,
    { after = 0, limit, now }: QueuePage & { readonly now: number },
    ready: (lane: string) => void,
  ): ChangedJobs {
    const possible = CHANGEABLE[change.action];
    const states = (filter.states ?? possible).filter((state) => possible.includes(state));
    const rows = this.#select({ ...filter, states }, after, limit);
    for (const row of rows) {
      const state = this.#apply(row, change, now);
      if (state === "ready") ready(change.action === "edit" ? change.lane ?? row.lane_name : row.lane_name);
    }
    return { changed: rows.length, next: rows.length < limit ? undefined : rows.at(-1)?.id };
  }

  #apply(row: JobRow, change: JobChange, now: number): JobState | undefined {
    switch (change.action) {
      case "retry":
        this.#run(
          "update job set attempts = 0, refusals = 0, due = 0, added_at = ? where id = ?",
          ...[stateOf(row.state) === "delivered" ? now : row.added_at, row.id],
        );
        return this.#move(row, "ready");
      case "resume":
        return this.#move(row, stateOnceFree(row));
      case "release":
        return this.#release(row, change, now);
      case "hold":
        return this.#move(row, "held");
      case "drop":
        this.#remove(row);
        return undefined;
      case "edit":
        return this.#edit(row, change);
    }
  }

  #release(row: JobRow, change: Release, now: number): JobState {
    const { id, lane_name: lane } = row;
    const state = stateOnceReleased({ id, lane, state: stateOf(row.state) }, change, now);
    const settledAt = state === "delivered" ? now : 0;
    this.#run("update job set awaits = '', due = ?, settled_at = ? where id = ?", change.due ?? 0, settledAt, id);
    return this.#move({ ...row, awaits: "" }, state);
  }

  #edit(row: JobRow, { lane: name, priority = priorityOf(row.priority) }: JobChange & { action: "edit" }): JobState {
    const state = stateOf(row.state);
    const lane = name === undefined ? row.lane : this.#counters.lane(name);
    const there = lane === row.lane ? undefined : this.#find(lane, row.uid, row.recipe);
    if (there !== undefined) {
      this.#remove(row);
      return stateOf(there.state);
    }
    const unit = this.#counters.unit({ lane, unit: row.key, priority, studyInstanceUid: row.study });
    // Another destination has refused nothing yet.
    if (lane !== row.lane) this.#run("update job set attempts = 0, refusals = 0 where id = ?", row.id);
    this.#move(row, state, unit, lane);
    if (unit !== row.unit) this.#counters.removeEmptyUnits([row.unit]);
    return state;
  }

  #remove(row: JobRow): void {
    this.#run("delete from job where id = ?", row.id);
    this.#counters.count(row.lane, row.unit, stateOf(row.state), -1);
    this.#counters.removeEmptyUnits([row.unit]);
  }

  isWanted(uid: string): boolean {
    const sql = "select uid from job where uid_hash = ? and state <> 5";
    return this.#all<{ uid: string }>(sql, hashOf(uid)).some((row) => row.uid === uid);
  }

  /** Returns how many jobs and attempts are forgotten. */
  forget(before: number, limit: number): number {
    const jobs = this.#all(`${JOBS} where j.state = 5 and j.settled_at < ? limit ?`, before, limit);
    for (const row of jobs) {
      this.#run("delete from job where id = ?", row.id);
      this.#counters.count(row.lane, row.unit, "delivered", -1);
    }
    this.#counters.removeEmptyUnits(jobs.map(({ unit }) => unit));
    // Attempts are in the order of their ids, but for what a clock that was set back has done.
    const attempts = this.#all<{ id: number; at: number }>("select id, at from delivery order by id limit ?", limit)
      .filter(({ at }) => at < before);
    for (const { id } of attempts) this.#run("delete from delivery where id = ?", id);
    return jobs.length + attempts.length;
  }

  /** Changes the state of a job, and counts that. */
  #move(row: JobRow, state: JobState, unit = row.unit, lane = row.lane): JobState {
    this.#count(row, state, unit, lane);
    if (state !== "leased") {
      const sql = "update job set state = ?, unit = ?, lane = ?, worker = null, awaits = ? where id = ?";
      this.#run(sql, stateNumber(state), unit, lane, mayAwait(state) ? row.awaits : "", row.id);
    }
    return state;
  }

  #count(row: JobRow, state: JobState, unit = row.unit, lane = row.lane): void {
    this.#counters.count(row.lane, row.unit, stateOf(row.state), -1);
    this.#counters.count(lane, unit, state, 1);
  }

  #find(lane: number, uid: string, recipe: string): JobRow | undefined {
    return this.#all(`${JOBS} where j.uid_hash = ?`, hashOf(uid))
      .find((row) => row.uid === uid && row.lane === lane && row.recipe === recipe);
  }

  #byId(id: number): JobRow | undefined {
    return this.#statements.one<JobRow>(`${JOBS} where j.id = ?`, id);
  }

  #all<Row = JobRow>(sql: string, ...values: Parameter[]): Row[] {
    return this.#statements.all<Row>(sql, ...values);
  }

  #run(sql: string, ...values: Parameter[]): number {
    return this.#statements.run(sql, ...values);
  }
}

function jobOf(row: JobRow): Job {
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
    awaits: row.awaits,
    last: { class: row.last_class, status: row.last_status, error: row.last_error },
  };
}
