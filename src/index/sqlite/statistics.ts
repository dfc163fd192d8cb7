/**
 * What the tables have of what.
 *
 * @module
 */

import type { IndexStatistics, InstanceAmount } from "../instance_index.ts";
import type { Statements } from "./statements.ts";

const AMOUNTS = "count(distinct i.series) as series, count(*) as instances, sum(i.size) as bytes";
const BY_MOST = "group by 1 order by instances desc, 1";

const MODALITIES =
  `select coalesce(s.modality, '') as value, ${AMOUNTS} from instance i join series s on s.id = i.series ${BY_MOST}`;

function byTerm(column: "sop_class" | "transfer_syntax"): string {
  return `select m.text as value, ${AMOUNTS} from instance i join term m on m.id = i.${column} ${BY_MOST}`;
}

/** Counts everything. Throws what SQLite throws. */
export function readStatistics(statements: Statements): IndexStatistics {
  const count = (table: string) => statements.one<{ count: number }>(`select count(*) as count from ${table}`)!.count;
  const amounts = (sql: string) => statements.made<InstanceAmount>(sql, []).map((row) => ({ ...row }));
  const { bytes } = statements.one<{ bytes: number }>("select coalesce(sum(size), 0) as bytes from instance")!;
  return {
    patients: count("patient"),
    studies: count("study"),
    series: count("series"),
    instances: count("instance"),
    bytes,
    modalities: amounts(MODALITIES),
    sopClasses: amounts(byTerm("sop_class")),
    transferSyntaxes: amounts(byTerm("transfer_syntax")),
  };
}
