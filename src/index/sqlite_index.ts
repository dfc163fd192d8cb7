// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * The index in an SQLite database, by `node:sqlite`: for Deno, Bun, and Node from 22 on.
 *
 * New instances wait in memory for a moment, so that many share a transaction; every method sees them at once. A transaction
 * is written and not flushed (`synchronous=normal`): until `sync` has flushed SQLite's own log, the store has notes of the
 * instances that a crash may take away. The flush takes place off the event loop.
 *
 * @module
 */

import { existsSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { clearTimeout, setTimeout } from "node:timers";
import { InstanceNotKeptError } from "../errors.ts";
import type { Match, Page, PageRequest } from "../query/instance_source.ts";
import type { QueryLevel } from "../query/levels.ts";
import type { MatcherOptions } from "../query/matcher.ts";
import type { Query } from "../query/query.ts";
import type {
  IndexCheck,
  IndexedInstance,
  IndexOptions,
  IndexStatistics,
  InstanceIndex,
  NewTask,
  SearchOptions,
  Task,
} from "./instance_index.ts";
import { type KeptAttributes, keptLevels } from "./kept_attributes.ts";
import { describe, isDamage, openDatabase } from "../sqlite/database.ts";
import { syncIfThere } from "../sqlite/sync_file.ts";
import { checkVersion, UnusableIndexError } from "./sqlite/index_file.ts";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from "./sqlite/schema.ts";
import { searchPage } from "./sqlite/pages.ts";
import { Search } from "./sqlite/search.ts";
import { type Searched, searchEntities, searchInstances } from "./sqlite/searches.ts";
import { Statements } from "./sqlite/statements.ts";
import { readStatistics } from "./sqlite/statistics.ts";
import { Tables } from "./sqlite/tables.ts";

export { UnusableIndexError, type UnusableReason } from "./sqlite/index_file.ts";

/** How an SQLite index works. */
export interface SqliteIndexOptions extends IndexOptions {
  /** Whether `sync` protects from a loss of power as well, not only from the end of the process. Default: true. */
  readonly durable?: boolean;
}

/** How many changes share a transaction, and how long the first of them waits, in milliseconds. */
const CHANGES_AT_ONCE = 64;
const LONGEST_WAIT = 50;

/** How many missing UIDs are remembered. */
const MAXIMUM_ABSENT = 1_000;

/** How many instances are read at a time. */
const LISTED_AT_ONCE = 500;

/** Makes an empty index at `path`, where there must be none. */
export function createSqliteIndex(path: string, options: SqliteIndexOptions = {}): InstanceIndex {
  if (existsSync(path)) throw new Error(`Cannot create an index: ${path} already exists`);
  const database = openDatabase(path);
  try {
    const kept = (options.attributes ?? []).map((tag) => `insert or ignore into kept values (${tag}); `).join("");
    database.exec(
      `begin; ${SCHEMA} ${kept} pragma user_version = ${SCHEMA_VERSION}; ` +
        `pragma application_id = ${APPLICATION_ID}; commit`,
    );
    return new SqliteIndex(path, database, options);
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens the index at `path`. It keeps the attributes that it was made for, whatever `options` say. Throws
 * `UnusableIndexError`.
 */
export function openSqliteIndex(path: string, options: SqliteIndexOptions = {}): InstanceIndex {
  if (!existsSync(path)) throw new UnusableIndexError(`Cannot find the index ${path}`, { reason: "missing" });
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path);
    checkVersion(database, path);
    return new SqliteIndex(path, database, options);
  } catch (error) {
    database?.close();
    if (error instanceof UnusableIndexError || !isDamage(error)) throw error;
    throw new UnusableIndexError(`Cannot read the index ${path}: ${describe(error)}`, {
      reason: "damaged",
      cause: error,
    });
  }
}

/** A change that waits for its transaction. */
type Change =
  | {
    readonly put: IndexedInstance;
    readonly isNew: boolean;
    readonly tasks: readonly NewTask[];
    readonly attributes: KeptAttributes | undefined;
  }
  | { readonly remove: string; readonly tasks: readonly NewTask[] }
  | { readonly finished: number };

class SqliteIndex implements InstanceIndex {
  readonly kept: ReadonlyMap<number, QueryLevel>;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #tables: Tables;
  readonly #searched: Searched;
  readonly #durable: boolean;
  #waiting: Change[] = [];
  /** The waiting changes by SOP Instance UID; null for an instance that is to be removed. */
  readonly #news = new Map<string, IndexedInstance | null>();
  /** UIDs that were looked for and not found since the last transaction: putting such an instance needs no second look. */
  readonly #absent = new Set<string>();
  #serial: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failure: unknown;

  constructor(path: string, database: DatabaseSync, { durable = true }: SqliteIndexOptions) {
    this.#path = path;
    this.#database = database;
    const statements = new Statements(database);
    this.#statements = statements;
    this.#tables = new Tables(statements);
    this.kept = keptLevels(this.#tables.keptTags());
    this.#searched = {
      search: new Search(statements),
      tables: this.#tables,
      kept: this.kept,
      attempt: (work) => this.#try(work),
    };
    this.#durable = durable;
    this.#serial = this.#tables.state("serial");
  }

  find(sopInstanceUid: string): IndexedInstance | undefined {
    const news = this.#news.get(sopInstanceUid);
    if (news !== undefined) return news ?? undefined;
    return this.#try(() => {
      // A caller that looks for an instance is about to put it, so it has to get the error of the last write.
      if (this.#failure !== undefined) this.#write();
      const found = this.#tables.find(sopInstanceUid);
      if (this.#absent.size >= MAXIMUM_ABSENT) this.#absent.clear();
      if (found === undefined) this.#absent.add(sopInstanceUid);
      return found;
    });
  }

  put(instance: IndexedInstance, tasks: readonly NewTask[] = [], attributes?: KeptAttributes): void {
    const { sopInstanceUid, serial } = instance;
    this.#serial = Math.max(this.#serial, serial);
    this.#news.set(sopInstanceUid, instance);
    this.#add({ put: instance, isNew: this.#absent.delete(sopInstanceUid), tasks, attributes });
  }

  delete(sopInstanceUid: string, tasks: readonly NewTask[] = []): void {
    this.#absent.delete(sopInstanceUid);
    this.#news.set(sopInstanceUid, null);
    this.#add({ remove: sopInstanceUid, tasks });
  }

  finish({ id }: Task): void {
    this.#add({ finished: id });
  }

  async *list(): AsyncGenerator<IndexedInstance> {
    this.#try(() => this.#write());
    for (let id = 0, rows = this.#try(() => this.#tables.after(id, LISTED_AT_ONCE)); rows.length > 0;) {
      for (const { instance } of rows) yield instance;
      id = rows.at(-1)!.id;
      rows = this.#try(() => this.#tables.after(id, LISTED_AT_ONCE));
    }
  }

  async *search(query: Query, options: SearchOptions = {}): AsyncGenerator<Match> {
    this.#try(() => this.#write());
    yield* searchEntities(this.#searched, query, options);
  }

  async page(query: Query, request: PageRequest & MatcherOptions = {}): Promise<Page> {
    this.#try(() => this.#write());
    return await searchPage(this.#searched, query, request);
  }

  async *instancesOf(selection: Query, options: SearchOptions = {}): AsyncGenerator<IndexedInstance> {
    this.#try(() => this.#write());
    yield* searchInstances(this.#searched, selection, options);
  }

  count(): number {
    return this.#try(() => {
      this.#write();
      return this.#tables.count();
    });
  }

  statistics(): IndexStatistics {
    return this.#try(() => {
      this.#write();
      const files = [this.#path, `${this.#path}-wal`].filter((file) => existsSync(file));
      const indexBytes = files.reduce((total, file) => total + statSync(file).size, 0);
      return { ...readStatistics(this.#statements), indexBytes };
    });
  }

  highestSerial(): number {
    return this.#serial;
  }

  tasks(kind: string, limit: number): Task[] {
    return this.#try(() => {
      this.#write();
      return this.#tables.tasks(kind, limit);
    });
  }

  async sync(): Promise<void> {
    this.#try(() => this.#write());
    if (this.#durable) await syncIfThere(`${this.#path}-wal`);
  }

  check(): IndexCheck {
    try {
      this.#transact(() => this.#tables.setState("checked", Date.now()));
      this.#write();
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
  #add(change: Change): void {
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
      // The next call that looks up an instance throws the error.
    }
  }

  /** Writes the waiting changes in one transaction. When that fails, they still wait. */
  #write(): void {
    if (this.#waiting.length === 0) return void (this.#failure = undefined);
    clearTimeout(this.#timer);
    try {
      this.#transact(() => {
        for (const change of this.#waiting) this.#apply(change);
        this.#tables.flush();
        this.#tables.setState("serial", this.#serial);
      });
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#failure = undefined;
    this.#waiting = [];
    this.#news.clear();
    this.#absent.clear();
  }

  #apply(change: Change): void {
    if ("finished" in change) return this.#tables.removeTask(change.finished);
    const uid = "put" in change ? change.put.sopInstanceUid : change.remove;
    if ("put" in change) this.#tables.put(change.put, change.attributes, change.isNew);
    else this.#tables.delete(uid);
    for (const task of change.tasks) this.#tables.addTask(uid, task);
  }

  #transact(work: () => void): void {
    this.#database.exec("begin immediate");
    try {
      work();
      this.#database.exec("commit");
    } catch (error) {
      this.#tables.forgetNumbers();
      try {
        this.#database.exec("rollback");
      } catch {
        // SQLite has done so by itself.
      }
      throw error;
    }
  }

  /** An error of the database is no fault of the instance. */
  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const hint = isDamage(cause) ? "; gantry index rebuild makes it anew" : "";
      throw new InstanceNotKeptError(`Cannot use the index: ${describe(cause)}${hint}`, {
        reason: "out-of-resources",
        cause,
      });
    }
  }
}
