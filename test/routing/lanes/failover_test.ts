/** A job that one of several destinations has to deliver goes to the one that works, and to and fro no more than it must. */

import assert from "node:assert/strict";
import type { Destination } from "../../../src/routing/destinations/destination.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { fail, range, Scripted, startLanes, type TestLanes } from "../support.ts";

const CHOICE = ["PACS", "STANDBY", "THIRD"];

/** Three destinations, all of which work until a test says otherwise. */
function three(time: FakeTime) {
  const [pacs, standby, third] = [new Scripted(time), new Scripted(time), new Scripted(time)];
  return {
    pacs,
    standby,
    third,
    all: { PACS: pacs, STANDBY: standby, THIRD: third } satisfies Record<string, Destination>,
  };
}

function down(destination: Scripted): void {
  destination.alive = () => false;
  destination.answer = () => fail("transport");
}

function up(destination: Scripted): void {
  destination.alive = () => true;
  destination.answer = () => ({});
}

async function lanesOf({ queue }: TestLanes) {
  const jobs = await queue.jobs({}, { limit: 1_000 });
  return jobs.map(({ lane, state }) => `${lane} ${state}`);
}

Deno.test("what the first destination takes goes to no other", async () => {
  using time = new FakeTime();
  const { pacs, standby, all } = three(time);
  await using lanes = await startLanes(time, all);
  lanes.add(range(1, 20), { choice: CHOICE });
  await time.advance(1_000);
  assert.deepEqual([pacs.stored.length, standby.stored.length], [20, 0]);
});

Deno.test("when its lane opens, what waits goes to the next that works, in its order; what comes later follows", async () => {
  using time = new FakeTime();
  const { pacs, standby, third, all } = three(time);
  down(pacs);
  down(standby);
  await using lanes = await startLanes(time, all);
  lanes.add([100], { lane: "STANDBY" });
  await time.advance(100);
  lanes.add(range(1, 250), { choice: CHOICE });
  await time.advance(2_000);
  assert.deepEqual(third.stored, range(1, 250));
  lanes.add([251], { choice: CHOICE });
  await time.advance(1_000);
  assert.deepEqual(third.stored.at(-1), 251);
  const moved = lanes.events.flatMap((event) => event.type === "jobs-moved" ? [event] : []);
  assert.equal(moved.reduce((sum, { count }) => sum + count, 0), 251);
  assert.deepEqual([...new Set(moved.map(({ lane, to }) => `${lane} ${to}`))], ["PACS THIRD"]);
});

Deno.test("a job that only one destination may deliver stays when its lane opens", async () => {
  using time = new FakeTime();
  const { pacs, standby, all } = three(time);
  down(pacs);
  await using lanes = await startLanes(time, all);
  lanes.add([1]);
  lanes.add([2], { choice: CHOICE });
  await time.advance(5_000);
  assert.deepEqual([await lanesOf(lanes), standby.stored], [["PACS ready", "STANDBY delivered"], [2]]);
});

Deno.test("what was moved does not come back when the first works again, unless the other fails in turn", async () => {
  using time = new FakeTime();
  const { pacs, standby, all } = three(time);
  down(pacs);
  await using lanes = await startLanes(time, { PACS: all.PACS, STANDBY: all.STANDBY });
  let letGo = () => {};
  standby.answer = () => new Promise((resolve) => letGo = () => resolve({}));
  lanes.add([1, 2, 3], { choice: ["PACS", "STANDBY"] });
  await time.advance(1_000);
  assert.deepEqual(await lanesOf(lanes), ["STANDBY leased", "STANDBY leased", "STANDBY leased"]);
  up(pacs);
  await time.advance(10_000);
  assert.deepEqual([await lanesOf(lanes), pacs.stored], [["STANDBY leased", "STANDBY leased", "STANDBY leased"], []]);
  standby.alive = () => false;
  standby.answer = () => fail("transport");
  letGo();
  await time.advance(10_000);
  assert.deepEqual([standby.stored, pacs.stored.toSorted()], [[1], [2, 3]]);
});

Deno.test("where none works everything stays, and goes to the one that works first", async () => {
  using time = new FakeTime();
  const { pacs, standby, third, all } = three(time);
  for (const destination of [pacs, standby, third]) down(destination);
  await using lanes = await startLanes(time, all);
  lanes.add([101], { lane: "STANDBY" });
  lanes.add([102], { lane: "THIRD" });
  await time.advance(100);
  lanes.add([1, 2], { choice: CHOICE });
  await time.advance(10_000);
  assert.deepEqual((await lanesOf(lanes)).slice(2), ["PACS ready", "PACS ready"]);
  assert.equal(lanes.events.filter(({ type }) => type === "jobs-moved").length, 0);
  up(third);
  await time.advance(600_000);
  assert.deepEqual(third.stored.toSorted(), [1, 102, 2]);
});

