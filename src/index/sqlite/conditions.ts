/**
 * The demands of a query as SQL. A condition never leaves out an entity that matches, `odd` ones aside. Where it may let others
 * through, it is not exact, and the caller has to look at each entity.
 *
 * No pattern goes to SQL: its own patterns can be made to take forever.
 *
 * @module
 */

import type { Criterion, NameCriterion, RangeCriterion, TextCriterion } from "../../query/criterion.ts";
import type { QueryLevel } from "../../query/levels.ts";
import type { NameKey } from "../../query/person_name_key.ts";
import { DAY, type MomentRange } from "../../query/temporal.ts";
import { isPattern } from "../../query/wildcard.ts";
import { type Column, COLUMN_SUFFIXES, COLUMNS, isComparable } from "./columns.ts";
import { hashOf } from "./schema.ts";

/** A condition with its parameters in their order. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
  readonly exact: boolean;
}

/** The conditions of a query. */
export interface Conditions {
  /** About patient, study and series: the tables `p`, or `t` and `s`. */
  readonly above: readonly Condition[];
  /** About the instance itself: the table `i`. */
  readonly instance: readonly Condition[];
  /** Whether they say all that the query demands. */
  readonly exact: boolean;
}

/** The conditions that can be made of what is demanded of entities of a level. */
export function conditionsOf(criteria: readonly Criterion[], level: QueryLevel): Conditions {
  const above: Condition[] = [];
  const instance: Condition[] = [];
  let exact = true;
  let parameters = 0;
  for (const criterion of criteria) {
    const own = level === "IMAGE" ? instanceCondition(criterion) : undefined;
    const made = own ?? conditionOf(criterion, level);
    parameters += made?.parameters.length ?? 0;
    const condition = parameters > MAXIMUM_PARAMETERS ? undefined : made;
    if (condition !== undefined) (own === undefined ? above : instance).push(condition);
    if (condition?.exact !== true) exact = false;
  }
  return { above, instance, exact };
}

const SOP_CLASS_UID = 0x0008_0016;
const SOP_INSTANCE_UID = 0x0008_0018;
const STUDY_INSTANCE_UID = 0x0020_000d;
const SERIES_INSTANCE_UID = 0x0020_000e;
const MODALITIES_IN_STUDY = 0x0008_0061;
const SOP_CLASSES_IN_STUDY = 0x0008_0062;

/** Columns of numbers that are computed, where the level has them. */
const COUNTS: ReadonlyMap<number, string> = new Map([
  [0x0020_1206, "t.series_count"],
  [0x0020_1208, "t.instance_count"],
  [0x0020_1209, "s.instance_count"],
]);

function instanceCondition(criterion: Criterion): Condition | undefined {
  if (criterion.kind !== "uid") return undefined;
  const values = [...criterion.values];
  if (criterion.tag === SOP_INSTANCE_UID) {
    // The numbers have an index, and few UIDs have the same one.
    const [number, text] = [oneOf("i.uid_hash", values.map(hashOf)), oneOf("i.uid", values)];
    return {
      sql: `${number.sql} and ${text.sql}`,
      parameters: [...number.parameters, ...text.parameters],
      exact: true,
    };
  }
  if (criterion.tag !== SOP_CLASS_UID) return undefined;
  const sql = "i.sop_class in (select id from term where text in (select value from json_each(?)))";
  return { sql, parameters: [JSON.stringify(values)], exact: false };
}

function conditionOf(criterion: Criterion, level: QueryLevel): Condition | undefined {
  const { tag, kind } = criterion;
  if (kind === "uid" && tag === STUDY_INSTANCE_UID) return oneOf("t.uid", [...criterion.values]);
  if (kind === "uid" && tag === SERIES_INSTANCE_UID) return oneOf("s.uid", [...criterion.values]);
  if (kind === "uid" && tag === SOP_CLASSES_IN_STUDY) return sopClasses([...criterion.values]);
  if (kind === "text" && tag === MODALITIES_IN_STUDY) return modalities(criterion);
  if (kind === "number" && COUNTS.has(tag) && level !== "PATIENT") {
    return { ...oneOf(COUNTS.get(tag)!, [...criterion.values].map(Number)), exact: false };
  }
  const found = columnOf(tag, level);
  if (found === undefined) return undefined;
  const { column, name } = found;
  if (kind === "text" && column.kind === "text") return textCondition(name, criterion);
  if (kind === "name" && column.kind === "name") return nameCondition(name, criterion);
  if (kind === "number" && column.kind === "number" && !criterion.all) {
    return { ...oneOf(name, [...criterion.values].map(Number)), exact: false };
  }
  if (kind === "range" && column.kind === "date") return dateCondition(name, criterion);
  if (kind === "range" && column.kind === "time") return timeCondition(name, criterion);
  if (kind === "date-time" && column.kind === "date") return daysCondition(name, [criterion.range], SHIFTED_BY_ZONES);
  return undefined;
}

