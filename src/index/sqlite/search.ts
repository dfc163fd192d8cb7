/**
 * Searches the tables: first for the ids of possible matches, then for their rows in pieces, so that no transaction stays open
 * while a client reads slowly.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { DataElement } from "../../dicom/data_set/data_set.ts";
import { QUERY_LEVELS, type QueryLevel } from "../../query/levels.ts";
import { countElement, joinLevels, plainElement } from "../entity.ts";
import { AVAILABLE_TRANSFER_SYNTAX_UID, UID_FIELDS } from "../kept_attributes.ts";
import { readKept, textElement } from "../kept_data_sets.ts";
import type { SearchPlan } from "../search_plan.ts";
import { type Condition, type Conditions, conditionsOf } from "./conditions.ts";
import type { Statements } from "./statements.ts";

/** Something that a query may mean. */
export interface Candidate {
  /** Row id in the table of its level. */
  readonly id: number;
  /** Whether it is meant for sure; else its attributes tell. */
  readonly sure: boolean;
}

/** Ids of instances that are looked for at a time. */
const IDS_AT_ONCE = 1_000;

const TABLES = {
  PATIENT: { from: "patient p", id: "p.id", odd: "p.odd" },
  STUDY: { from: "study t", id: "t.id", odd: "t.odd" },
  SERIES: { from: "series s join study t on t.id = s.study", id: "s.id", odd: "s.odd or t.odd" },
} as const;

/** Searches of one database. Every method throws what SQLite throws. */
export class Search {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** What a query of a level may mean, in lists, in the order of the answers. */
  *candidates({ criteria }: SearchPlan, level: QueryLevel): Generator<readonly Candidate[]> {
    const conditions = conditionsOf(criteria.all, level);
    if (level !== "IMAGE") {
      yield this.#above(conditions.above, level, conditions.exact);
      return;
    }
    if (conditions.instance.length > 0) yield this.#instances(conditions);
    else {for (const { id, sure } of this.#above(conditions.above, "SERIES", conditions.exact)) {
        yield* this.#in(id, sure);
      }}
  }

  #above(conditions: readonly Condition[], level: keyof typeof TABLES, exact: boolean): Candidate[] {
    const { from, id, odd } = TABLES[level];
    const hasOdd = this.hasOdd(level);
    const where = conditions.map(({ sql }) => `(${sql})`).join(" and ") || "true";
    const parameters = conditions.flatMap(({ parameters }) => parameters);
    // Without a sign in front, SQLite would rather go through all rows in their order.
    const order = conditions.length === 0 ? id : `+${id}`;
    const sql = hasOdd
      ? `select ${id} as id, ${odd} as odd from ${from} where ${where} union ` +
        `select ${id}, true from ${from} where ${odd} order by 1`
      : `select ${id} as id, 0 as odd from ${from} where ${where} order by ${order}`;
    return this.#statements.made<{ id: number; odd: number }>(sql, parameters)
      .map(({ id, odd }) => ({ id, sure: exact && odd === 0 }));
  }

  /** The rows of a statement that was made of what is asked. */
  rows<Row>(sql: string, parameters: readonly (string | number)[]): Row[] {
    return this.#statements.made<Row>(sql, parameters);
  }

  /** Whether conditions of a level don't tell all of some entity. */
  hasOdd(level: QueryLevel): boolean {
    const tables = level === "PATIENT" ? ["patient"] : level === "STUDY" ? ["study"] : ["study", "series"];
    return tables.some((table) => this.#statements.one(`select 1 from ${table} where odd limit 1`) !== undefined);
  }

  /** Instances that are looked for by themselves, in the order of their series. */
  #instances({ above, instance, exact }: Conditions): Candidate[] {
    const ofAbove = above.map(({ sql }) => ` and (${sql} or s.odd or t.odd)`).join("");
    const own = instance.map(({ sql }) => `(${sql})`).join(" and ");
    const sql = "select i.id, s.odd or t.odd as odd from instance i join series s on s.id = i.series " +
      `join study t on t.id = s.study where ${own}${ofAbove} order by s.id, i.id`;
    const parameters = [...instance, ...above].flatMap(({ parameters }) => parameters);
    return this.#statements.made<{ id: number; odd: number }>(sql, parameters)
      .map(({ id, odd }) => ({ id, sure: exact && odd === 0 }));
  }

  *#in(series: number, sure: boolean): Generator<readonly Candidate[]> {
    const sql = "select id from instance where series = ? and id > ? order by id limit ?";
    for (let after = 0;;) {
      const ids = this.#statements.all<{ id: number }>(sql, series, after, IDS_AT_ONCE);
      if (ids.length > 0) yield ids.map(({ id }) => ({ id, sure }));
      if (ids.length < IDS_AT_ONCE) return;
      after = ids.at(-1)!.id;
    }
  }

  /** Row ids of the instances of an entity. */
  instancesOf(level: QueryLevel, id: number): number[] {
    if (level === "IMAGE") return [id];
    const column = { PATIENT: "t.patient", STUDY: "t.id", SERIES: "s.id" }[level];
    const sql = "select i.id from instance i join series s on s.id = i.series join study t on t.id = s.study " +
      `where ${column} = ? order by s.id, i.id`;
    return this.#statements.all<{ id: number }>(sql, id).map(({ id }) => id);
  }

  /** The attributes of entities; those that have gone meanwhile are left out. */
  attributesOf(level: QueryLevel, ids: readonly number[]): Map<number, DataSet> {
    const rows = this.#statements.all<EntityRow>(ROWS[level], JSON.stringify(ids));
    const entities = new Map<number, DataSet>();
    const parents = new Map<string, DataSet>();
    for (const row of rows) entities.set(row.id, entityOf(row, level, parents));
    return entities;
  }
}