Deno.test("what a destination refuses for good goes to the next, and is dead when all have refused it", async () => {
  using time = new FakeTime();
  const { pacs, standby, third, all } = three(time);
  pacs.answer = standby.answer = () => fail("permanent", "0xC000");
  await using lanes = await startLanes(time, all);
  lanes.add([1], { choice: CHOICE });
  await time.advance(60_000);
  assert.deepEqual([third.stored, await lanesOf(lanes)], [[1], ["THIRD delivered"]]);
  const passed = lanes.events.flatMap((event) =>
    event.type === "job-attempted" && event.to !== undefined ? [event] : []
  );
  assert.deepEqual(passed.map(({ lane, to, state }) => `${lane} ${to} ${state}`), [
    "PACS STANDBY ready",
    "STANDBY THIRD ready",
  ]);
  third.answer = () => fail("permanent", "0xC000");
  lanes.add([2], { choice: CHOICE });
  await time.advance(60_000);
  assert.deepEqual((await lanesOf(lanes))[1], "THIRD dead");
  const attempts = await lanes.queue.deliveries({ sopInstanceUid: "1.2.3.2" }, { limit: 99 });
  assert.deepEqual(attempts.map(({ lane }) => lane), ["PACS", "PACS", "STANDBY", "STANDBY", "THIRD", "THIRD"]);
});

Deno.test("what the archive can't read goes nowhere else", async () => {
  using time = new FakeTime();
  const { all } = three(time);
  await using lanes = await startLanes(time, all, {}, { open: () => undefined });
  lanes.add([1], { choice: CHOICE });
  await time.advance(1_000);
  assert.deepEqual(await lanesOf(lanes), ["PACS dead"]);
});

Deno.test("a paused lane is not one that works, and nothing leaves it", async () => {
  using time = new FakeTime();
  const { pacs, standby, third, all } = three(time);
  await using lanes = await startLanes(time, all);
  await lanes.lanes.pause("PACS", true);
  await lanes.lanes.pause("STANDBY", true);
  lanes.add([1], { choice: CHOICE });
  await time.advance(10_000);
  assert.deepEqual(await lanesOf(lanes), ["PACS ready"]);
  await lanes.lanes.pause("PACS", false);
  down(pacs);
  lanes.add([2], { choice: CHOICE });
  await time.advance(10_000);
  assert.deepEqual([standby.stored, third.stored.toSorted()], [[], [1, 2]]);
});

Deno.test("a destination without a probe gets an instance now and then, by which it comes back", async () => {
  using time = new FakeTime();
  const { pacs, standby, all } = three(time);
  pacs.probe = undefined;
  down(pacs);
  await using lanes = await startLanes(time, all);
  lanes.add([1], { choice: CHOICE });
  await time.advance(2_000);
  assert.deepEqual(standby.stored, [1]);
  const tries = pacs.moments.length;
  lanes.add([2], { choice: CHOICE });
  await time.advance(100);
  assert.deepEqual([standby.stored, pacs.moments.length], [[1, 2], tries + 1]);
  lanes.add([3], { choice: CHOICE });
  await time.advance(100);
  assert.deepEqual([standby.stored, pacs.moments.length], [[1, 2, 3], tries + 1]);
  up(pacs);
  await time.advance(300_000);
  lanes.add([4, 5], { choice: CHOICE });
  await time.advance(1_000);
  assert.deepEqual([standby.stored, pacs.stored], [[1, 2, 3], [4, 5]]);
});

Deno.test("what waits for a destination that is not configured any more goes to another of its choice", async () => {
  using time = new FakeTime();
  const { standby, all } = three(time);
  await using lanes = await startLanes(time, { STANDBY: all.STANDBY });
  lanes.add([1], { choice: CHOICE });
  await time.advance(1_000);
  assert.deepEqual(standby.stored, [1]);
});

Deno.test("what is held since no route matches stays held, whoever resumes it, until it has a destination", async () => {
  using time = new FakeTime();
  const { pacs, all } = three(time);
  await using lanes = await startLanes(time, all);
  lanes.add([1, 2], { lane: "unrouted", route: "", held: true, choice: ["unrouted"] });
  const page = { limit: 10, now: 0 };
  await lanes.queue.change({}, { action: "resume" }, page);
  await time.advance(1_000);
  assert.deepEqual(await lanesOf(lanes), ["unrouted held", "unrouted held"]);
  assert.deepEqual((await lanes.lanes.report()).at(-1)?.activity, "holding");
  await lanes.queue.change({ sopInstanceUid: "1.2.3.2" }, { action: "edit", lane: "PACS" }, page);
  await lanes.queue.change({}, { action: "resume" }, page);
  await time.advance(1_000);
  assert.deepEqual([pacs.stored, await lanesOf(lanes)], [[2], ["unrouted held", "PACS delivered"]]);
});
