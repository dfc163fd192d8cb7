/** The query of a case of the table of matching. */

import { createQuery, type Query } from "../../src/query/query.ts";
import { dataSetOf } from "./data_sets.ts";
import type { MatchingCase } from "./matching_cases.ts";

export function queryOf({ level, keys, matching = {}, dialect = {} }: MatchingCase): Query {
  const model = level === "WORKLIST" ? "worklist" : level === "PATIENT" ? "patient-root" : "study-root";
  return createQuery({ model, level, keys: dataSetOf(keys), matching, dialect });
}
