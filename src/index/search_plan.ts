/**
 * The part of a query that an index can match.
 *
 * @module
 */

import type { Criteria, Criterion } from "../query/criterion.ts";
import { findKey } from "../query/keys.ts";
import type { QueryLevel } from "../query/levels.ts";
import { compileMatcher, type DataSetTest, type MatcherOptions } from "../query/matcher.ts";
import type { Query } from "../query/query.ts";
import { readCriteria } from "../query/read_criteria.ts";
import { OF_EVERY_LEVEL, UID_FIELDS } from "./kept_attributes.ts";

/** A query as an index answers it. */
export interface SearchPlan {
  /** Demands on attributes that the index has. */
  readonly criteria: Criteria;
  /** Whether an entity meets these demands. */
  readonly matches: DataSetTest;
  /** Keys with a value that the index does not match. */
  readonly unmatched: readonly number[];
}

/** Plans the search for a query. Throws `IdentifierError` as `readCriteria()` does. */
export function planSearch(
  query: Query,
  kept: ReadonlyMap<number, QueryLevel>,
  options: MatcherOptions,
): SearchPlan {
  const read = readCriteria(query);
  const isKept = (tag: number) =>
    kept.has(tag) || UID_FIELDS.has(tag) || OF_EVERY_LEVEL.has(tag) || findKey(tag)?.computed === true;
  const isKnown = (criterion: Criterion) =>
    isKept(criterion.tag) && (criterion.kind !== "date-time" || isKept(criterion.timeTag));
  const criteria = { ...read, all: read.all.filter(isKnown) };
  const left = read.all.filter((criterion) => !isKnown(criterion)).map(({ tag }) => tag);
  return {
    criteria,
    matches: compileMatcher(criteria, options),
    unmatched: [...read.unmatched.map(({ tag }) => tag), ...left],
  };
}
