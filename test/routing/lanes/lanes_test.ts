/** What a lane does when its destination works, fails, is slow, or says no; and that no lane waits for another. */

import assert from "node:assert/strict";
import type { Delivered, OutgoingInstance } from "../../../src/routing/destinations/destination.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { BEGIN, fail, outgoing, range, Scripted, startLanes } from "../support.ts";

const HOUR = 3_600_000;

Deno.test("a lane sends what it has in the order in which it came, and logs each attempt", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = () => ({ status: "0x0000" });
  await using lane = await startLanes(time, { PACS: pacs });
  lane.add(range(1, 40));
  await time.advance(100);
  assert.deepEqual(pacs.stored, range(1, 40));
  const log = await lane.queue.deliveries({}, { limit: 100 });
  assert.deepEqual([log.length, log[0]?.class, log[0]?.status, log[0]?.bytes], [40, "delivered", "0x0000", 4]);
  const [report] = await lane.lanes.report();
  assert.deepEqual([report?.activity, report?.counts.delivered, report?.oldest], ["idle", 40, undefined]);
});

Deno.test("a destination that is down for an hour costs probes alone: growing pauses, no attempt, nothing lost", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  let down = true;
  pacs.answer = () => down ? fail("transport") : {};
  pacs.alive = () => !down;
  await using lane = await startLanes(time, { PACS: pacs });
  lane.add(range(1, 1000));
  await time.advance(HOUR);
  assert.ok(pacs.moments.length <= 2, "an instance for each association that was under way, and no more");
  assert.ok(pacs.probes >= 15 && pacs.probes <= 25, `${pacs.probes} probes in an hour`);
  const jobs = await lane.queue.jobs({}, { limit: 2000 });
  assert.ok(jobs.every(({ attempts, state }) => attempts === 0 && state === "ready"));
  const [report] = await lane.lanes.report();
  assert.deepEqual([report?.activity, report?.forecast, report?.open?.since], ["open", undefined, BEGIN]);
  assert.deepEqual(report?.counts.ready, 1000);
  down = false;
  await time.advance(300_000);
  assert.deepEqual(pacs.stored, range(1, 1000));
  assert.deepEqual(lane.events.filter(({ type }) => type !== "job-attempted").map(({ type }) => type), [
    "lane-opened",
    "lane-closed",
  ]);
});

Deno.test("a lane that fails, hangs or is slow keeps no other waiting", async () => {
  using time = new FakeTime();
  const [down, hanging, slow, good] = [new Scripted(time), new Scripted(time), new Scripted(time), new Scripted(time)];
  down.answer = () => fail("transport");
  down.alive = () => false;
  hanging.answer = () => new Promise(() => {});
  slow.answer = () => new Promise((resolve) => setTimeout(() => resolve({}), 10_000));
  await using lane = await startLanes(time, { DOWN: down, HANGING: hanging, SLOW: slow, GOOD: good });
  for (const name of ["DOWN", "HANGING", "SLOW", "GOOD"]) lane.add(range(1, 30), { lane: name });
  await time.advance(50);
  assert.deepEqual(good.stored, range(1, 30));
  assert.deepEqual([down.stored, hanging.stored, slow.stored], [[], [], []]);
});

Deno.test("a destination that hangs in mid message, and a sink that hears no signal, are given up after the timeout", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = ({ sopInstanceUid }) => sopInstanceUid.endsWith(".1") ? new Promise(() => {}) : {};
  await using lane = await startLanes(time, { PACS: pacs }, { timeout: 5_000 });
  lane.add([1, 2]);
  await time.advance(4_900);
  assert.deepEqual(pacs.stored, []);
  await time.advance(200);
  const [job] = await lane.queue.jobs({ sopInstanceUid: "1.2.3.1" }, { limit: 1 });
  assert.deepEqual([job?.last.class, job?.attempts, job?.state], ["interrupted", 1, "waiting"]);
  // Others come before it, once the destination answers a probe.
  await time.advance(2_000);
  assert.deepEqual(pacs.stored, [2]);
});

Deno.test("progress keeps an attempt alive however long it takes", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = async (instance) => {
    for await (const _piece of instance.stream());
    return {};
  };
  const stream = () => {
    let left = 10;
    return new ReadableStream<Uint8Array>({
      pull: (controller) =>
        new Promise((resolve) =>
          setTimeout(() => {
            if (left-- > 0) controller.enqueue(new Uint8Array(1));
            else controller.close();
            resolve();
          }, 4_000)
        ),
    });
  };
  await using lane = await startLanes(time, { PACS: pacs }, { timeout: 5_000 }, {
    open: (number) => outgoing(number, { stream }),
  });
  lane.add([1]);
  await time.advance(46_000);
  assert.deepEqual(pacs.stored, [1]);
});

