// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * The queue in an SQLite database, by `node:sqlite`: for Deno, Bun, and Node from 22 on.
 *
 * It has a file of its own beside the index's, so that no job is lost when the index is made anew. Added and settled jobs wait
 * in memory for a moment, so that many share a transaction; every method sees them at once. A transaction is written and not
 * flushed: until `sync` has flushed SQLite's own log, the store has notes of the jobs that a crash may take away. A delivery
 * whose record a crash takes away is made again.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { clearTimeout, setTimeout } from "node:timers";
import { InstanceNotKeptError } from "../errors.ts";
import { describe, isDamage, openDatabase } from "../sqlite/database.ts";
import { Statements } from "../sqlite/statements.ts";
import { syncIfThere } from "../sqlite/sync_file.ts";
import type { Delivery, Job, JobSubject, NewJob } from "./job.ts";
import type {
  AddOptions,
  ChangedJobs,
  ChoiceGroup,
  ClaimOptions,
  DeliveryFilter,
  JobChange,
  JobFilter,
  JobQueue,
  QueuedLane,
  QueuePage,
  Settlement,
} from "./job_queue.ts";
import { changeJobs } from "./sqlite/changes.ts";
import { choose, readChoices } from "./sqlite/choices.ts";
import { Counters } from "./sqlite/counters.ts";
import { JobRows } from "./sqlite/job_rows.ts";
import { JobTables } from "./sqlite/job_tables.ts";
import { readDeliveries, readLanes } from "./sqlite/reports.ts";
import { prepareTables } from "./sqlite/versions.ts";

/** How an SQLite queue works. */
export interface SqliteQueueOptions {
  /** Whether `sync` protects from a loss of power as well, not only from the end of the process. Default: true. */
  readonly durable?: boolean;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** Pages of SQLite's own log: a job changes some of the same ones when it is added, claimed and settled. */
const LOG = 4_000;

/** How many changes share a transaction, and how long the first of them waits, in milliseconds. */
const CHANGES_AT_ONCE = 64;
const LONGEST_WAIT = 50;

/**
 * Opens the queue at `path`, or makes a file for it.
 *
 * @throws Error when the file is something else, damaged, of a later version, or opened by another process: only this file has
 * the jobs, so it is never made anew
 */
export function openSqliteQueue(path: string, options: SqliteQueueOptions = {}): JobQueue {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path, { log: LOG });
    prepareTables(database, path);
    return new SqliteQueue(path, database, options);
  } catch (error) {
    database?.close();
    if (!isDamage(error)) throw error;
    const advice = "move it away to go on without the jobs in it";
    throw new Error(`Cannot read the queue ${path}: ${describe(error)}; ${advice}`, { cause: error });
  }
}

/** A change that waits for its transaction. */
type Change =
  | {
    readonly subject: JobSubject;
    readonly jobs: readonly NewJob[];
    readonly options: AddOptions;
    readonly at: number;
  }
  | { readonly settled: readonly Settlement[] };

class SqliteQueue implements JobQueue {
  onReady: ((lane: string) => void) | undefined;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #counters: Counters;
  readonly #rows: JobRows;
  readonly #tables: JobTables;
  readonly #durable: boolean;
  readonly #now: () => number;
  #waiting: Change[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failure: unknown;

  constructor(path: string, database: DatabaseSync, { durable = true, now = Date.now }: SqliteQueueOptions) {
    this.#path = path;
    this.#database = database;
    this.#statements = new Statements(database);
    this.#counters = new Counters(this.#statements);
    this.#rows = new JobRows(this.#statements, this.#counters);
    this.#tables = new JobTables(this.#rows);
    this.#durable = durable;
    this.#now = now;
    this.#transact(() => this.#tables.endAllLeases());
  }

  prepare(): void {
    if (this.#failure === undefined) return;
    try {
      this.#write();
    } catch (cause) {
      throw new InstanceNotKeptError(`Cannot use the queue: ${describe(cause)}`, { reason: "out-of-resources", cause });
    }
  }

  add(subject: JobSubject, jobs: readonly NewJob[], options: AddOptions = {}): void {
    if (jobs.length > 0) this.#later({ subject, jobs, options, at: this.#now() });
  }

  settle(settlements: readonly Settlement[]): void {
    if (settlements.length > 0) this.#later({ settled: settlements });
  }

  async sync(): Promise<void> {
    this.#write();
    if (this.#durable) await syncIfThere(`${this.#path}-wal`);
  }

  async claim(lane: string, options: ClaimOptions): Promise<readonly Job[]> {
    return this.#write(() => {
      const id = this.#counters.knownLane(lane);
      return id === undefined ? [] : this.#tables.claim(id, options);
    });
  }

  async renew(worker: string, leaseUntil: number): Promise<void> {
    this.#transact(() => this.#tables.renew(worker, leaseUntil));
  }