/** The column of an attribute, and its name where entities of the level are looked for. */
function columnOf(tag: number, level: QueryLevel): { column: Column; name: string } | undefined {
  for (const own of ["PATIENT", "STUDY", "SERIES"] as const) {
    const column = COLUMNS[own].find((column) => column.tag === tag);
    if (column === undefined) continue;
    const table = level === "PATIENT" ? "p" : own === "SERIES" ? "s" : "t";
    return { column, name: `${table}.${column.name}` };
  }
  return undefined;
}

function oneOf(column: string, values: readonly (string | number)[]): Condition {
  if (values.length === 1) return { sql: `${column} = ?`, parameters: values, exact: true };
  return { sql: `${column} in (select value from json_each(?))`, parameters: [JSON.stringify(values)], exact: true };
}

function sopClasses(values: readonly string[]): Condition {
  const terms = "select id from term where text in (select value from json_each(?))";
  const sql = `t.id in (select study from study_sop_class where sop_class in (${terms}))`;
  return { sql, parameters: [JSON.stringify(values)], exact: true };
}

/** Text of study after study is compared with less work where there are few that differ: modalities. */
function modalities(criterion: TextCriterion): Condition {
  const each = alternatives("modality", criterion).map(({ sql, parameters, exact }): Condition => ({
    sql: `t.id in (select study from study_modality where ${sql})`,
    parameters,
    exact,
  }));
  return joined(each, criterion.all ? "and" : "or");
}

function textCondition(column: string, criterion: TextCriterion): Condition {
  return joined(alternatives(column, criterion), criterion.all ? "and" : "or");
}

function alternatives(column: string, { values, patterns, all }: TextCriterion): Condition[] {
  const plain = [...values];
  return [
    ...all ? plain.map((value) => oneOf(column, [value])) : plain.length > 0 ? [oneOf(column, plain)] : [],
    ...patterns.map((pattern) => patternCondition(column, pattern)),
  ];
}

/**
 * Most conditions and parameters of a query: SQLite compares them all with every row, and no other work gets its turn until it
 * has finished. Beyond them the caller looks at each entity, with pauses. A list of values is one parameter.
 */
const MAXIMUM_CONDITIONS = 32;
const MAXIMUM_PARAMETERS = 32;

function joined(conditions: readonly Condition[], word: "and" | "or"): Condition {
  const [first] = conditions;
  if (first !== undefined && conditions.length === 1) return first;
  const parameters = conditions.reduce((sum, condition) => sum + condition.parameters.length, 0);
  if (conditions.length > MAXIMUM_CONDITIONS || parameters > MAXIMUM_PARAMETERS) return ANYTHING;
  return {
    sql: conditions.length === 0 ? "true" : `(${conditions.map(({ sql }) => sql).join(` ${word} `)})`,
    parameters: conditions.flatMap(({ parameters }) => parameters),
    exact: conditions.every(({ exact }) => exact),
  };
}

const ANYTHING: Condition = { sql: "true", parameters: [], exact: false };

/** The condition of a pattern: `literal*` by its beginning, `*literal*` by its middle, other forms by all their literal parts. */
function patternCondition(column: string, pattern: string): Condition {
  const [start = "", ...inner] = pattern.split(/[*?]/);
  const conditions = [
    ...start === "" ? [] : [startsWith(column, start)],
    ...inner.filter((part) => part !== "").map((part) => contains(column, part)),
  ];
  const stars = pattern.replace(/[^*?]+/g, "x");
  const exact = stars === "x*" || stars === "*x*";
  return conditions.length === 0 ? ANYTHING : { ...joined(conditions, "and"), exact };
}

const BEHIND_ALL = "\u{10ffff}";