Deno.test("an instance at which the destination breaks the connection is put behind others, and is dead in the end", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = ({ sopInstanceUid }) => sopInstanceUid.endsWith(".1") ? fail("interrupted") : {};
  await using lane = await startLanes(time, { PACS: pacs });
  lane.add(range(1, 5));
  await time.advance(10_000);
  assert.deepEqual(pacs.stored, [2, 3, 4, 5]);
  await time.advance(2 * HOUR);
  const [job] = await lane.queue.jobs({ sopInstanceUid: "1.2.3.1" }, { limit: 1 });
  assert.deepEqual([job?.state, job?.attempts], ["dead", 10]);
});

Deno.test("an instance for which no association can be had, though probes go well, lets others go first", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = ({ sopInstanceUid }) => sopInstanceUid.endsWith(".1") ? fail("transport") : {};
  await using lane = await startLanes(time, { PACS: pacs });
  lane.add(range(1, 5));
  await time.advance(60_000);
  assert.deepEqual(pacs.stored, [2, 3, 4, 5]);
});

Deno.test("what is refused for now is tried again after growing pauses, and the rest goes on", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = ({ sopInstanceUid }) => sopInstanceUid.endsWith(".1") ? fail("transient", "0xA700") : {};
  await using lane = await startLanes(time, { PACS: pacs });
  lane.add([1, 2]);
  await time.advance(10);
  assert.deepEqual(pacs.stored, [2]);
  const attempts = async () => (await lane.queue.jobs({ sopInstanceUid: "1.2.3.1" }, { limit: 1 }))[0]?.attempts;
  assert.equal(await attempts(), 1);
  await time.advance(4_800);
  assert.equal(await attempts(), 1);
  await time.advance(400);
  assert.equal(await attempts(), 2);
  await time.advance(9_500);
  assert.equal(await attempts(), 2);
  await time.advance(700);
  assert.equal(await attempts(), 3);
  await time.advance(3 * HOUR);
  const [job] = await lane.queue.jobs({ sopInstanceUid: "1.2.3.1" }, { limit: 1 });
  assert.equal(job?.state, "waiting", "it is never given up");
  assert.ok(job.attempts > 10);
});

Deno.test("a destination that refuses everything for now is left alone for a while", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = () => fail("transient", "0xA700");
  await using lane = await startLanes(time, { PACS: pacs }, { parallel: 1 });
  lane.add(range(1, 1000));
  await time.advance(100);
  assert.equal(pacs.moments.length, 5);
  assert.equal((await lane.lanes.report())[0]?.activity, "open");
  const [opened] = lane.events.filter((event) => event.type === "lane-opened");
  assert.equal(opened?.why, "The destination could not take several instances in a row, the last with 0xA700");
});

Deno.test("what is refused for good is dead after two attempts, until somebody retries it", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = () => fail("permanent", "0xC000");
  await using lane = await startLanes(time, { PACS: pacs });
  lane.add([1]);
  await time.advance(10_000);
  const [dead] = await lane.queue.jobs({ states: ["dead"] }, { limit: 9 });
  assert.deepEqual([dead?.attempts, dead?.last.status], [2, "0xC000"]);
  pacs.answer = () => ({});
  await lane.queue.change({ status: "0xC000" }, { action: "retry" }, { limit: 9, now: lane.now() });
  await time.advance(10);
  assert.deepEqual(pacs.stored, [1]);
});

Deno.test("a destination that refuses this gateway is probed at the longest pauses, and a person is told", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  let refuses = true;
  pacs.answer = () => refuses ? fail("configuration") : {};
  pacs.alive = () => !refuses;
  await using lane = await startLanes(time, { PACS: pacs });
  lane.add([1]);
  await time.advance(299_000);
  assert.equal(pacs.probes, 0);
  const [opened] = lane.events.filter((event) => event.type === "lane-opened");
  assert.equal(opened?.isConfiguration, true);
  refuses = false;
  // An operator who has mended it needn't wait.
  await lane.lanes.pause("PACS", false);
  await time.advance(10);
  assert.deepEqual(pacs.stored, [1]);
});

Deno.test("without a probe the next instance is one", async () => {
  using time = new FakeTime();
  const sink = new Scripted(time);
  sink.probe = undefined;
  let down = true;
  sink.answer = () => down ? fail("transport") : {};
  await using lane = await startLanes(time, { SINK: sink });
  lane.add(range(1, 10), { lane: "SINK" });
  await time.advance(60_000);
  const tried = sink.moments.length;
  assert.ok(tried >= 4 && tried <= 8, `${tried} attempts in a minute`);
  down = false;
  await time.advance(60_000);
  assert.deepEqual(sink.stored, range(1, 10));
});

