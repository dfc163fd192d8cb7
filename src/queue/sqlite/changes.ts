/**
 * Changes of jobs, by operators and by releases.
 *
 * @module
 */

import type { JobState } from "../job.ts";
import {
  CHANGEABLE,
  type ChangedJobs,
  type JobChange,
  type JobEdit,
  type JobFilter,
  type QueuePage,
  type Release,
} from "../job_queue.ts";
import { stateOnceFree, stateOnceReleased, twinOf } from "../job_rules.ts";
import type { JobRow, JobRows } from "./job_rows.ts";
import { priorityOf, stateOf } from "./schema.ts";

/** Changes a slice; `ready` is called with each lane that has a new ready job. */
export function changeJobs(
  rows: JobRows,
  filter: JobFilter,
  change: JobChange,
  { after, limit, now }: QueuePage & { readonly now: number },
  ready: (lane: string) => void,
): ChangedJobs {
  const possible = CHANGEABLE[change.action];
  const states = (filter.states ?? possible).filter((state) => possible.includes(state));
  const found = rows.select({ ...filter, states }, { after, limit });
  for (const row of found) {
    const state = apply(rows, row, change, now);
    if (state === "ready") ready(change.action === "edit" ? change.lane ?? row.lane_name : row.lane_name);
  }
  return { changed: found.length, next: found.length < limit ? undefined : found.at(-1)?.id };
}

function apply(rows: JobRows, row: JobRow, change: JobChange, now: number): JobState | undefined {
  switch (change.action) {
    case "retry":
      rows.statements.run(
        "update job set attempts = 0, refusals = 0, due = 0, added_at = ? where id = ?",
        ...[stateOf(row.state) === "delivered" ? now : row.added_at, row.id],
      );
      return rows.move(row, "ready");
    case "resume":
      return rows.move(row, stateOnceFree(row));
    case "release":
      return release(rows, row, change, now);
    case "hold":
      return rows.move(row, "held");
    case "drop":
      rows.remove(row);
      return undefined;
    case "edit":
      return edit(rows, row, change);
  }
}

function release(rows: JobRows, row: JobRow, change: Release, now: number): JobState {
  const { id, lane_name: lane } = row;
  const state = stateOnceReleased({ id, lane, state: stateOf(row.state) }, change, now);
  const settledAt = state === "delivered" ? now : 0;
  const sql = "update job set awaits = '', due = ?, settled_at = ? where id = ?";
  rows.statements.run(sql, change.due ?? 0, settledAt, id);
  return rows.move({ ...row, awaits: "" }, state);
}

function edit(rows: JobRows, row: JobRow, change: JobEdit): JobState {
  const { statements, counters } = rows;
  const { priority = priorityOf(row.priority), route = row.route, recipe = row.recipe } = change;
  const state = stateOf(row.state);
  const lane = change.lane === undefined ? row.lane : counters.lane(change.lane);
  const there = twinOf(rows.of(row.uid, recipe), { id: row.id, lane, recipe });
  if (there !== undefined) {
    rows.remove(row);
    return there.state;
  }
  const unit = counters.unit({ lane, unit: row.key, priority, studyInstanceUid: row.study });
  statements.run("update job set route = ?, recipe = ? where id = ?", route, recipe, row.id);
  // No destination has refused the job with its new lane or recipe yet.
  const isOther = lane !== row.lane || recipe !== row.recipe;
  if (isOther) statements.run("update job set attempts = 0, refusals = 0 where id = ?", row.id);
  rows.move(row, state, unit, lane);
  if (unit !== row.unit) counters.removeEmptyUnits([row.unit]);
  return state;
}