function startsWith(column: string, start: string): Condition {
  if (!isComparable(start)) return ANYTHING;
  return { sql: `${column} >= ? and ${column} < ?`, parameters: [start, start + BEHIND_ALL], exact: true };
}

function contains(column: string, part: string): Condition {
  return isComparable(part) ? { sql: `instr(${column}, ?) > 0`, parameters: [part], exact: true } : ANYTHING;
}

function nameCondition(column: string, { names, all }: NameCriterion): Condition {
  return joined(names.map((name) => nameKeyCondition(column, name)), all ? "and" : "or");
}

function nameKeyCondition(column: string, { groups, mode }: NameKey): Condition {
  const columns = COLUMN_SUFFIXES.name.map((suffix) => column + suffix);
  const inAny = (make: (column: string) => Condition) => joined(columns.map(make), "or");
  if (mode === "fuzzy") {
    const words = groups.flatMap((group) => group.split(/[\s^,.-]+/)).filter((word) => word !== "");
    const each = words.map((word) => inAny((column) => contains(column, word)));
    return each.length === 0 ? ANYTHING : { ...joined(each, "and"), exact: false };
  }
  const make = mode === "component-prefix" ? componentsCondition : groupCondition;
  const [only] = groups;
  if (only !== undefined && groups.length === 1) return inAny((column) => make(column, only));
  const each = groups.flatMap((group, index) => group === "" ? [] : [make(columns[index]!, group)]);
  return joined(each, "and");
}

/** A component group as a whole. Empty components at its end may be missing in what is stored. */
function groupCondition(column: string, group: string): Condition {
  if (!isPattern(group)) return oneOf(column, [group]);
  const family = /^([^*?^]+)\^\*$/.exec(group)?.[1];
  if (family !== undefined) {
    return joined([oneOf(column, [family]), startsWith(column, `${family}^`)], "or");
  }
  if (!group.includes("^")) return patternCondition(column, group);
  const [start = "", ...inner] = group.split(/[*?]/).map((part) => part.replace(/\^+$/, ""));
  return { ...partsCondition(column, start, inner), exact: false };
}

/** Each component of the key is the beginning of one. */
function componentsCondition(column: string, group: string): Condition {
  if (!/[*?^]/.test(group)) return startsWith(column, group);
  const [first = "", ...others] = group.split("^");
  const [start = "", ...inner] = first.split(/[*?]/);
  const parts = [...inner, ...others.flatMap((component) => component.split(/[*?]/))];
  return { ...partsCondition(column, start, parts), exact: false };
}

function partsCondition(column: string, start: string, parts: readonly string[]): Condition {
  const conditions = [
    ...start === "" ? [] : [startsWith(column, start)],
    ...parts.filter((part) => part !== "").map((part) => contains(column, part)),
  ];
  return conditions.length === 0 ? ANYTHING : joined(conditions, "and");
}

/** Days that a clock may be ahead or behind, whatever the two offsets are. */
const SHIFTED_BY_ZONES = 3;

function dateCondition(column: string, { ranges, counterpart }: RangeCriterion): Condition {
  return daysCondition(column, ranges, counterpart === undefined ? 0 : SHIFTED_BY_ZONES);
}

function daysCondition(column: string, ranges: readonly MomentRange[], margin: number): Condition {
  const each = ranges.map(({ from, to }): Condition => ({
    sql: `(${column} is not null${from ? ` and ${column} >= ?` : ""}${to ? ` and ${column} <= ?` : ""})`,
    parameters: [
      ...from ? [Math.floor(from.at / DAY) - margin] : [],
      ...to ? [Math.floor(to.at / DAY) + margin] : [],
    ],
    exact: margin === 0,
  }));
  return joined(each, "or");
}

/** A time of less precision stands for all that it names. */
function timeCondition(column: string, { ranges, counterpart }: RangeCriterion): Condition {
  if (counterpart !== undefined) return ANYTHING;
  const each = ranges.map(({ from, to }): Condition => ({
    sql: `(${column}_first is not null${from ? ` and ${column}_last >= ?` : ""}${
      to ? ` and ${column}_first <= ?` : ""
    })`,
    parameters: [...from ? [from.at] : [], ...to ? [to.at] : []],
    exact: true,
  }));
  return joined(each, "or");
}