Deno.test("an instance that the archive does not have any more is dead at once, one that can't be read later", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  await using lane = await startLanes(time, { PACS: pacs }, {}, {
    open(number) {
      if (number === 1) return undefined;
      if (number === 2) throw new Error("Cannot read the instance: its file is missing");
      return outgoing(number);
    },
  });
  lane.add([1, 2, 3]);
  await time.advance(100);
  const jobs = await lane.queue.jobs({}, { limit: 9 });
  assert.deepEqual(jobs.map(({ state, last }) => [state, last.class]), [
    ["dead", "gone"],
    ["waiting", "unreadable"],
    ["delivered", "delivered"],
  ]);
  assert.equal((await lane.lanes.report())[0]?.activity, "idle", "the destination is not at fault");
});

Deno.test("an instance that can't be changed is held until it is resumed, and others go on", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  let mended = false;
  const open = (number: number) => number === 1 && !mended ? fail("unchangeable") : outgoing(number);
  await using lane = await startLanes(time, { PACS: pacs }, {}, { open });
  lane.add([1, 2]);
  await time.advance(HOUR);
  const jobs = await lane.queue.jobs({}, { limit: 9 });
  assert.deepEqual(jobs.map(({ state, last, attempts }) => [state, last.class, attempts]), [
    ["held", "unchangeable", 1],
    ["delivered", "delivered", 1],
  ]);
  assert.ok(lane.events.some((event) => event.type === "job-attempted" && event.state === "held"));
  assert.equal((await lane.lanes.report())[0]?.activity, "idle", "the destination is not at fault");
  mended = true;
  await lane.queue.change({ class: "unchangeable" }, { action: "resume" }, { limit: 9, now: lane.now() });
  await time.advance(100);
  assert.deepEqual(pacs.stored, [2, 1]);
});

Deno.test("a small study comes soon, however large the one before it is", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = () => new Promise((resolve) => setTimeout(() => resolve({}), 10));
  await using lane = await startLanes(time, { PACS: pacs }, { parallel: 1 });
  lane.add(range(1, 1000), { unit: "large" });
  await time.advance(50);
  lane.add([2001], { unit: "small" });
  lane.add([3001], { unit: "urgent", priority: "high" });
  await time.advance(500);
  const [urgent, small] = [pacs.stored.indexOf(3001), pacs.stored.indexOf(2001)];
  assert.ok(urgent >= 0 && urgent <= 16, `the urgent one was number ${urgent}`);
  assert.ok(small > urgent && small <= 33, `the small one was number ${small}`);
});

Deno.test("what is not urgent starves never", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = () => new Promise((resolve) => setTimeout(() => resolve({}), 1_000));
  await using lane = await startLanes(time, { PACS: pacs }, { parallel: 1 });
  lane.add(range(1, 500), { unit: "urgent", priority: "high" });
  lane.add([1001], { unit: "low", priority: "low" });
  await time.advance(60_000);
  assert.ok(pacs.stored.includes(1001));
});

Deno.test("a lane keeps to its rate, and to its bandwidth", async () => {
  using time = new FakeTime();
  const [slow, narrow] = [new Scripted(time), new Scripted(time)];
  await using rated = await startLanes(time, { SLOW: slow }, { rate: 2 });
  await using limited = await startLanes(time, { NARROW: narrow }, { bandwidth: 50 });
  rated.add(range(1, 100), { lane: "SLOW" });
  limited.add(range(1, 100), { lane: "NARROW" }); // Each has 100 bytes.
  await time.advance(10_000);
  assert.ok(slow.stored.length >= 18 && slow.stored.length <= 23, `${slow.stored.length} in ten seconds`);
  assert.ok(narrow.stored.length >= 4 && narrow.stored.length <= 7, `${narrow.stored.length} in ten seconds`);
});

Deno.test("a lane sends in its hours, and what is urgent at any time", async () => {
  using time = new FakeTime();
  const night = new Scripted(time);
  await using lane = await startLanes(time, { NIGHT: night }, { hours: { from: 13 * 60, to: 6 * 60 } });
  lane.add([1, 2], { lane: "NIGHT" });
  lane.add([3], { lane: "NIGHT", unit: "other", priority: "high" });
  await time.advance(HOUR - 60_000);
  assert.deepEqual(night.stored, [3]);
  assert.equal((await lane.lanes.report())[0]?.activity, "off-hours");
  await time.advance(120_000);
  assert.deepEqual(night.stored, [3, 1, 2]);
});