  async lanes(): Promise<readonly QueuedLane[]> {
    this.#write();
    return readLanes(this.#statements);
  }

  async pause(lane: string, paused: boolean): Promise<void> {
    this.#transact(() => {
      const id = this.#counters.lane(lane);
      this.#statements.run("update lane set paused = ? where id = ?", paused ? 1 : 0, id);
    });
  }

  async jobs(filter: JobFilter, page: QueuePage): Promise<readonly Job[]> {
    this.#write();
    return this.#tables.jobs(filter, page);
  }

  async change(
    filter: JobFilter,
    change: JobChange,
    page: QueuePage & { readonly now: number },
  ): Promise<ChangedJobs> {
    this.#write();
    const ready = new Set<string>();
    const changed = this.#transact(() => changeJobs(this.#rows, filter, change, page, (lane) => ready.add(lane)));
    this.#tell(ready);
    return changed;
  }

  async awaited(
    { after = "", limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]> {
    this.#write();
    return this.#tables.awaited(after, limit);
  }

  async lastAwaiting(awaits: string, lane?: string): Promise<number | undefined> {
    this.#write();
    return this.#tables.lastAwaiting(awaits, lane);
  }

  async choices(lane: string): Promise<readonly ChoiceGroup[]> {
    this.#write();
    const id = this.#counters.knownLane(lane);
    return id === undefined ? [] : readChoices(this.#statements, id);
  }

  async choose(lane: string, group: ChoiceGroup, to: string, page: QueuePage): Promise<ChangedJobs> {
    this.#write();
    const { isReady, ...changed } = this.#transact(() => choose(this.#rows, lane, group, to, page));
    if (isReady) this.#tell(new Set([to]));
    return changed;
  }

  async deliveries(filter: DeliveryFilter, page: QueuePage): Promise<readonly Delivery[]> {
    this.#write();
    return readDeliveries(this.#statements, this.#counters, filter, page);
  }

  async isWanted(sopInstanceUid: string): Promise<boolean> {
    this.#write();
    return this.#tables.isWanted(sopInstanceUid);
  }

  async forget(before: number, limit: number, jobsBefore = before): Promise<number> {
    this.#write();
    return this.#transact(() => this.#tables.forget(before, limit, jobsBefore));
  }

  async forgetInstance(sopInstanceUid: string): Promise<void> {
    this.#write();
    this.#transact(() => this.#tables.forgetInstance(sopInstanceUid));
  }

  async check(): Promise<{ readonly usable: boolean; readonly problem?: string }> {
    try {
      this.#write();
      this.#transact(() => this.#statements.run("insert or replace into checked (id, at) values (1, ?)", Date.now()));
      return { usable: true };
    } catch (error) {
      return { usable: false, problem: describe(error) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#database.isOpen) return;
    try {
      this.#write();
    } finally {
      // Puts everything into the database, and flushes it.
      this.#database.close();
    }
  }

  /** Never throws: a sender's success must not depend on it. */
  #later(change: Change): void {
    this.#waiting.push(change);
    if (this.#waiting.length === 1) {
      this.#timer = setTimeout(() => this.#writeIfPossible(), LONGEST_WAIT);
      this.#timer.unref();
    }
    if (this.#waiting.length % CHANGES_AT_ONCE === 0) this.#writeIfPossible();
  }

  #writeIfPossible(): void {
    try {
      this.#write();
    } catch {
      // The next call that writes throws the error.
    }
  }

  /** Writes the waiting changes, and does the work that follows, in one transaction. When that fails, the changes still wait. */
  #write(): void;
  #write<T>(then: () => T): T;
  #write<T>(then?: () => T): T | undefined {
    const waiting = this.#waiting;
    if (waiting.length === 0 && then === undefined) return void (this.#failure = undefined);
    clearTimeout(this.#timer);
    const ready = new Set<string>();
    let result: T | undefined;
    try {
      result = this.#transact(() => {
        for (const change of waiting) this.#apply(change, (lane) => lane !== undefined && ready.add(lane));
        return then?.();
      });
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#failure = undefined;
    this.#waiting = [];
    this.#tell(ready);
    return result;
  }

  #apply(change: Change, ready: (lane: string | undefined) => void): void {
    if ("settled" in change) {
      for (const settlement of change.settled) ready(this.#tables.settle(settlement));
      return;
    }
    for (const job of change.jobs) ready(this.#tables.add(change.subject, job, change.at, change.options));
  }

  /** Tells the listener of lanes with new ready jobs, but only after the present call: the listener may claim. */
  #tell(lanes: ReadonlySet<string>): void {
    for (const lane of lanes) queueMicrotask(() => this.onReady?.(lane));
  }

  #transact<T>(work: () => T): T {
    this.#database.exec("begin immediate");
    try {
      const result = work();
      this.#counters.flush();
      this.#database.exec("commit");
      return result;
    } catch (error) {
      this.#counters.forget();
      try {
        this.#database.exec("rollback");
      } catch {
        // SQLite has done so by itself.
      }
      throw error;
    }
  }
}
