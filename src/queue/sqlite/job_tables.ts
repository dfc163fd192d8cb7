/**
 * Reading and writing the jobs, row by row. Every method throws what SQLite throws.
 *
 * @module
 */

import { hashOf } from "../../sqlite/hash.ts";
import type { Parameter, Statements } from "../../sqlite/statements.ts";
import type { Job, JobState, JobSubject, NewJob } from "../job.ts";
import type { AddOptions, ClaimOptions, JobFilter, QueuePage, Settlement } from "../job_queue.ts";
import {
  initialState,
  isSameVersion,
  LONGEST_PAUSE,
  sameJob,
  stateOnceAgain,
  stateOnceFree,
  stateOnceSettled,
} from "../job_rules.ts";
import { pass } from "./choices.ts";
import type { Counters } from "./counters.ts";
import { NO_LANE } from "./job_filter.ts";
import { jobOf, type JobRow, type JobRows, JOBS } from "./job_rows.ts";
import { lanesText, priorityNumber, stateNumber } from "./schema.ts";

/** Most jobs that become ready at once because they are due, or because their lease has expired. */
const AWAKENED_AT_ONCE = 500;

/** The jobs of one database. */
export class JobTables {
  readonly #statements: Statements;
  readonly #counters: Counters;
  readonly #rows: JobRows;
  /** When each lane had its last claim. */
  readonly #claimedAt = new Map<number, number>();

  constructor(rows: JobRows) {
    this.#statements = rows.statements;
    this.#counters = rows.counters;
    this.#rows = rows;
  }

