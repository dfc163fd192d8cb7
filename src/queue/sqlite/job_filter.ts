/**
 * Filters as conditions of SQL.
 *
 * @module
 */

import { hashOf } from "../../sqlite/hash.ts";
import type { Parameter } from "../../sqlite/statements.ts";
import type { DeliveryFilter, JobFilter } from "../job_queue.ts";
import type { Counters } from "./counters.ts";
import { stateNumber } from "./schema.ts";

/** Conditions, each with `and` in front, and what goes into them. */
interface Conditions {
  readonly sql: string;
  readonly values: readonly Parameter[];
}

/** A lane that has never had a job. */
export const NO_LANE = -1;

/** Which rows of `job`, as `j`, a filter means. */
export function conditionsOf(filter: JobFilter, counters: Counters): Conditions {
  const { ids, lane, states, class: outcome, status, sopInstanceUid, studyInstanceUid, recipe, awaits, through } =
    filter;
  return all([
    ids && ["j.id in (select value from json_each(?))", JSON.stringify(ids)],
    lane !== undefined && ["j.lane = ?", counters.knownLane(lane) ?? NO_LANE],
    states && ["j.state in (select value from json_each(?))", JSON.stringify(states.map(stateNumber))],
    outcome !== undefined && ["j.last_class = ?", outcome],
    status !== undefined && ["j.last_status = ?", status],
    sopInstanceUid !== undefined && ["j.uid_hash = ? and j.uid = ?", hashOf(sopInstanceUid), sopInstanceUid],
    studyInstanceUid !== undefined && ["j.unit in (select id from unit where study = ?)", studyInstanceUid],
    recipe !== undefined && ["j.recipe = ?", recipe],
    // The second condition has SQLite use the index of jobs that await something.
    awaits !== undefined && ["j.awaits = ? and j.awaits <> ''", awaits],
    through !== undefined && ["j.id <= ?", through],
  ]);
}

/** Which rows of `delivery`, as `d`, a filter means. */
export function deliveryConditionsOf(filter: DeliveryFilter, counters: Counters): Conditions {
  const { lane, class: outcome, sopInstanceUid, studyInstanceUid } = filter;
  return all([
    lane !== undefined && ["d.lane = ?", counters.knownLane(lane) ?? NO_LANE],
    outcome !== undefined && ["d.class = ?", outcome],
    sopInstanceUid !== undefined && ["d.uid_hash = ? and d.uid = ?", hashOf(sopInstanceUid), sopInstanceUid],
    studyInstanceUid !== undefined && ["d.study = ?", studyInstanceUid],
  ]);
}

function all(conditions: readonly (readonly [string, ...Parameter[]] | false | undefined)[]): Conditions {
  const there = conditions.filter((condition) => condition !== false && condition !== undefined);
  return { sql: there.map(([sql]) => ` and ${sql}`).join(""), values: there.flatMap(([, ...values]) => values) };
}
