/**
 * Statements of one database, each prepared once, or as seldom as there is room to remember them.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** What goes into a statement. */
export type Parameter = string | number | null | Uint8Array;

/** Statements that are made of what is asked: so many are remembered, none with a longer text. */
const REMEMBERED = 64;
const LONGEST_REMEMBERED = 4_000;

/** Statements by their text. Every method throws what SQLite throws. */
export class Statements {
  readonly #statements = new Map<string, StatementSync>();
  /** The last of those that are made of what is asked, the last one used at the end. */
  readonly #recent = new Map<string, StatementSync>();
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

  /** A statement whose text is made of what is asked: of those only the last ones are remembered. */
  made<Row>(sql: string, values: readonly Parameter[]): Row[] {
    const known = this.#recent.get(sql);
    const statement = known ?? this.#database.prepare(sql);
    if (sql.length <= LONGEST_REMEMBERED) {
      this.#recent.delete(sql);
      this.#recent.set(sql, statement);
      if (this.#recent.size > REMEMBERED) this.#recent.delete(this.#recent.keys().next().value!);
    }
    return statement.all(...values) as Row[];
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, statement = this.#database.prepare(sql));
    return statement;
  }
}
