/**
 * SQL for answers by the page.
 *
 * @module
 */

import type { QueryLevel } from "../../query/levels.ts";
import type { Conditions } from "./conditions.ts";

/** A column that answers are ordered by. */
export interface OrderColumn {
  /** As the result has it. */
  readonly name: string;
  /** As the tables have it. */
  readonly column: string;
  /** From the highest to the lowest; null comes last. */
  readonly descending: boolean;
}

const column = (name: string, column: string, descending = false): OrderColumn => ({ name, column, descending });
const OF_STUDY = [
  column("day", "t.study_date", true),
  column("time", "t.study_time_first", true),
  column("study", "t.id"),
] as const;

/** What answers of each level are ordered by: the latest study first, then as they came. */
export const ORDERS: Readonly<Record<QueryLevel, readonly OrderColumn[]>> = {
  PATIENT: [column("patient", "p.id")],
  STUDY: OF_STUDY,
  SERIES: [...OF_STUDY, column("series", "s.id")],
  IMAGE: [...OF_STUDY, column("series", "s.id"), column("instance", "i.id")],
};

interface LevelTables {
  /** The table of the level itself. */
  readonly own: string;
  readonly from: string;
  readonly odd: string;
  readonly count: string;
}

const TABLES: Readonly<Record<QueryLevel, LevelTables>> = {
  PATIENT: { own: "patient", from: "patient p", odd: "p.odd", count: "count(*)" },
  STUDY: { own: "study", from: "study t", odd: "t.odd", count: "count(*)" },
  SERIES: {
    own: "series",
    from: "study t join series s on s.study = t.id",
    odd: "(s.odd or t.odd)",
    count: "count(*)",
  },
  IMAGE: {
    own: "instance",
    from: "study t join series s on s.study = t.id join instance i on i.series = s.id",
    odd: "(s.odd or t.odd)",
    count: "sum(s.instance_count)",
  },
};

/** What is asked of the rows. */
export interface PageSqlOptions {
  /** Only how many there are; for conditions that are exact. */
  readonly counted?: boolean;
  /** Whether there are odd entities, which may be meant whatever the conditions say. */
  readonly hasOdd?: boolean;
  /** Only rows behind this place. */
  readonly after?: readonly (number | null)[] | undefined;
  /** Rows to pass over. */
  readonly offset?: number;
  /** Rows at most. */
  readonly limit?: number;
}

/** A statement with its parameters in their order. */
export interface PageSql {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** The rows that meet conditions, in their order. */
export function pageSql(level: QueryLevel, { above, instance }: Conditions, options: PageSqlOptions): PageSql {
  const { counted = false, hasOdd = false, after, offset = 0, limit = -1 } = options;
  const { odd, count } = TABLES[level];
  const own = [...instance, ...above];
  const met = own.map(({ sql }) => `(${sql})`).join(" and ") || "true";
  const parameters = own.flatMap(({ parameters }) => parameters);
  if (counted) {
    // Only without any condition does SQLite count without going through the rows.
    if (own.length === 0) return { sql: `select count(*) as total from ${TABLES[level].own}`, parameters };
    // Numbers of instances stand in their series.
    const { from } = level === "IMAGE" ? TABLES.SERIES : TABLES[level];
    return { sql: `select ${count} as total from ${from} where ${met}`, parameters };
  }
  const order = ORDERS[level];
  const behind = after === undefined ? undefined : afterPlace(order, after);
  const rows = (where: string) =>
    `select ${order.at(-1)!.column} as id, ${odd} as odd, ` +
    `${order.map(({ name, column }) => `${column} as ${name}`).join(", ")} from ${fromOf(level, own.length > 0)} ` +
    `where ${where}${behind === undefined ? "" : ` and ${behind.sql}`}`;
  const ofBehind = behind?.parameters ?? [];
  const union = hasOdd ? ` union ${rows([...instance.map(({ sql }) => `(${sql})`), odd].join(" and "))}` : "";
  const ofUnion = hasOdd ? [...instance.flatMap(({ parameters }) => parameters), ...ofBehind] : [];
  const by = order.map(({ name, column, descending }) => `${hasOdd ? name : column}${descending ? " desc" : ""}`);
  return {
    sql: `${rows(met)}${union} order by ${by.join(", ")} limit ? offset ?`,
    parameters: [...parameters, ...ofBehind, ...ofUnion, limit, offset],
  };
}

/** Without conditions, going through the studies in their order is best, and SQLite would not see it. */
function fromOf(level: QueryLevel, hasConditions: boolean): string {
  const { from } = TABLES[level];
  return hasConditions ? from : from.replaceAll(" join ", " cross join ");
}

/** Says of a row that it stands behind a place. */
function afterPlace(order: readonly OrderColumn[], place: readonly (number | null)[]): PageSql {
  const [first, ...rest] = order;
  if (first === undefined) return { sql: "false", parameters: [] };
  const { column, descending } = first;
  const value = place[0] ?? null;
  const inner = afterPlace(rest, place.slice(1));
  if (value === null) {
    // Null is the last of all.
    return { sql: `(${column} is null and ${inner.sql})`, parameters: inner.parameters };
  }
  const further = descending ? `${column} < ? or ${column} is null` : `${column} > ?`;
  return { sql: `(${further} or (${column} = ? and ${inner.sql}))`, parameters: [value, value, ...inner.parameters] };
}