interface EntityRow {
  readonly id: number;
  readonly patient: Uint8Array;
  readonly patient_studies: number;
  readonly patient_series: number;
  readonly patient_instances: number;
  readonly study_id: number;
  readonly study: Uint8Array;
  readonly study_uid: string;
  readonly study_series: number;
  readonly study_instances: number;
  readonly modalities: string;
  readonly sop_classes: string;
  readonly series_id: number;
  readonly series: Uint8Array;
  readonly series_uid: string;
  readonly series_instances: number;
  readonly image: Uint8Array | null;
  readonly uid: string;
  readonly sop_class: string;
  readonly transfer_syntax: string;
}

const PATIENT_COUNTS = "p.study_count as patient_studies, p.series_count as patient_series, " +
  "p.instance_count as patient_instances";
const STUDY_ROW = `${PATIENT_COUNTS}, t.id as study_id, t.uid as study_uid, t.series_count as study_series, ` +
  "t.instance_count as study_instances, t.modalities, t.sop_classes, a.patient, a.study";
const SERIES_ROW =
  `${STUDY_ROW}, s.id as series_id, s.uid as series_uid, s.instance_count as series_instances, b.series`;
const STUDY_TABLES = "join patient p on p.id = t.patient join study_attributes a on a.id = t.id";
const SERIES_TABLES = `join study t on t.id = s.study ${STUDY_TABLES} join series_attributes b on b.id = s.id`;
const GIVEN = "in (select value from json_each(?))";

const ROWS: Readonly<Record<QueryLevel, string>> = {
  PATIENT: `select p.id, a.patient, ${PATIENT_COUNTS} from patient p join patient_attributes a using (id) ` +
    `where p.id ${GIVEN}`,
  STUDY: `select t.id as id, ${STUDY_ROW} from study t ${STUDY_TABLES} where t.id ${GIVEN}`,
  SERIES: `select s.id as id, ${SERIES_ROW} from series s ${SERIES_TABLES} where s.id ${GIVEN}`,
  IMAGE:
    `select i.id as id, ${SERIES_ROW}, c.image, i.uid, m.text as sop_class, x.text as transfer_syntax from instance i ` +
    `join series s on s.id = i.series ${SERIES_TABLES} left join instance_attributes c on c.id = i.id ` +
    `join term m on m.id = i.sop_class join term x on x.id = i.transfer_syntax where i.id ${GIVEN}`,
};

/** Puts an entity together. `parents` are those that were made already, which many have in common. */
function entityOf(row: EntityRow, level: QueryLevel, parents: Map<string, DataSet>): DataSet {
  const own = ownOf(row, level);
  if (level === "PATIENT") return joinLevels([readKept(row.patient)], own);
  const above = QUERY_LEVELS[QUERY_LEVELS.indexOf(level) - 1]!;
  if (level === "STUDY") {
    return joinLevels([readKept(row.patient), readKept(row.study)], [...ownOf(row, above), ...own]);
  }
  const key = `${above} ${level === "SERIES" ? row.study_id : row.series_id}`;
  let parent = parents.get(key);
  if (parent === undefined) parents.set(key, parent = entityOf(row, above, parents));
  return joinLevels([parent, readKept(level === "SERIES" ? row.series : row.image ?? NOTHING)], own);
}

const NOTHING = new Uint8Array(0);
const [SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID] = [...UID_FIELDS.keys()] as [
  number,
  number,
  number,
  number,
];

/** UIDs and numbers of one level. */
function ownOf(row: EntityRow, level: QueryLevel): DataElement[] {
  switch (level) {
    case "PATIENT":
      return [
        countElement(0x0020_1200, row.patient_studies),
        countElement(0x0020_1202, row.patient_series),
        countElement(0x0020_1204, row.patient_instances),
      ];
    case "STUDY":
      return [
        plainElement(0x0008_0061, "CS", row.modalities),
        plainElement(0x0008_0062, "UI", row.sop_classes),
        ...uidElements(STUDY_INSTANCE_UID, row.study_uid),
        countElement(0x0020_1206, row.study_series),
        countElement(0x0020_1208, row.study_instances),
      ];
    case "SERIES":
      return [...uidElements(SERIES_INSTANCE_UID, row.series_uid), countElement(0x0020_1209, row.series_instances)];
    case "IMAGE":
      return [
        ...uidElements(SOP_CLASS_UID, row.sop_class),
        ...uidElements(SOP_INSTANCE_UID, row.uid),
        ...uidElements(AVAILABLE_TRANSFER_SYNTAX_UID, row.transfer_syntax),
      ];
  }
}

function uidElements(tag: number, uid: string): DataElement[] {
  return uid === "" ? [] : [textElement(tag, "UI", uid)];
}
