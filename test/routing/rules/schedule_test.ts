/** When something may be sent, by the local clock. */

import assert from "node:assert/strict";
import type { Schedule } from "../../../src/routing/rules/rule.ts";
import { dueAt } from "../../../src/routing/rules/schedule.ts";

/** Thursday the 2nd of January 2025, at a time of day. */
const at = (day: number, hours: number, minutes = 0) => new Date(2025, 0, day, hours, minutes).getTime();

const CASES: readonly (readonly [name: string, schedule: Schedule | undefined, now: number, due: number])[] = [
  ["no schedule is at once", undefined, at(2, 12), at(2, 12)],
  ["within the hours is at once", { hours: "08:00-18:00" }, at(2, 8), at(2, 8)],
  ["before them it waits for their beginning", { hours: "08:00-18:00" }, at(2, 7, 59), at(2, 8)],
  ["behind them it waits for those of the next day", { hours: "08:00-18:00" }, at(2, 18), at(3, 8)],
  ["a night that began yesterday lasts until today", { hours: "20:00-06:00" }, at(2, 5, 59), at(2, 5, 59)],
  ["by day it waits for the night", { hours: "20:00-06:00" }, at(2, 6), at(2, 20)],
  ["of other days it waits for the first that is meant", { days: ["saturday", "sunday"] }, at(2, 12), at(4, 0)],
  ["the night of a Sunday lasts until Monday", { hours: "20:00-06:00", days: ["sunday"] }, at(6, 5), at(6, 5)],
  ["but that of Monday is none", { hours: "20:00-06:00", days: ["sunday"] }, at(6, 21), at(12, 20)],
  ["the same day a week later", { hours: "08:00-09:00", days: ["thursday"] }, at(2, 10), at(9, 8)],
];

for (const [name, schedule, now, due] of CASES) {
  Deno.test(`a schedule: ${name}`, () =>
    assert.equal(new Date(dueAt(schedule, now)).toString(), new Date(due).toString()));
}
