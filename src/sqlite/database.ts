/**
 * SQLite databases, by `node:sqlite`: for Deno, Bun, and Node from 22 on.
 *
 * @module
 */

import process from "node:process";
import type { DatabaseSync } from "node:sqlite";

/** Asked for, not imported: programs in one file would fail at their start on Node 20, which has none. */
const sqlite = process.getBuiltinModule("node:sqlite");
if (sqlite === undefined) {
  throw Object.assign(new Error("No such built-in module: node:sqlite"), { code: "ERR_UNKNOWN_BUILTIN_MODULE" });
}

/** How a database is opened. */
export interface DatabaseOptions {
  /** Whether a transaction is flushed when it is committed, so that it survives a loss of power. Default: false. */
  readonly flushed?: boolean;
  /** Memory for pages, in KiB. Default: 16,384. */
  readonly cache?: number;
  /**
   * How long SQLite's own log becomes before it is brought into the database, in pages of 4 KiB: what is written again until
   * then is brought once, and everybody waits for the disk less often. Default: 1,000.
   */
  readonly log?: number;
}

/**
 * Opens a database file, or makes it, for this process alone.
 *
 * @throws Error when that can't be; what SQLite said, for which `isDamage` is true, when it can't read the file
 */
export function openDatabase(
  path: string,
  { flushed = false, cache = 16 * 1024, log = 1_000 }: DatabaseOptions = {},
): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path);
    // No other process has it open: no file of shared memory, and no lock for each transaction.
    database.exec(`pragma locking_mode = exclusive; pragma journal_mode = wal`);
    database.exec(`pragma synchronous = ${flushed ? "full" : "normal"}`);
    database.exec(`pragma cache_size = ${-cache}; pragma temp_store = memory`);
    database.exec(`pragma wal_autocheckpoint = ${log}`);
    return database;
  } catch (error) {
    database?.close();
    if (isDamage(error)) throw error;
    const problem = isLocked(error) ? "another process has it open" : describe(error);
    throw new Error(`Cannot open the database ${path}: ${problem}`, { cause: error });
  }
}

/** The number that a pragma such as `user_version` has. */
export function pragma(database: DatabaseSync, name: "application_id" | "user_version"): number {
  return Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
}

/** Whether SQLite can't read the file: SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === 11 || code === 26 || /malformed|not a database/.test(describe(error));
}

/** SQLITE_BUSY. Bun tells no code. */
function isLocked(error: unknown): boolean {
  return resultCode(error) === 5 || /database is locked/.test(describe(error));
}

function resultCode(error: unknown): number {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
}

/** What SQLite said. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
