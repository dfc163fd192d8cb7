/**
 * Statements of one database, each prepared once.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** What goes into a statement. */
export type Parameter = string | number | null | Uint8Array;

/** Statements by their text. Every method throws what SQLite throws. */
export class Statements {
  readonly #statements = new Map<string, StatementSync>();
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all<Row>(sql: string, ...values: Parameter[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  one<Row>(sql: string, ...values: Parameter[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  /** Answers the id of a row that was inserted. */
  run(sql: string, ...values: Parameter[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  /** A statement that is likely to be asked once, and is not remembered. */
  once<Row>(sql: string, values: readonly Parameter[]): Row[] {
    return this.#database.prepare(sql).all(...values) as Row[];
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, statement = this.#database.prepare(sql));
    return statement;
  }
}
