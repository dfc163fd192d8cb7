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
}

/** Opens a database file, or makes it, for nobody else. */
export function openDatabase(path: string, { flushed = false, cache = 16 * 1024 }: DatabaseOptions = {}): DatabaseSync {
  const database = new sqlite.DatabaseSync(path);
  try {
    // Nobody else has it open: no file of shared memory, and no lock for each transaction.
    database.exec(`pragma locking_mode = exclusive; pragma journal_mode = wal`);
    database.exec(`pragma synchronous = ${flushed ? "full" : "normal"}`);
    database.exec(`pragma cache_size = ${-cache}; pragma temp_store = memory`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The number that a pragma such as `user_version` has. */
export function pragma(database: DatabaseSync, name: "application_id" | "user_version"): number {
  return Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
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
