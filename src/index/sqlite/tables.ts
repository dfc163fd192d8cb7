/**
 * Reading and writing the tables, row by row.
 *
 * @module
 */

import type { IndexedInstance, NewTask, Task } from "../instance_index.ts";
import { type KeptAttributes, NO_ATTRIBUTES } from "../kept_attributes.ts";
import { Hierarchy } from "./hierarchy.ts";
import { hashOf, usualName } from "./schema.ts";
import type { Parameter, Statements } from "./statements.ts";

/** How many terms are remembered. */
const MAXIMUM_TERMS = 2_000;

/** Instances with what stands above them. */
const INSTANCES = "select i.*, s.uid as series_uid, t.uid as study_uid, t.instance_patient_id " +
  "from instance i join series s on s.id = i.series join study t on t.id = s.study";

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
  readonly crc32: number | null;
  readonly name: string | null;
  readonly patient_id: string | null;
  readonly series_uid: string;
  readonly study_uid: string;
  readonly instance_patient_id: string;
}

/** What is in the tables of one database. Every method throws what SQLite throws. */
export class Tables {
  readonly #statements: Statements;
  readonly #hierarchy: Hierarchy;
  readonly #terms = new Map<string, number>();
  readonly #termTexts = new Map<number, string>();

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#hierarchy = new Hierarchy(statements);
  }

  find(uid: string): IndexedInstance | undefined {
    const row = this.#rowOf(uid);
    return row && this.#instanceOf(row);
  }

  /** Puts an instance in place of the one with its UID, whose attributes stay without new ones; `isNew`: there was no such one. */
  put(instance: IndexedInstance, attributes: KeptAttributes | undefined, isNew: boolean): void {
    const existing = isNew ? undefined : this.#rowOf(instance.sopInstanceUid);
    const kept = attributes ?? (existing && this.#attributesOf(existing.id)) ?? NO_ATTRIBUTES;
    if (existing !== undefined) this.#remove(existing);
    this.#insert(instance, kept, existing === undefined || attributes === undefined ? "first" : "last");
  }

  #insert(instance: IndexedInstance, attributes: KeptAttributes, precedence: "first" | "last"): void {
    const { sopInstanceUid: uid, patientId, name } = instance;
    const sopClass = this.#term(instance.sopClassUid);
    const series = this.#hierarchy.add(instance, attributes, precedence);
    const usual = usualName(instance.studyInstanceUid, instance.seriesInstanceUid, uid);
    const id = this.#run(
      "insert into instance (uid_hash, uid, series, sop_class, transfer_syntax, source, size, data_set_offset, " +
        "received_at, serial, crc32, name, patient_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      hashOf(uid),
      uid,
      series.id,
      sopClass,
      this.#term(instance.transferSyntax),
      this.#term(instance.sourceAeTitle),
      instance.size,
      instance.dataSetOffset,
      instance.receivedAt,
      instance.serial,
      instance.crc32 ?? null,
      name === usual ? null : name,
      patientId === series.study.patientId ? null : patientId,
    );
    const { IMAGE } = attributes;
    if (IMAGE.length > 0) this.#run("insert into instance_attributes (id, image) values (?, ?)", id, IMAGE);
  }

  delete(uid: string): void {
    const row = this.#rowOf(uid);
    if (row !== undefined) this.#remove(row);
  }

  #remove(row: InstanceRow): void {
    this.#hierarchy.remove(this.#instanceOf(row));
    this.#run("delete from instance where id = ?", row.id);
    this.#run("delete from instance_attributes where id = ?", row.id);
  }

  /** Writes what was counted; belongs to the end of every transaction. */
  flush(): void {
    this.#hierarchy.flush();
  }

  #attributesOf(id: number): KeptAttributes | undefined {
    const row = this.#one<{ patient: Uint8Array; study: Uint8Array; series: Uint8Array; image: Uint8Array | null }>(
      "select a.patient, a.study, b.series, c.image from instance i join series s on s.id = i.series " +
        "join study_attributes a on a.id = s.study join series_attributes b on b.id = s.id " +
        "left join instance_attributes c on c.id = i.id where i.id = ?",
      id,
    );
    const { IMAGE } = NO_ATTRIBUTES;
    return row && { PATIENT: row.patient, STUDY: row.study, SERIES: row.series, IMAGE: row.image ?? IMAGE };
  }

  /** At most so many instances, in the order in which they came, behind the one with that row id. */
  after(id: number, limit: number): { id: number; instance: IndexedInstance }[] {
    return this.#all<InstanceRow>(`${INSTANCES} where i.id > ? order by i.id limit ?`, id, limit)
      .map((row) => ({ id: row.id, instance: this.#instanceOf(row) }));
  }

  /** The instances with those row ids, in their order. */
  withIds(ids: readonly number[]): IndexedInstance[] {
    const sql = `${INSTANCES} where i.id in (select value from json_each(?))`;
    const rows = new Map(this.#all<InstanceRow>(sql, JSON.stringify(ids)).map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = rows.get(id);
      return row === undefined ? [] : [this.#instanceOf(row)];
    });
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

  /** Tags of the attributes that are kept besides the usual ones. */
  keptTags(): number[] {
    return this.#all<{ tag: number }>("select tag from kept").map(({ tag }) => tag);
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
    this.#hierarchy.forget();
  }

  #rowOf(uid: string): InstanceRow | undefined {
    return this.#one<InstanceRow>(`${INSTANCES} where i.uid_hash = ? and i.uid = ?`, hashOf(uid), uid);
  }

  #instanceOf(row: InstanceRow): IndexedInstance {
    return {
      patientId: row.patient_id ?? row.instance_patient_id,
      studyInstanceUid: row.study_uid,
      seriesInstanceUid: row.series_uid,
      sopInstanceUid: row.uid,
      sopClassUid: this.#textOf(row.sop_class),
      transferSyntax: this.#textOf(row.transfer_syntax),
      name: row.name ?? usualName(row.study_uid, row.series_uid, row.uid),
      size: row.size,
      dataSetOffset: row.data_set_offset,
      receivedAt: row.received_at,
      sourceAeTitle: this.#textOf(row.source),
      serial: row.serial,
      ...(row.crc32 !== null && { crc32: row.crc32 }),
    };
  }

  #term(text: string): number {
    const known = this.#terms.get(text);
    if (known !== undefined) return known;
    if (this.#terms.size >= MAXIMUM_TERMS) this.#terms.clear();
    const id = this.#one<{ id: number }>("select id from term where text = ?", text)?.id ??
      this.#run("insert into term (text) values (?)", text);
    this.#terms.set(text, id);
    return id;
  }

  /** The text of a term. */
  #textOf(term: number): string {
    const known = this.#termTexts.get(term);
    if (known !== undefined) return known;
    if (this.#termTexts.size >= MAXIMUM_TERMS) this.#termTexts.clear();
    const { text } = this.#one<{ text: string }>("select text from term where id = ?", term)!;
    this.#termTexts.set(term, text);
    return text;
  }

  #all<Row>(sql: string, ...values: Parameter[]): Row[] {
    return this.#statements.all<Row>(sql, ...values);
  }

  #one<Row>(sql: string, ...values: Parameter[]): Row | undefined {
    return this.#statements.one<Row>(sql, ...values);
  }

  #run(sql: string, ...values: Parameter[]): number {
    return this.#statements.run(sql, ...values);
  }
}
