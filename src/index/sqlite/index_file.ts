/**
 * The file of an index: what is wrong with it.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { pragma } from "../../sqlite/database.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";

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

/** Throws `UnusableIndexError` for what is no index of this version. */
export function checkVersion(database: DatabaseSync, path: string): void {
  if (database.prepare("select 1 from sqlite_schema limit 1").get() === undefined) {
    throw new UnusableIndexError(`Cannot read the index ${path}: the file is empty`, { reason: "damaged" });
  }
  if (pragma(database, "application_id") !== APPLICATION_ID) {
    throw new UnusableIndexError(`Cannot use ${path}: it is no index of Gantry`, { reason: "other" });
  }
  const version = pragma(database, "user_version");
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
