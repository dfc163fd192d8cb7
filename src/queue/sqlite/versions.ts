/**
 * The version of a queue's tables: made, and brought from one to the next.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { pragma } from "../../sqlite/database.ts";
import { APPLICATION_ID, MIGRATIONS, SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** Makes the tables in an empty database, and brings those of an earlier version to this one. Throws for any other. */
export function prepareTables(database: DatabaseSync, path: string): void {
  // A crash may come between the making of the file and its tables.
  if (database.prepare("select 1 from sqlite_schema limit 1").get() === undefined) {
    database.exec(
      `begin; ${SCHEMA} pragma user_version = ${SCHEMA_VERSION}; pragma application_id = ${APPLICATION_ID}; commit`,
    );
  }
  checkVersion(database, path);
}

/** Migrates a queue of an earlier version to this one: only this database has the jobs. */
function checkVersion(database: DatabaseSync, path: string): void {
  if (pragma(database, "application_id") !== APPLICATION_ID) {
    throw new Error(`Cannot use ${path}: it holds no queue of Gantry`);
  }
  let version = pragma(database, "user_version");
  for (let step = MIGRATIONS[version]; step !== undefined; step = MIGRATIONS[++version]) {
    database.exec(`begin; ${step} pragma user_version = ${version + 1}; commit`);
  }
  if (version !== SCHEMA_VERSION) {
    throw new Error(`Cannot use the queue ${path}: it has version ${version}, expected ${SCHEMA_VERSION}`);
  }
  // A page that can't be read shows here if it is the first.
  for (const table of ["lane", "unit", "job", "delivery"]) database.prepare(`select * from ${table} limit 1`).get();
}
