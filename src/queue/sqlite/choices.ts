/**
 * Jobs that one of several lanes has to deliver.
 *
 * @module
 */

import type { Statements } from "../../sqlite/statements.ts";
import type { JobState } from "../job.ts";
import type { ChangedJobs, ChoiceGroup, QueuePage } from "../job_queue.ts";
import { onceThere, stateOnceChosen, twinOf } from "../job_rules.ts";
import { jobOf, type JobRow, type JobRows, JOBS } from "./job_rows.ts";
import { lanesOf, lanesText, priorityOf, stateNumber, stateOf } from "./schema.ts";

interface GroupRow {
  readonly choice: string;
  readonly refused_by: string;
  readonly state: number;
}

/** The groups of a lane. Each step is a search in the index of those that have a choice, however many are alike. */
export function readChoices(statements: Statements, lane: number): ChoiceGroup[] {
  const groups: ChoiceGroup[] = [];
  const sql = "select choice, refused_by, state from job where lane = ? and choice <> '' and " +
    "(choice, refused_by, state) > (?, ?, ?) order by choice, refused_by, state limit 1";
  let last: GroupRow = { choice: "", refused_by: "", state: 0 };
  for (;;) {
    const row = statements.one<GroupRow>(sql, lane, last.choice, last.refused_by, last.state);
    if (row === undefined) return groups;
    last = row;
    const state = stateOf(row.state);
    if (state !== "ready" && state !== "waiting") continue;
    groups.push({ choice: lanesOf(row.choice), refusedBy: lanesOf(row.refused_by), state });
  }
}

/** A job's lane could not deliver it, and another one may. Answers that lane, if it has a new ready job. */
export function pass(rows: JobRows, row: JobRow, to: string): string | undefined {
  const lane = rows.counters.lane(to);
  const there = twinOf(rows.of(row.uid, row.recipe), { ...row, lane });
  if (there !== undefined && onceThere(there.state) === "stays") return void rows.move(row, "dead");
  if (there !== undefined) return void rows.remove(row);
  goTo(rows, row, lane, "ready", [...lanesOf(row.refused_by), row.lane_name]);
  rows.counters.removeEmptyUnits([row.unit]);
  return to;
}

/** Moves a job to another lane, which does not know how it went in this one. */
function goTo(rows: JobRows, row: JobRow, lane: number, state: JobState, refusedBy: readonly string[]): void {
  const priority = priorityOf(row.priority);
  const unit = rows.counters.unit({ lane, unit: row.key, priority, studyInstanceUid: row.study });
  const sql = "update job set attempts = 0, refusals = 0, refused_by = ? where id = ?";
  rows.statements.run(sql, lanesText(refusedBy), row.id);
  rows.move(row, state, unit, lane);
}

/** Moves a slice of a group to another lane; `isReady` says whether that lane has a new ready job. */
export function choose(
  rows: JobRows,
  name: string,
  { choice, refusedBy, state }: ChoiceGroup,
  to: string,
  { after = 0, limit }: QueuePage,
): ChangedJobs & { readonly isReady: boolean } {
  const [from, lane] = [rows.counters.lane(name), rows.counters.lane(to)];
  const found = rows.statements.all<JobRow>(
    `${JOBS} where j.lane = ? and j.choice = ? and j.choice <> '' and j.refused_by = ? and j.state = ? and j.id > ? ` +
      "order by j.id limit ?",
    ...[from, lanesText(choice), lanesText(refusedBy), stateNumber(state), after, limit],
  );
  let [changed, isReady] = [0, false];
  for (const row of found) {
    const there = twinOf(rows.of(row.uid, row.recipe), { ...row, lane });
    if (there !== undefined && there.state !== "delivered") continue;
    changed++;
    if (there !== undefined) {
      rows.remove(row);
      continue;
    }
    const chosen = stateOnceChosen(jobOf(row));
    isReady ||= chosen === "ready";
    goTo(rows, row, lane, chosen, refusedBy);
  }
  rows.counters.removeEmptyUnits(found.map(({ unit }) => unit));
  return { changed, next: found.length < limit ? undefined : found.at(-1)?.id, isReady };
}