  /** Adds a job. Answers the lane if it has a new ready job. */
  add(subject: JobSubject, added: NewJob, now: number, options: AddOptions): string | undefined {
    const asked = this.#counters.lane(added.lane);
    const known = this.#rows.of(subject.sopInstanceUid, added.recipe);
    const same = sameJob(known, { ...added, lane: asked });
    const existing = same && this.#rows.byId(same.id);
    if (existing === undefined) {
      const state = initialState(added, now);
      const unit = this.#counters.unit({ ...added, lane: asked, studyInstanceUid: subject.studyInstanceUid });
      this.#insert(subject, added, { lane: asked, unit, state, now });
      return state === "ready" ? added.lane : undefined;
    }
    const state = stateOnceAgain(jobOf(existing), subject, added, now, options);
    if (state === undefined) return undefined;
    this.#run(
      "update job set serial = ?, received_at = ?, size = ?, route = ?, recipe = ?, due = ?, awaits = ?, added_at = ?, " +
        "choice = ?, refused_by = '', attempts = 0, refusals = 0, last_class = '', last_status = '', last_error = '' where id = ?",
      ...[subject.serial, subject.receivedAt, subject.size, added.route, added.recipe, added.due],
      ...[added.awaits ?? "", now],
      ...[lanesText(added.choice ?? []), existing.id],
    );
    // A job that is being sent ends in the unit in which it began.
    const anew = { ...existing, awaits: added.awaits ?? "" };
    if (state === "leased") return void this.#rows.move(anew, state);
    const isTaken = known.some((row) => row !== same && row.lane === asked);
    const lane = isTaken ? existing.lane : asked;
    const after = this.#counters.unit({ ...added, lane, studyInstanceUid: subject.studyInstanceUid });
    this.#rows.move(anew, state, after, lane);
    if (existing.unit !== after) this.#counters.removeEmptyUnits([existing.unit]);
    return state === "ready" ? (isTaken ? existing.lane_name : added.lane) : undefined;
  }

  #insert(
    subject: JobSubject,
    { recipe, route, due, awaits = "", choice = [] }: NewJob,
    { lane, unit, state, now }: { lane: number; unit: number; state: JobState; now: number },
  ): void {
    const { sopInstanceUid: uid, serial, receivedAt, size } = subject;
    this.#run(
      "insert into job (lane, unit, uid, uid_hash, recipe, route, state, due, serial, received_at, size, added_at, " +
        "awaits, choice) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[lane, unit, uid, hashOf(uid), recipe, route, stateNumber(state), due, serial, receivedAt, size, now],
      ...[awaits, lanesText(choice)],
    );
    this.#counters.count(lane, unit, state, 1);
  }

  claim(lane: number, options: ClaimOptions): Job[] {
    const { priorities, limit } = options;
    this.#awaken(lane, options);
    this.#counters.flush();
    for (const priority of priorities) {
      const next = this.#statements.one<{ id: number }>(
        "select id from unit where lane = ? and priority = ? and ready > 0 and leased = 0 order by turn limit 1",
        ...[lane, priorityNumber(priority)],
      );
      if (next === undefined) continue;
      const rows = this.#all(`${JOBS} where j.unit = ? and j.state = 0 order by j.id limit ?`, next.id, limit);
      this.#lease(next.id, rows, options);
      this.#run("update lane set turn = turn + 1 where id = ?", lane);
      this.#run("update unit set turn = (select turn from lane where id = ?) where id = ?", lane, next.id);
      return rows.map((row) => ({ ...jobOf(row), state: "leased" }));
    }
    return [];
  }

  /** Leases jobs of a unit: the first of those that are ready. */
  #lease(unit: number, rows: readonly JobRow[], { worker, leaseUntil }: ClaimOptions): void {
    const sql = "update job set state = 1, worker = ?, lease_until = ? where unit = ? and state = 0 and id <= ?";
    this.#run(sql, worker, leaseUntil, unit, rows.at(-1)?.id ?? 0);
    for (const row of rows) this.#rows.count(row, "leased");
  }

  /** Makes jobs ready that are due, as `isDue()` says, or whose worker did not renew its lease. */
  #awaken(lane: number, { now, steady = now, worker }: ClaimOptions): void {
    const due = this.#rows.rare(
      "lane = ? and state = 2 and due <= ? and (awaits = '' or due <= ?) order by due limit ?",
      ...[lane, now, steady, AWAKENED_AT_ONCE],
    );
    const lost = this.#rows.rare(
      "lane = ? and state = 1 and lease_until <= ? and worker <> ? limit ?",
      ...[lane, now, worker, AWAKENED_AT_ONCE],
    );
    for (const row of [...due, ...this.#tooFarOff(lane, now)]) this.#rows.move(row, "ready");
    for (const row of lost) this.#rows.move(row, stateOnceFree(row));
  }

  /** Jobs that wait for too long after an attempt. They are looked for only at first and when the clock was set back. */
  #tooFarOff(lane: number, now: number): readonly JobRow[] {
    const isLater = now >= (this.#claimedAt.get(lane) ?? Infinity);
    const rows = isLater ? [] : this.#rows.rare(
      "lane = ? and state = 2 and due > ? and awaits = '' and last_class <> '' limit ?",
      ...[lane, now + LONGEST_PAUSE, AWAKENED_AT_ONCE],
    );
    if (rows.length < AWAKENED_AT_ONCE) this.#claimedAt.set(lane, now);
    return rows;
  }

  /** Ends the leases of earlier processes: only this process has the database open. */
  endAllLeases(): void {
    for (const row of this.#all(`${JOBS} where j.state = 1`)) this.#rows.move(row, stateOnceFree(row));
  }

  renew(worker: string, leaseUntil: number): void {
    this.#run("update job set lease_until = ? where state = 1 and worker = ?", leaseUntil, worker);
  }

  /** Settles a job. Answers the lane if it has a new ready job. */
  settle(settlement: Settlement): string | undefined {
    const { job, attempt, to } = settlement;
    const row = this.#rows.leaseOf(job.id);
    const attempts = (row?.attempts ?? job.attempts) + (attempt?.counts ? 1 : 0);
    if (attempt !== undefined) this.#log(settlement, attempts + (attempt.counts ? 0 : 1));
    const state = row && stateOnceSettled(row, settlement);
    if (row === undefined || state === undefined) return undefined;
    const passed = to !== undefined && isSameVersion(row, job) ? this.#rows.byId(job.id) : undefined;
    this.#endLease(state, attempts, settlement);
    if (to !== undefined && passed !== undefined) return pass(this.#rows, passed, to);
    this.#counters.count(row.lane, row.unit, row.state, -1);
    this.#counters.count(row.lane, row.unit, state, 1);
    return state === "ready" ? this.#rows.byId(job.id)?.lane_name : undefined;
  }

  #endLease(state: JobState, attempts: number, { job: { id }, at, due = 0, attempt }: Settlement): void {
    // A job that awaits a unit keeps its due time.
    const ended = "update job set state = ?, worker = null, due = iif(awaits = '', ?, due)";
    if (attempt === undefined) return void this.#run(`${ended} where id = ?`, stateNumber(state), due, id);
    this.#run(
      `${ended}, settled_at = ?, attempts = ?, refusals = refusals + ?, last_class = ?, last_status = ?, ` +
        "last_error = ? where id = ?",
      ...[stateNumber(state), due, at, attempts, attempt.refused ? 1 : 0],
      ...[attempt.class, attempt.status, attempt.error, id],
    );
  }

  #log({ job, at, attempt }: Settlement, number: number): void {
    if (attempt === undefined) return;
    this.#run(
      "insert into delivery (job, lane, route, recipe, uid, uid_hash, study, attempt, at, class, status, error, " +
        "milliseconds, bytes, sent_uid, sent_study) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[job.id, this.#counters.lane(job.lane), job.route, job.recipe, job.sopInstanceUid],
      ...[hashOf(job.sopInstanceUid), job.studyInstanceUid, number, at, attempt.class, attempt.status, attempt.error],
      ...[Math.round(attempt.milliseconds), attempt.bytes],
      ...[attempt.sentAs?.sopInstanceUid ?? null, attempt.sentAs?.studyInstanceUid ?? null],
    );
  }

  jobs(filter: JobFilter, page: QueuePage): Job[] {
    return this.#rows.select(filter, page).map(jobOf);
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

  lastAwaiting(awaits: string, lane?: string): number | undefined {
    const sql = "select id from job where awaits = ? and awaits <> ''";
    const found = lane === undefined
      ? this.#statements.one<{ id: number }>(`${sql} order by id desc limit 1`, awaits)
      : this.#statements.one<{ id: number }>(
        `${sql} and +lane = ? order by id desc limit 1`,
        awaits,
        this.#counters.knownLane(lane) ?? NO_LANE,
      );
    return found?.id;
  }

  isWanted(uid: string): boolean {
    const sql = "select uid from job where uid_hash = ? and state <> 5";
    return this.#all<{ uid: string }>(sql, hashOf(uid)).some((row) => row.uid === uid);
  }

  /** Returns how many jobs and attempts are forgotten. */
  forget(before: number, limit: number, jobsBefore: number): number {
    const jobs = this.#all(`${JOBS} where j.state = 5 and j.settled_at < ? limit ?`, jobsBefore, limit);
    this.#forgetJobs(jobs);
    // Attempts are in the order of their ids, except where the clock was set back.
    const attempts = this.#all<{ id: number; at: number }>("select id, at from delivery order by id limit ?", limit)
      .filter(({ at }) => at < before);
    for (const { id } of attempts) this.#run("delete from delivery where id = ?", id);
    return jobs.length + attempts.length;
  }

  /** Forgets the delivered jobs of an instance. */
  forgetInstance(uid: string): void {
    const jobs = this.#all(`${JOBS} where j.uid_hash = ? and j.state = 5`, hashOf(uid));
    this.#forgetJobs(jobs.filter((row) => row.uid === uid));
  }

  #forgetJobs(jobs: readonly JobRow[]): void {
    for (const row of jobs) {
      this.#run("delete from job where id = ?", row.id);
      this.#counters.count(row.lane, row.unit, "delivered", -1);
    }
    this.#counters.removeEmptyUnits(jobs.map(({ unit }) => unit));
  }

  #all<Row = JobRow>(sql: string, ...values: Parameter[]): Row[] {
    return this.#statements.all<Row>(sql, ...values);
  }

  #run(sql: string, ...values: Parameter[]): number {
    return this.#statements.run(sql, ...values);
  }
}
