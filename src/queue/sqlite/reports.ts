/**
 * Reports of a queue on its lanes and its attempts.
 *
 * @module
 */

import type { Statements } from "../../sqlite/statements.ts";
import { type Delivery, JOB_STATES, type JobState, OUTSTANDING } from "../job.ts";
import type { DeliveryFilter, QueuedLane, QueuePage } from "../job_queue.ts";
import type { Counters } from "./counters.ts";
import { deliveryConditionsOf } from "./job_filter.ts";
import { stateNumber } from "./schema.ts";

type LaneRow = { readonly id: number; readonly name: string; readonly paused: number } & Record<JobState, number>;

/** The first job of a lane in a state. Those that await something have time, and an index knows the others. */
const FIRST = "select added_at from job where lane = ? and state = ? order by id limit 1";
const FIRST_WAITING = "select added_at from job where lane = ? and state = 2 and awaits = '' order by id limit 1";

/** All lanes. It takes no longer when they have many jobs. */
export function readLanes(statements: Statements): QueuedLane[] {
  return statements.all<LaneRow>("select * from lane order by name").map((row) => {
    const oldest = OUTSTANDING.flatMap((state) => {
      if (row[state] === 0) return [];
      const first = state === "waiting"
        ? statements.one<{ added_at: number }>(FIRST_WAITING, row.id)
        : statements.one<{ added_at: number }>(FIRST, row.id, stateNumber(state));
      return first === undefined ? [] : [first.added_at];
    });
    const due = "select min(due) as due from job where lane = ? and state = 2";
    const nextDue = row.waiting > 0 ? statements.one<{ due: number | null }>(due, row.id)?.due : undefined;
    return {
      name: row.name,
      paused: row.paused !== 0,
      counts: Object.fromEntries(JOB_STATES.map((state) => [state, row[state]])) as Record<JobState, number>,
      oldest: oldest.length === 0 ? undefined : Math.min(...oldest),
      nextDue: nextDue ?? undefined,
    };
  });
}

interface DeliveryRow {
  readonly id: number;
  readonly job: number;
  readonly lane_name: string;
  readonly route: string;
  readonly recipe: string;
  readonly uid: string;
  readonly study: string;
  readonly attempt: number;
  readonly at: number;
  readonly class: string;
  readonly status: string;
  readonly error: string;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly sent_uid: string | null;
  readonly sent_study: string | null;
}

/** Attempts, the first of them first. */
export function readDeliveries(
  statements: Statements,
  counters: Counters,
  filter: DeliveryFilter,
  { after = 0, limit }: QueuePage,
): Delivery[] {
  const { sql, values } = deliveryConditionsOf(filter, counters);
  return statements.made<DeliveryRow>(
    "select d.*, l.name as lane_name from delivery d join lane l on l.id = d.lane " +
      `where d.id > ?${sql} order by d.id limit ?`,
    [after, ...values, limit],
  ).map(({ lane_name: lane, uid: sopInstanceUid, study: studyInstanceUid, ...row }) => ({
    id: row.id,
    job: row.job,
    lane,
    route: row.route,
    recipe: row.recipe,
    sopInstanceUid,
    studyInstanceUid,
    attempt: row.attempt,
    at: row.at,
    milliseconds: row.milliseconds,
    bytes: row.bytes,
    class: row.class,
    status: row.status,
    error: row.error,
    ...(row.sent_uid !== null && {
      sentAs: { sopInstanceUid: row.sent_uid, studyInstanceUid: row.sent_study ?? "" },
    }),
  }));
}