Deno.test("a paused lane finishes what it sends, sends nothing more, and goes on when it is resumed", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = () => new Promise((resolve) => setTimeout(() => resolve({}), 1_000));
  await using lane = await startLanes(time, { PACS: pacs }, { parallel: 1 });
  lane.add(range(1, 5));
  await time.advance(1_500);
  await lane.lanes.pause("PACS", true);
  await time.advance(HOUR);
  assert.deepEqual(pacs.stored, [1, 2]);
  assert.equal((await lane.lanes.report())[0]?.activity, "paused");
  await lane.lanes.pause("PACS", false);
  await time.advance(3_000);
  assert.deepEqual(pacs.stored, range(1, 5));
});

Deno.test("the end gives back what is not sent, as if nobody had claimed it", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  pacs.answer = ({ sopInstanceUid }) => sopInstanceUid.endsWith(".1") ? {} : new Promise(() => {});
  const lane = await startLanes(time, { PACS: pacs });
  lane.add(range(1, 5));
  await time.advance(10);
  await lane[Symbol.asyncDispose]();
  const jobs = await lane.queue.jobs({}, { limit: 9 });
  assert.deepEqual(jobs.map(({ state, attempts }) => [state, attempts]), [
    ["delivered", 1],
    ...range(2, 5).map(() => ["ready", 0]),
  ]);
  assert.equal(time.pending, 0);
});

Deno.test("leases are renewed while an attempt goes on for long", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  let release = () => {};
  pacs.answer = () => new Promise((resolve) => release = () => resolve({}));
  await using lane = await startLanes(time, { PACS: pacs }, { timeout: 10 * HOUR });
  lane.add([1]);
  await time.advance(HOUR);
  assert.deepEqual(
    await lane.queue.claim("PACS", {
      ...{ priorities: ["medium"], limit: 1, worker: "other", now: lane.now(), leaseUntil: Infinity },
    }),
    [],
  );
  release();
  await time.advance(10);
  assert.deepEqual(pacs.stored, [1]);
});

Deno.test("jobs for a destination that is not configured any more are seen, and stay", async () => {
  using time = new FakeTime();
  await using lane = await startLanes(time, { PACS: new Scripted(time) });
  lane.add([1], { lane: "GONE" });
  await time.advance(HOUR);
  const reports = await lane.lanes.report();
  assert.deepEqual(reports.map(({ name, activity, counts }) => [name, activity, counts.ready]), [
    ["PACS", "idle", 0],
    ["GONE", "unknown", 1],
  ]);
});

Deno.test("a server that says when to come back is not asked before", async () => {
  using time = new FakeTime();
  const web = new Scripted(time);
  web.answer = () => web.moments.length === 1 ? fail("transient", "503", 60_000) : {};
  await using lane = await startLanes(time, { WEB: web });
  lane.add([1], { lane: "WEB" });
  await time.advance(59_000);
  assert.equal(web.moments.length, 1);
  await time.advance(2_000);
  assert.deepEqual(web.stored, [1]);
});

Deno.test("old deliveries are forgotten while lanes run", async () => {
  using time = new FakeTime();
  const pacs = new Scripted(time);
  await using lane = await startLanes(time, { PACS: pacs });
  lane.add(range(1, 20));
  await time.advance(HOUR - 60_000);
  assert.equal((await lane.queue.deliveries({}, { limit: 100 })).length, 20);
  await time.advance(1_200_000);
  assert.deepEqual(await lane.queue.deliveries({}, { limit: 100 }), []);
  assert.deepEqual(await lane.queue.jobs({}, { limit: 100 }), []);
});

/** A destination that takes several at once. */
class Gathering extends Scripted {
  readonly batch = { instances: 4, bytes: 1_000 };
  readonly batches: number[] = [];

  async storeAll(instances: readonly OutgoingInstance[]): Promise<PromiseSettledResult<Delivered>[]> {
    this.batches.push(instances.length);
    return await Promise.allSettled(instances.map((instance) => this.store(instance)));
  }
}

