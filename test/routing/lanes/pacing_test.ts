/** How fast, when, and in which order a lane may send. */

import assert from "node:assert/strict";
import { Pace } from "../../../src/routing/lanes/pacing.ts";
import { isSendingTime, nextMinute, readSendingHours } from "../../../src/routing/lanes/sending_hours.ts";
import { Turns } from "../../../src/routing/lanes/turns.ts";

Deno.test("a pace waits for what was sent before, saves up a second at most, and survives a clock that jumps", () => {
  const clock = { now: 1_000_000 };
  const pace = new Pace({ rate: 10, bandwidth: 0, now: () => clock.now });
  const burst = Array.from({ length: 13 }, () => pace.take(1));
  assert.deepEqual(burst, [...Array(11).fill(0), 100, 200]);
  clock.now += 3_600_000;
  assert.equal(pace.take(1), 0);
  clock.now -= 86_400_000;
  assert.ok(pace.take(1) <= 3_600_000);
  const free = new Pace({ rate: 0, bandwidth: 0, now: () => clock.now });
  assert.equal(Math.max(...Array.from({ length: 100 }, () => free.take(1e9))), 0);
});

Deno.test("readSendingHours() reads hours, over midnight too, and nothing else", () => {
  const [day, night] = [readSendingHours("08:30-17:00")!, readSendingHours("22:00-06:00")!];
  const at = (hour: number, minute = 0) => new Date(2025, 2, 1, hour, minute).getTime();
  assert.deepEqual([at(8, 29), at(8, 30), at(16, 59), at(17)].map((time) => isSendingTime(day, time)), [
    false,
    true,
    true,
    false,
  ]);
  assert.deepEqual([at(21, 59), at(22), at(0), at(5, 59), at(6)].map((time) => isSendingTime(night, time)), [
    false,
    true,
    true,
    true,
    false,
  ]);
  assert.equal(nextMinute(at(8, 29) + 1), at(8, 30));
  for (const bad of ["", "8-17", "24:00-06:00", "08:00-08:00", "08:00-17:60", " 08:00-17:00"]) {
    assert.equal(readSendingHours(bad), undefined, bad);
  }
});

Deno.test("a priority that was passed over for 30 s has a turn, also when the clock was set back", () => {
  const clock = { now: 1_000_000 };
  const turns = new Turns(() => clock.now);
  assert.deepEqual(turns.order(), ["high", "medium", "low"]);
  turns.served("high");
  clock.now += 30_000;
  assert.deepEqual(turns.order(), ["medium", "low", "high"]);
  turns.served("medium");
  turns.served("low");
  assert.deepEqual(turns.order(), ["high", "medium", "low"]);
  clock.now -= 86_400_000;
  turns.order();
  clock.now += 30_000;
  assert.deepEqual(turns.order(), ["medium", "low", "high"]);
});
