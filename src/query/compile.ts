/**
 * A compiled query, which matches any number of data sets.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { type AnswerDetail, type AnswerOptions, compileAnswer } from "./answer.ts";
import type { Criteria } from "./criterion.ts";
import { compileMatcher } from "./matcher.ts";
import type { Query } from "./query.ts";
import { readCriteria } from "./read_criteria.ts";

/** A compiled query. */
export interface CompiledQuery {
  /** The query. */
  readonly query: Query;
  /** Its demands, as data. */
  readonly criteria: Criteria;
  /** Whether an entity of the query's level matches. Never throws. */
  matches(entity: DataSet): boolean;
  /** The identifier of the response for an entity. Never throws. */
  answer(entity: DataSet, detail?: AnswerDetail): DataSet;
}

/**
 * Compiles a query.
 *
 * @throws {IdentifierError} on a key whose value is none of its VR, and on more keys, items or values than are taken
 */
export function compileQuery(query: Query, options: AnswerOptions = {}): CompiledQuery {
  const criteria = readCriteria(query);
  return {
    query,
    criteria,
    matches: compileMatcher(criteria, options),
    answer: compileAnswer(query, criteria, options),
  };
}
