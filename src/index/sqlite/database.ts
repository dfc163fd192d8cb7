/**
 * The database file: how it is opened, and what is wrong with it.
 *
 * @module
 */

import process from "node:process";
import type { DatabaseSync } from "node:sqlite";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";

/** Asked for, not imported: programs in one file would fail at their start on Node 20, which has none. */
const sqlite = process.getBuiltinModule("node:sqlite");
if (sqlite === undefined) {
  throw Object.assign(new Error("No such built-in module: node:sqlite"), { code: "ERR_UNKNOWN_BUILTIN_MODULE" });
}

/** Memory for pages of the database, in KiB. */
const CACHE = 16 * 1024;

/**
 * Why an index can't be used as it is: it is `missing`, `damaged`, `outdated`: of an earlier version, or `other`: of a later
 * one, or no index at all.
 */
export type UnusableReason = "missing" | "damaged" | "outdated" | "other";

/** A file that is no index that can be used. */
export class UnusableIndexError extends Error {
  /** Name of the class. */
  override readonly name = "UnusableIndexError";
  /** What is wrong with it. */
  readonly reason: UnusableReason;

  /** `detail.cause` is what SQLite said. */
  constructor(message: string, detail: { reason: UnusableReason; cause?: unknown }) {
    super(message, detail);
    this.reason = detail.reason;
  }
}

/** Opens a database file, or makes it, for nobody else. */
export function openDatabase(path: string): DatabaseSync {
  const database = new sqlite.DatabaseSync(path);
  try {
    // Nobody else has it open: no file of shared memory, and no lock for each transaction.
    database.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = normal");
    database.exec(`pragma cache_size = ${-CACHE}; pragma temp_store = memory`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Throws `UnusableIndexError` for what is no index of this version. */
export function checkVersion(database: DatabaseSync, path: string): void {
  const pragma = (name: string) => Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
  if (database.prepare("select 1 from sqlite_schema limit 1").get() === undefined) {
    throw new UnusableIndexError(`Cannot read the index ${path}: the file is empty`, { reason: "damaged" });
  }
  if (pragma("application_id") !== APPLICATION_ID) {
    throw new UnusableIndexError(`Cannot use ${path}: it is no index of Gantry`, { reason: "other" });
  }
  const version = pragma("user_version");
  if (version !== SCHEMA_VERSION) {
    throw new UnusableIndexError(
      `Cannot use the index ${path}: it has version ${version}, expected ${SCHEMA_VERSION}`,
      { reason: version < SCHEMA_VERSION ? "outdated" : "other" },
    );
  }
  // A page that can't be read shows here if it is one of the first.
  for (const table of ["term", "patient", "study", "series", "instance", "task", "state", "kept"]) {
    database.prepare(`select * from ${table} limit 1`).get();
  }
}

/** Whether SQLite can't read the file: SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return code === 11 || code === 26 || /malformed|not a database/.test(describe(error));
}

/** What SQLite said. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