Deno.test("a destination that takes several instances gets them together, and each job has its own outcome", async () => {
  using time = new FakeTime();
  const cloud = new Gathering(time);
  cloud.answer = ({ sopInstanceUid }) => sopInstanceUid.endsWith(".3") ? fail("permanent", "0xC000") : {};
  await using lane = await startLanes(time, { PACS: cloud }, { parallel: 1 });
  lane.add(range(1, 10));
  await time.advance(100);
  assert.deepEqual(cloud.batches, [4, 4, 2]);
  assert.deepEqual(cloud.stored, [1, 2, 4, 5, 6, 7, 8, 9, 10]);
  const log = await lane.queue.deliveries({}, { limit: 100 });
  assert.deepEqual([log.length, log.filter(({ class: name }) => name === "permanent").length], [10, 1]);
  await time.advance(600_000);
  assert.deepEqual((await lane.queue.jobs({ states: ["dead"] }, { limit: 9 })).map(({ last }) => last.status), [
    "0xC000",
  ]);
  assert.deepEqual(lane.events.filter(({ type }) => type === "lane-opened"), []);
});

Deno.test("a connection that is cut costs each instance of the batch an attempt, and then each goes alone", async () => {
  using time = new FakeTime();
  const cloud = new Gathering(time);
  cloud.answer = ({ sopInstanceUid }) => sopInstanceUid.endsWith(".2") ? fail("interrupted") : {};
  cloud.storeAll = async (instances) => {
    cloud.batches.push(instances.length);
    const outcomes = await Promise.allSettled(
      instances.map((instance) => cloud.answer(instance, new AbortController().signal)),
    );
    if (outcomes.some(({ status }) => status === "rejected")) fail("interrupted");
    return outcomes as PromiseSettledResult<Delivered>[];
  };
  await using lane = await startLanes(time, { PACS: cloud }, { parallel: 1 });
  lane.add(range(1, 4));
  await time.advance(50);
  const counts = (await lane.queue.jobs({}, { limit: 9 })).map(({ attempts, last }) => [attempts, last.class]);
  assert.deepEqual(counts, Array(4).fill([1, "interrupted"]));
  await time.advance(HOUR);
  assert.deepEqual(cloud.batches, [4]);
  assert.deepEqual(cloud.stored.sort(), [1, 3, 4]);
  const [dead] = await lane.queue.jobs({ states: ["dead"] }, { limit: 9 });
  assert.equal(dead?.sopInstanceUid, "1.2.3.2");
});

Deno.test("an answer to a whole batch counts once for the breaker, however many instances had it", async () => {
  using time = new FakeTime();
  const cloud = new Gathering(time);
  let busy = true;
  cloud.answer = () => busy ? fail("transient", "503") : {};
  await using lane = await startLanes(time, { PACS: cloud }, { parallel: 1 });
  lane.add(range(1, 16));
  await time.advance(20);
  assert.deepEqual(cloud.batches, [4, 4, 4, 4]);
  assert.deepEqual(lane.events.filter(({ type }) => type === "lane-opened"), [], "four answers are not yet five");
  busy = false;
  await time.advance(600_000);
  assert.deepEqual(cloud.stored.toSorted((a, b) => a - b), range(1, 16));
});

Deno.test("of a batch in which changes have given two the same UID, one goes after the other, and the log says as what", async () => {
  using time = new FakeTime();
  const cloud = new Gathering(time);
  let first = true;
  // It has room for one of that UID.
  cloud.answer = ({ sopInstanceUid }) => {
    if (sopInstanceUid !== "2.25.9") return {};
    if (!first) return fail("permanent", "0xC000");
    first = false;
    return {};
  };
  cloud.storeAll = async (instances) => {
    cloud.batches.push(instances.length);
    const outcomes = await Promise.allSettled(
      instances.map((instance) => cloud.answer(instance, new AbortController().signal)),
    );
    // As a STOW-RS answer does, it tells instances apart by their UIDs.
    const byUid = new Map(outcomes.map((outcome, index) => [instances[index]!.sopInstanceUid, outcome]));
    return instances.map(({ sopInstanceUid }) => byUid.get(sopInstanceUid)) as PromiseSettledResult<Delivered>[];
  };
  await using lane = await startLanes(time, { PACS: cloud }, { parallel: 1 }, {
    open: (number) => outgoing(number, number < 3 ? { sopInstanceUid: "2.25.9", studyInstanceUid: "2.25.1" } : {}),
  });
  lane.add(range(1, 3), { recipe: "r" });
  await time.advance(10);
  const states = (await lane.queue.jobs({}, { limit: 9 })).map(({ state, last }) => [state, last.class]);
  assert.deepEqual(states, [["delivered", "delivered"], ["waiting", "permanent"], ["delivered", "delivered"]]);
  const log = await lane.queue.deliveries({}, { limit: 9 });
  assert.deepEqual(log.map(({ sentAs }) => Object.values(sentAs ?? {})), [
    ["2.25.9", "2.25.1"],
    ["2.25.9", "2.25.1"],
    ["1.2.3.3", "1.2"],
  ]);
});
