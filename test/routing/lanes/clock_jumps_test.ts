/** A clock that is put forth or back by an hour, a day or a year: nothing is sent twice, and nothing waits for as long. */

import assert from "node:assert/strict";
import type { LaneSettings } from "../../../src/routing/lanes/lane.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { fail, range, Scripted, startLanes, type TestLanes } from "../support.ts";

const HOUR = 3_600_000;
const JUMPS = [-24 * HOUR, -HOUR, HOUR, 365 * 24 * HOUR];

/** Runs a check with a clock that can jump, once for each jump. */
function eachJump(
  name: string,
  settings: LaneSettings,
  check: (test: { time: FakeTime; pacs: Scripted; lane: TestLanes; jump: () => void }, by: number) => Promise<void>,
): void {
  Deno.test(name, async (t) => {
    for (const by of JUMPS) {
      await t.step(`by ${by / HOUR} hours`, async () => {
        using time = new FakeTime();
        const pacs = new Scripted(time);
        let jumped = 0;
        await using lane = await startLanes(time, { PACS: pacs }, settings, { jump: () => jumped });
        await check({ time, pacs, lane, jump: () => void (jumped = by) }, by);
      });
    }
  });
}

eachJump("what is being sent while the clock jumps is sent once", {}, async ({ time, pacs, lane, jump }) => {
  pacs.answer = () => new Promise((resolve) => setTimeout(() => resolve({}), 3_000));
  lane.add(range(1, 8));
  await time.advance(4_000);
  jump();
  lane.add([9], { unit: "other" });
  await time.advance(60_000);
  assert.deepEqual(pacs.stored.toSorted(), range(1, 9));
  assert.equal(pacs.moments.length, 9);
});

eachJump("what was refused for now is tried within its pause or an hour", {}, async ({ time, pacs, lane, jump }) => {
  pacs.answer = () => pacs.moments.length === 1 ? fail("transient", "503", HOUR / 2) : {};
  lane.add([1]);
  await time.advance(1_000);
  jump();
  await time.advance(HOUR + HOUR / 2 + 60_000);
  assert.deepEqual(pacs.stored, [1]);
});

eachJump("a destination that is down is probed on, and was down for no negative time", {}, async (test, by) => {
  const { time, pacs, lane, jump } = test;
  let down = true;
  pacs.answer = () => down ? fail("transport") : {};
  pacs.alive = () => !down;
  lane.add([1, 2]);
  await time.advance(10 * 60_000);
  jump();
  down = false;
  await time.advance(HOUR + 5 * 60_000);
  assert.deepEqual(pacs.stored, [1, 2]);
  const closed = lane.events.find((event) => event.type === "lane-closed");
  assert.ok(closed !== undefined && closed.milliseconds >= Math.max(0, by), `${closed?.milliseconds} ms`);
  const [{ oldest, forecast }] = await lane.lanes.report() as [Awaited<ReturnType<typeof lane.lanes.report>>[0]];
  assert.deepEqual([oldest, forecast], [undefined, 0]);
});

eachJump("what awaits its study waits on, and goes when it is released", {}, async ({ time, pacs, lane, jump }) => {
  lane.add([1, 2], { awaits: "study", due: lane.now() + 660_000 });
  await time.advance(1_000);
  jump();
  lane.add([3], { unit: "other" });
  await time.advance(600_000);
  assert.deepEqual(pacs.stored, [3]);
  const release = { action: "release", due: lane.now() } as const;
  await lane.queue.change({ awaits: "study" }, release, { limit: 9, now: lane.now() });
  await time.advance(1_000);
  assert.deepEqual(pacs.stored, [3, 1, 2]);
});

eachJump("a lane keeps to its rate", { rate: 10 }, async ({ time, pacs, lane, jump }) => {
  lane.add(range(1, 200));
  await time.advance(5_000);
  jump();
  await time.advance(5_000);
  assert.ok(pacs.stored.length >= 90 && pacs.stored.length <= 125, `${pacs.stored.length} in ten seconds`);
});

Deno.test("a clock that is put into the hours of a lane has it send within a minute", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  let jumped = 0;
  // It is noon.
  const settings = { hours: { from: 13 * 60, to: 14 * 60 } };
  await using lane = await startLanes(time, { PACS: pacs }, settings, { jump: () => jumped });
  lane.add([1]);
  await time.advance(60_000);
  assert.deepEqual(pacs.stored, []);
  jumped = HOUR;
  await time.advance(61_000);
  assert.deepEqual(pacs.stored, [1]);
  jumped = 3 * HOUR;
  lane.add([2]);
  await time.advance(61_000);
  assert.deepEqual(pacs.stored, [1]);
});

Deno.test("a clock that jumps forth by a year makes the gateway forget no delivery", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  let jumped = 0;
  await using lane = await startLanes(time, { PACS: pacs }, {}, { jump: () => jumped });
  lane.add(range(1, 5));
  await time.advance(1_000);
  jumped = 365 * 24 * HOUR;
  await time.advance(HOUR / 2);
  assert.equal((await lane.queue.deliveries({}, { limit: 9 })).length, 5);
});
