/**
 * Reading and writing the tables, row by row.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { IndexedInstance, NewTask, Task } from "../instance_index.ts";
import { hashOf, usualName } from "./schema.ts";

/** How many series are remembered. */
const MAXIMUM_SERIES = 2_000;

interface InstanceRow {
  readonly id: number;
  readonly uid: string;
  readonly series: number;
  readonly sop_class: number;
  readonly transfer_syntax: number;
  readonly source: number;
  readonly size: number;
  readonly data_set_offset: number;
  readonly received_at: number;
  readonly serial: number;
  readonly name: string | null;
}

interface SeriesRow {
  readonly patient_id: string;
  readonly study_uid: string;
  readonly series_uid: string;
}

/** What is in the tables of one database. Every method throws what SQLite throws. */
export class Tables {
  readonly #statements = new Map<string, StatementSync>();
  readonly #database: DatabaseSync;
  readonly #terms = new Map<string, number>();
  readonly #termTexts = new Map<number, string>();
  readonly #series = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(uid: string): IndexedInstance | undefined {
    const row = this.#all<InstanceRow>("select * from instance where uid_hash = ?", hashOf(uid))
      .find((row) => row.uid === uid);
    return row && this.#instanceOf(row);
  }

  /** In the place of the one with its UID; `isNew` says that there is none. */
  put(instance: IndexedInstance, isNew: boolean): void {
    const { sopInstanceUid: uid, size, dataSetOffset, receivedAt, serial, name } = instance;
    const usual = usualName(instance.studyInstanceUid, instance.seriesInstanceUid, uid);
    const values = [
      this.#seriesOf(instance),
      this.#term(instance.sopClassUid),
      this.#term(instance.transferSyntax),
      this.#term(instance.sourceAeTitle),
      size,
      dataSetOffset,
      receivedAt,
      serial,
      name === usual ? null : name,
    ];
    const hash = hashOf(uid);
    const id = isNew ? undefined : this.#idOf(hash, uid);
    if (id === undefined) {
      this.#run(
        "insert into instance (uid_hash, uid, series, sop_class, transfer_syntax, source, size, data_set_offset, " +
          "received_at, serial, name) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        hash,
        uid,
        ...values,
      );
    } else {
      this.#run(
        "update instance set series = ?, sop_class = ?, transfer_syntax = ?, source = ?, size = ?, " +
          "data_set_offset = ?, received_at = ?, serial = ?, name = ? where id = ?",
        ...values,
        id,
      );
    }
  }

  delete(uid: string): void {
    const id = this.#idOf(hashOf(uid), uid);
    if (id !== undefined) this.#run("delete from instance where id = ?", id);
  }

  /** At most so many instances, in the order in which they came, behind the one with that row id. */
  after(id: number, limit: number): { id: number; instance: IndexedInstance }[] {
    return this.#all<InstanceRow>("select * from instance where id > ? order by id limit ?", id, limit)
      .map((row) => ({ id: row.id, instance: this.#instanceOf(row) }));
  }

  count(): number {
    return this.#one<{ count: number }>("select count(*) as count from instance")!.count;
  }

  addTask(uid: string, { kind, detail }: NewTask): void {
    this.#run("insert into task (kind, uid, detail) values (?, ?, ?)", kind, uid, detail);
  }

  removeTask(id: number): void {
    this.#run("delete from task where id = ?", id);
  }

  tasks(kind: string, limit: number): Task[] {
    const sql = "select id, kind, uid, detail from task where kind = ? order by id limit ?";
    return this.#all<NewTask & { id: number; uid: string }>(sql, kind, limit)
      .map(({ id, kind, uid, detail }) => ({ id, kind, sopInstanceUid: uid, detail }));
  }

  state(name: string): number {
    return this.#one<{ value: number }>("select value from state where name = ?", name)?.value ?? 0;
  }

  setState(name: string, value: number): void {
    this.#run("insert into state (name, value) values (?, ?) on conflict do update set value = ?", name, value, value);
  }

  /** Forgets what a transaction that failed may have made up. */
  forgetNumbers(): void {
    this.#terms.clear();
    this.#termTexts.clear();
    this.#series.clear();
  }

  #idOf(hash: number, uid: string): number | undefined {
    return this.#all<{ id: number; uid: string }>("select id, uid from instance where uid_hash = ?", hash)
      .find((row) => row.uid === uid)?.id;
  }

  #instanceOf(row: InstanceRow): IndexedInstance {
    const series = this.#one<SeriesRow>("select * from series where id = ?", row.series)!;
    return {
      patientId: series.patient_id,
      studyInstanceUid: series.study_uid,
      seriesInstanceUid: series.series_uid,
      sopInstanceUid: row.uid,
      sopClassUid: this.#textOf(row.sop_class),
      transferSyntax: this.#textOf(row.transfer_syntax),
      name: row.name ?? usualName(series.study_uid, series.series_uid, row.uid),
      size: row.size,
      dataSetOffset: row.data_set_offset,
      receivedAt: row.received_at,
      sourceAeTitle: this.#textOf(row.source),
      serial: row.serial,
    };
  }

  #seriesOf({ patientId, studyInstanceUid, seriesInstanceUid }: IndexedInstance): number {
    const key = `${seriesInstanceUid}\0${studyInstanceUid}\0${patientId}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= MAXIMUM_SERIES) this.#series.clear();
    const sql = "select id from series where series_uid = ? and study_uid = ? and patient_id = ?";
    const id = this.#one<{ id: number }>(sql, seriesInstanceUid, studyInstanceUid, patientId)?.id ?? this.#run(
      "insert into series (series_uid, study_uid, patient_id) values (?, ?, ?)",
      seriesInstanceUid,
      studyInstanceUid,
      patientId,
    );
    this.#series.set(key, id);
    return id;
  }

  #term(text: string): number {
    const known = this.#terms.get(text);
    if (known !== undefined) return known;
    if (this.#terms.size >= MAXIMUM_SERIES) this.#terms.clear();
    const id = this.#one<{ id: number }>("select id from term where text = ?", text)?.id ??
      this.#run("insert into term (text) values (?)", text);
    this.#terms.set(text, id);
    return id;
  }

  #textOf(term: number): string {
    const known = this.#termTexts.get(term);
    if (known !== undefined) return known;
    if (this.#termTexts.size >= MAXIMUM_SERIES) this.#termTexts.clear();
    const { text } = this.#one<{ text: string }>("select text from term where id = ?", term)!;
    this.#termTexts.set(term, text);
    return text;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, statement = this.#database.prepare(sql));
    return statement;
  }

  #all<Row>(sql: string, ...values: (string | number)[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #one<Row>(sql: string, ...values: (string | number)[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  /** Answers the id of a row that was inserted. */
  #run(sql: string, ...values: (string | number | null)[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }
}
