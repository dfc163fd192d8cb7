/** Units by the clock. */

import assert from "node:assert/strict";
import { watchUnits } from "../../../src/routing/units/units.ts";
import { FakeTime } from "../../support/fake_time.ts";

Deno.test("watched units are closed by one timer, when they are due and not before", async () => {
  using time = new FakeTime();
  const closed: string[] = [];
  using units = watchUnits({
    quiet: 60_000,
    cap: 3_600_000,
    now: () => time.now,
    onClosed: ({ unit, generation, closedBy, at }) => closed.push(`${unit} #${generation} ${closedBy} ${at}`),
  });
  units.instance("A", "CT", "1");
  await time.advance(30_000);
  units.instance("B", "CT", "2");
  assert.equal(time.pending, 1);
  await time.advance(29_999);
  assert.deepEqual(closed, []);
  await time.advance(1);
  assert.deepEqual(closed.splice(0), ["A #1 quiet 60000"]);
  const ended = units.opened("CT");
  await time.advance(600_000);
  assert.deepEqual(closed, []);
  ended();
  ended();
  await time.advance(29_999);
  assert.deepEqual(closed, []);
  await time.advance(1);
  assert.deepEqual(closed.splice(0), ["B #1 quiet 690000"]);
  assert.equal(time.pending, 0);
  units.restore("C", 4);
  units.instance("C", "CT", "3");
  units.evidence("C", { kind: "count", count: 1 });
  assert.deepEqual(closed.splice(0), ["C #4 count 690000"]);
});

Deno.test("units whose association is never closed are closed by the cap, even one beyond what timers can wait for", async () => {
  using time = new FakeTime();
  const closed: string[] = [];
  const day = 24 * 3_600_000;
  using units = watchUnits({
    quiet: 1000,
    cap: 30 * day,
    now: () => time.now,
    onClosed: ({ unit, closedBy }) => closed.push(`${unit} ${closedBy}`),
  });
  units.opened("CT");
  units.instance("A", "CT", "1");
  await time.advance(30 * day - 1);
  assert.deepEqual(closed, []);
  await time.advance(1);
  assert.deepEqual(closed, ["A cap"]);
});

Deno.test("watched units that are disposed of leave no timer", () => {
  using time = new FakeTime();
  const units = watchUnits({ quiet: 1000, cap: 2000, now: () => time.now, onClosed: () => {} });
  units.instance("A", "CT", "1");
  units[Symbol.dispose]();
  units.instance("A", "CT", "2");
  assert.equal(time.pending, 0);
});
