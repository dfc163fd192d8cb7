/** Units of routes: their jobs wait in the queue, and are released when they are complete. */

import assert from "node:assert/strict";
import type { InstanceOrigin } from "../../../src/archive/routing.ts";
import type { DocumentStore } from "../../../src/documents/document_store.ts";
import { createMemoryDocuments } from "../../../src/documents/memory_documents.ts";
import { openSqliteDocuments } from "../../../src/documents/sqlite_documents.ts";
import type { IndexedInstance } from "../../../src/index/instance_index.ts";
import type { NewJob } from "../../../src/queue/job.ts";
import type { JobQueue } from "../../../src/queue/job_queue.ts";
import { createMemoryQueue } from "../../../src/queue/memory_queue.ts";
import { openSqliteQueue } from "../../../src/queue/sqlite_queue.ts";
import { routeBy } from "../../../src/routing/routes.ts";
import { compileRules } from "../../../src/routing/rules/compiled_rules.ts";
import type { RoutingRule, RoutingRules } from "../../../src/routing/rules/rule.ts";
import { ClosedUnits } from "../../../src/routing/units/closed_units.ts";
import { listUnits } from "../../../src/routing/units/list_units.ts";
import { dimseSource } from "../../../src/routing/units/source_name.ts";
import { UnitCollector, type UnitCollectorOptions } from "../../../src/routing/units/unit_collector.ts";
import type { CompleteUnit } from "../../../src/routing/units/unit_events.ts";
import { subjectOf } from "../../../src/archive/routing.ts";
import { claim, delivered, numbers } from "../../queue/support.ts";
import { FakeTime, settle } from "../../support/fake_time.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { BEGIN } from "../support.ts";

const STUDY: RoutingRule = { name: "whole", unit: "study", to: "PACS" };
const ORIGIN: InstanceOrigin = { way: "C-STORE", address: "10.0.0.7" };

/** A collector with its queue, and what it told. */
class Collected implements AsyncDisposable {
  readonly closed: CompleteUnit[] = [];
  readonly errors: unknown[] = [];
  readonly collector: UnitCollector;
  readonly remembered: ClosedUnits;
  readonly queue: JobQueue;
  rules: RoutingRules;
  readonly #time: FakeTime;
  #serial = 0;

  constructor(
    time: FakeTime,
    routes: readonly RoutingRule[] = [STUDY],
    { queue, documents = createMemoryDocuments(), ...options }:
      & Partial<UnitCollectorOptions>
      & { readonly documents?: DocumentStore } = {},
  ) {
    this.#time = time;
    this.rules = { routes, units: { quiet: 60_000, cap: 600_000 } };
    this.queue = queue ?? createMemoryQueue({ now: this.now });
    this.remembered = new ClosedUnits(documents);
    this.collector = new UnitCollector({
      queue: this.queue,
      closed: this.remembered,
      rules: () => this.rules,
      onEvent: ({ unit }) => void this.closed.push(unit),
      onError: (error) => void this.errors.push(error),
      now: this.now,
      monotonic: () => time.now,
      ...options,
    });
  }

  readonly now = () => BEGIN + this.#time.now;

  /** What the archive does with an instance of this number that comes. */
  keep(number: number, { study = "1.2", series = "1.2.1", again = false, source = "CT1" } = {}): readonly NewJob[] {
    const instance: IndexedInstance = {
      ...{ patientId: "", studyInstanceUid: study, seriesInstanceUid: series, sopInstanceUid: `1.2.3.${number}` },
      ...{ sopClassUid: "1.2.840.10008.5.1.4.1.1.2", transferSyntax: "1.2.840.10008.1.2.1", name: `${number}` },
      ...{ size: 9, dataSetOffset: 0, receivedAt: this.now(), sourceAeTitle: source, serial: ++this.#serial },
    };
    const routed = { instance, attributes: undefined, origin: ORIGIN };
    const jobs = routeBy(compileRules(this.rules), () => "").jobsFor(routed);
    this.queue.add(subjectOf(instance), jobs, { ifAbsent: again });
    this.collector.queued(routed, jobs, again);
    return jobs;
  }

  /** Numbers of instances that are sent, as somebody claims them. */
  async sent(lane = "PACS"): Promise<number[]> {
    await this.collector.settled;
    const jobs = await claim(this.queue, { lane, limit: 1000, now: this.now(), leaseUntil: Infinity });
    this.queue.settle(jobs.map((job) => delivered(job)));
    return numbers(jobs);
  }

  /** What closed each unit, in which generation and with how many instances. */
  told(): string[] {
    return this.closed.splice(0).map((
      { level, studyInstanceUid, seriesInstanceUid, generation, closedBy, instances },
    ) => `${level} ${seriesInstanceUid || studyInstanceUid} #${generation} ${closedBy} ${instances}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.collector[Symbol.asyncDispose]();
    assert.deepEqual(this.errors, []);
  }
}

Deno.test("jobs of a study wait until nothing has come for a while, and nobody who sends it has an association open", async () => {
  using time = new FakeTime();
  await using collected = new Collected(time);
  const ended = collected.collector.opened("CT1@10.0.0.7", "CT1");
  for (const number of [1, 2]) assert.equal(collected.keep(number)[0]?.awaits, "whole/study/1.2");
  await time.advance(120_000);
  assert.deepEqual([await collected.sent(), collected.told()], [[], []]);
  ended();
  await time.advance(59_999);
  assert.deepEqual(await collected.sent(), []);
  await time.advance(1);
  assert.deepEqual([await collected.sent(), collected.told()], [[1, 2], ["study 1.2 #1 quiet 2"]]);
});

Deno.test("an instance that comes while a timer is late is counted in the generation that it is sent with", async () => {
  using time = new FakeTime();
  let late = 0;
  await using collected = new Collected(time, [STUDY], { monotonic: () => time.now + late });
  collected.keep(1);
  late = 60_000;
  collected.keep(2);
  assert.deepEqual([await collected.sent(), collected.told()], [[], []]);
  await time.advance(60_000);
  assert.deepEqual([await collected.sent(), collected.told()], [[1, 2], ["study 1.2 #1 quiet 2"]]);
});

Deno.test("late instances make the next generation; one that comes again makes none, and one that is sent already is not sent again", async () => {
  using time = new FakeTime();
  await using collected = new Collected(time);
  collected.keep(1);
  await time.advance(60_000);
  assert.deepEqual([await collected.sent(), collected.told()], [[1], ["study 1.2 #1 quiet 1"]]);
  collected.keep(1, { again: true });
  await settle();
  assert.deepEqual([...collected.collector.open()], []);
  collected.keep(2);
  await time.advance(30_000);
  collected.keep(1, { again: true });
  await time.advance(30_000);
  assert.deepEqual(await collected.sent(), [], "somebody is still sending");
  await time.advance(30_000);
  assert.deepEqual([await collected.sent(), collected.told()], [[2], ["study 1.2 #2 quiet 2"]]);
});

Deno.test("two sources of a study are both waited for, and series are complete one by one", async () => {
  using time = new FakeTime();
  const series: RoutingRule = { name: "series", unit: "series", to: "DISK" };
  await using collected = new Collected(time, [STUDY, series]);
  const ended = collected.collector.opened("MR1@10.0.0.7", "MR1");
  collected.keep(1, { series: "1.2.1" });
  collected.keep(2, { series: "1.2.2", source: "MR1" });
  await time.advance(60_000);
  assert.deepEqual(collected.told(), ["series 1.2.1 #1 quiet 1"]);
  assert.deepEqual([await collected.sent("DISK"), await collected.sent()], [[1], []]);
  ended();
  await time.advance(60_000);
  assert.deepEqual(collected.told().toSorted(), ["series 1.2.2 #1 quiet 1", "study 1.2 #1 quiet 2"]);
  assert.deepEqual([await collected.sent("DISK"), await collected.sent()], [[2], [1, 2]]);
});

Deno.test("evidence closes a study at its last instance, and not before, even what was said before the first", async () => {
  using time = new FakeTime();
  await using collected = new Collected(time);
  collected.collector.evidence("study", "1.2", { kind: "mpps", sopInstanceUids: ["1.2.3.1", "1.2.3.2"] });
  collected.collector.evidence("series", "1.2.1", { kind: "mpps", sopInstanceUids: ["1.2.3.1"] });
  collected.keep(1);
  assert.deepEqual([await collected.sent(), collected.told()], [[], []]);
  assert.partialDeepStrictEqual([...collected.collector.open()], [{ instances: 1, missing: 1, since: BEGIN }]);
  collected.keep(2);
  assert.deepEqual([await collected.sent(), collected.told()], [[1, 2], ["study 1.2 #1 mpps 2"]]);
  collected.collector.evidence("study", "1.2", { kind: "commitment", sopInstanceUids: ["1.2.3.9"] }, { open: true });
  assert.deepEqual([...collected.collector.open()], []);
});

Deno.test("what comes while jobs are released belongs to the next generation", async () => {
  using time = new FakeTime();
  await using collected = new Collected(time);
  for (let number = 1; number <= 1_200; number++) collected.keep(number);
  collected.collector.evidence("study", "1.2", { kind: "count", count: 1_200 });
  collected.keep(9_999);
  await settle();
  const counts = async () => (await collected.queue.lanes())[0]?.counts;
  assert.deepEqual([(await counts())?.ready, (await counts())?.waiting], [200, 1_001], "slice by slice");
  await time.advance(10);
  assert.deepEqual([(await counts())?.ready, (await counts())?.waiting], [1_200, 1]);
  await time.advance(60_000);
  assert.deepEqual(collected.told(), ["study 1.2 #1 count 1200", "study 1.2 #2 quiet 1"]);
});

Deno.test("without anybody who watches units, their jobs are sent a minute after the cap", async () => {
  using time = new FakeTime();
  const collected = new Collected(time);
  const [job] = collected.keep(1);
  await collected[Symbol.asyncDispose]();
  assert.equal(job!.due, BEGIN + 660_000);
  await time.advance(659_999);
  assert.deepEqual(await collected.sent(), []);
  await time.advance(1);
  assert.deepEqual(await collected.sent(), [1]);
});

Deno.test("the cap closes a study whose sender never ends; a schedule holds for what is released", async () => {
  using time = new FakeTime();
  const night: RoutingRule = { name: "night", unit: "study", to: "PACS", schedule: { hours: "20:00-06:00" } };
  await using collected = new Collected(time, [night]);
  collected.collector.opened("CT1@10.0.0.7", "CT1");
  collected.keep(1);
  await time.advance(600_000);
  assert.deepEqual([await collected.sent(), collected.told()], [[], ["study 1.2 #1 cap 1"]]);
  const [job] = await collected.queue.jobs({}, { limit: 1 });
  assert.deepEqual([job?.state, new Date(job!.due).getHours(), job?.awaits], ["waiting", 20, ""]);
});

Deno.test("other rules and times hold at once, and what a route has begun that is no more is sent all the same", async () => {
  using time = new FakeTime();
  await using collected = new Collected(time);
  collected.keep(1);
  collected.rules = { routes: [{ ...STUDY, name: "other" }], units: { quiet: 10_000, cap: 600_000 } };
  collected.collector.adjust();
  collected.keep(2);
  await time.advance(10_000);
  assert.deepEqual(await collected.sent(), [1, 2]);
  assert.deepEqual(collected.closed.map(({ route, at }) => [route, at - BEGIN]), [["whole", 10_000], [
    "other",
    10_000,
  ]]);
});

Deno.test("an instance without the UID of its study is sent by itself", async () => {
  using time = new FakeTime();
  await using collected = new Collected(time);
  collected.keep(1, { study: "" });
  assert.deepEqual(await collected.sent(), [1]);
});

Deno.test("a peer is asked for its count once who sends has paused, and what it says closes the study when as many have come", async () => {
  using time = new FakeTime();
  const asked: string[] = [];
  let count: number | undefined = 3;
  await using collected = new Collected(time, [{ ...STUDY, countedBy: "RIS" }], {
    askCount: (peer, { level, studyInstanceUid }) => {
      asked.push(`${peer} ${level} ${studyInstanceUid}`);
      return Promise.resolve(count);
    },
  });
  const open = () => collected.collector.opened("CT1@10.0.0.7", "CT1");
  for (const number of [1, 2]) {
    const ended = open();
    collected.keep(number);
    ended();
  }
  await time.advance(14_999);
  assert.deepEqual(asked, [], "associations that follow each other are one");
  await time.advance(1);
  assert.deepEqual([asked.splice(0), collected.told()], [["RIS study 1.2"], []]);
  const ended = open();
  collected.keep(3);
  assert.deepEqual([await collected.sent(), collected.told()], [[1, 2, 3], ["study 1.2 #1 count 3"]]);
  collected.keep(4);
  ended();
  count = undefined;
  await time.advance(60_000);
  assert.deepEqual([asked.length, collected.told()], [1, ["study 1.2 #2 quiet 1"]]);
});

Deno.test("a peer that can't be asked costs an error, and the study its quiet time", async () => {
  using time = new FakeTime();
  const collected = new Collected(time, [{ ...STUDY, countedBy: "RIS" }], {
    askCount: () => Promise.reject(new Error("Cannot ask: it is down")),
  });
  const ended = collected.collector.opened("CT1@10.0.0.7", "CT1");
  collected.keep(1);
  ended();
  await time.advance(60_000);
  assert.deepEqual([collected.errors.splice(0).map(String), collected.told()], [["Error: Cannot ask: it is down"], [
    "study 1.2 #1 quiet 1",
  ]]);
  await collected[Symbol.asyncDispose]();
});

Deno.test("a peer that never ends its answer keeps others from being asked for a minute at most", async () => {
  using time = new FakeTime();
  const asked: string[] = [];
  const collected = new Collected(time, [{ ...STUDY, countedBy: "RIS" }], {
    askCount: (_peer, { studyInstanceUid }, signal) => {
      asked.push(studyInstanceUid);
      if (studyInstanceUid === "1.3") return Promise.resolve(1);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  collected.rules = { ...collected.rules, units: { quiet: 400_000, cap: 600_000 } };
  collected.collector.adjust();
  for (const [number, study] of ["1.2", "1.3"].entries()) {
    const ended = collected.collector.opened("CT1@10.0.0.7", "CT1");
    collected.keep(number, { study });
    ended();
  }
  await time.advance(159_000);
  assert.deepEqual([asked, collected.told()], [["1.2"], []]);
  await time.advance(2_000);
  assert.deepEqual([asked, collected.told()], [["1.2", "1.3"], ["study 1.3 #1 count 1"]]);
  assert.match(String(collected.errors.splice(0)), /did not answer within 60000 ms/);
  await collected[Symbol.asyncDispose]();
});

Deno.test("a study that can't be remembered as complete, such as on a full disk, is tried again after its quiet time", async () => {
  using time = new FakeTime();
  const documents = createMemoryDocuments();
  let isFull = true;
  const collection: DocumentStore["collection"] = (name) => {
    const known = documents.collection<never>(name);
    return {
      get: (key) => known.get(key),
      put: (key, document) =>
        isFull ? Promise.reject(new Error("the disk is full")) : known.put(key, document as never),
      update: (key, change) => known.update(key, change as never),
      delete: (key) => known.delete(key),
      list: (options) => known.list(options),
      keys: (options) => known.keys(options),
      count: () => known.count(),
    };
  };
  const full: DocumentStore = { collection, [Symbol.asyncDispose]: () => Promise.resolve() };
  const collected = new Collected(time, [STUDY], { documents: full });
  collected.keep(1);
  await time.advance(60_000);
  assert.deepEqual([await collected.sent(), collected.told()], [[], []]);
  assert.match(String(collected.errors.splice(0)), /disk is full/);
  isFull = false;
  await time.advance(60_000);
  assert.deepEqual([await collected.sent(), collected.told()], [[1], ["study 1.2 #1 quiet 1"]]);
  await collected[Symbol.asyncDispose]();
});

Deno.test("a study whose jobs an operator has sent or dropped meanwhile is not told of", async () => {
  using time = new FakeTime();
  await using collected = new Collected(time);
  for (const number of [1, 2]) collected.keep(number);
  await collected.queue.change({ ids: [1] }, { action: "retry" }, { limit: 9, now: collected.now() });
  await collected.queue.change({ ids: [2] }, { action: "drop" }, { limit: 9, now: collected.now() });
  assert.deepEqual(await collected.sent(), [1]);
  await time.advance(60_000);
  await collected.collector.settled;
  assert.deepEqual(collected.told(), []);
  collected.keep(3);
  await time.advance(60_000);
  assert.deepEqual([await collected.sent(), collected.told()], [[3], ["study 1.2 #1 quiet 1"]]);
});

Deno.test("a clock on the wall that jumps makes no unit complete sooner or later", async () => {
  using time = new FakeTime();
  let jump = 0;
  await using collected = new Collected(time, [STUDY], { now: () => BEGIN + time.now + jump });
  collected.keep(1);
  await time.advance(30_000);
  jump = 86_400_000;
  collected.keep(2);
  await time.advance(30_000);
  jump = -86_400_000;
  await time.advance(29_999);
  assert.deepEqual(collected.told(), []);
  await time.advance(1);
  assert.deepEqual([await collected.sent(), collected.told()], [[1, 2], ["study 1.2 #1 quiet 2"]]);
});

/** A queue and documents in files, as a process leaves them and the next one finds them. */
function restarting(time: FakeTime) {
  const folder = temporaryFolder();
  const now = () => BEGIN + time.now;
  return {
    async run(
      work: (collected: Collected) => Promise<void>,
      options: Partial<UnitCollectorOptions> = {},
    ): Promise<void> {
      await using queue = openSqliteQueue(`${folder.path}/queue.sqlite`, { durable: false, now });
      await using documents = openSqliteDocuments(`${folder.path}/documents.sqlite`, { durable: false });
      await using collected = new Collected(time, [STUDY], { queue, documents, ...options });
      const started = collected.collector.start();
      await time.advance(5);
      await started;
      await work(collected);
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

Deno.test("a new start takes up what was open, whose quiet time begins anew, and remembers generations", async () => {
  using time = new FakeTime();
  using process = restarting(time);
  await process.run(async (collected) => {
    collected.keep(1);
    await time.advance(60_000);
    assert.deepEqual([await collected.sent(), collected.told()], [[1], ["study 1.2 #1 quiet 1"]]);
    for (let number = 2; number <= 1_001; number++) collected.keep(number);
    await time.advance(50_000);
  });
  await process.run(async (collected) => {
    assert.deepEqual([...collected.collector.open()].map(({ instances }) => instances), [1_000]);
    await time.advance(59_990);
    assert.deepEqual(collected.told(), []);
    await time.advance(20);
    assert.deepEqual([(await collected.sent()).length, collected.told()], [1_000, ["study 1.2 #2 quiet 1000"]]);
  });
});

Deno.test("after a new start a study waits while whoever has sent of it has an association open", async () => {
  using time = new FakeTime();
  using process = restarting(time);
  await process.run(async (collected) => {
    collected.keep(1);
    collected.keep(2, { source: "MR1" });
    await time.advance(1_000);
  });
  const senderOf = (uid: string) => Promise.resolve(uid === "1.2.3.1" ? "CT1" : "MR1");
  await process.run(async (collected) => {
    const { collector } = collected;
    const ends = [["CT1", "10.0.0.9"], ["MR1", "10.0.0.8"]].map(([name, address]) =>
      collector.opened(dimseSource(name!, address), name!)
    );
    collector.opened(dimseSource("CT2", "10.0.0.7"), "CT2");
    await time.advance(120_000);
    ends[0]!();
    await time.advance(120_000);
    assert.deepEqual(collected.told(), []);
    collected.keep(3);
    ends[1]!();
    await time.advance(59_000);
    assert.deepEqual(collected.told(), []);
    await time.advance(1_000);
    assert.deepEqual([await collected.sent(), collected.told()], [[1, 2, 3], ["study 1.2 #1 quiet 3"]]);
  }, { senderOf });
});

Deno.test("a process that ends while jobs are released goes on with them, as one generation", async () => {
  using time = new FakeTime();
  using process = restarting(time);
  await process.run(async (collected) => {
    for (let number = 1; number <= 1_200; number++) collected.keep(number);
    collected.collector.evidence("study", "1.2", { kind: "count", count: 1_200 });
    collected.keep(9_999);
    while ((await collected.queue.lanes())[0]?.counts.ready !== 200) await settle();
    const ended = collected.collector[Symbol.asyncDispose]();
    await time.advance(1);
    await ended;
    assert.equal((await collected.queue.lanes())[0]?.counts.ready, 200);
  });
  await process.run(async (collected) => {
    assert.deepEqual(collected.told(), ["study 1.2 #1 count 1200"], "the event may come once more");
    const { ready, waiting } = (await collected.queue.lanes())[0]!.counts;
    assert.deepEqual([ready, waiting], [1_200, 1]);
    await time.advance(60_000);
    await collected.collector.settled;
    assert.deepEqual(collected.told(), ["study 1.2 #2 quiet 1"]);
    assert.equal((await collected.remembered.closed.get("1.2\nwhole/study/1.2"))?.generations.length, 2);
  });
});

Deno.test("units are listed by study, coming and closed together, page by page, and forgotten in time", async () => {
  using time = new FakeTime();
  const series: RoutingRule = { name: "series", unit: "series", to: "DISK" };
  await using collected = new Collected(time, [STUDY, series]);
  for (const number of [1, 2]) collected.keep(number, { study: `1.${number}`, series: `1.${number}.5` });
  await time.advance(60_000);
  await collected.collector.settled;
  collected.keep(3, { study: "1.2", series: "1.2.5" });
  collected.keep(4, { study: "1.0", series: "1.0.5" });
  const list = async (filter: Parameters<typeof listUnits>[1] = {}, after?: string) => {
    const { collector, remembered: closed } = collected;
    const found = await Array.fromAsync(listUnits({ open: collector.open(), closed }, filter, after));
    return found.map(({ level, studyInstanceUid, open, closed }) =>
      `${level} ${studyInstanceUid} ${open?.generation ?? "-"} ${closed.length}`
    );
  };
  const all = ["series 1.0 1 0", "study 1.0 1 0", "series 1.1 - 1", "study 1.1 - 1", "series 1.2 2 1", "study 1.2 2 1"];
  assert.deepEqual(await list(), all);
  assert.deepEqual(await list({}, "1.1\nseries/series/1.1.5"), all.slice(3));
  assert.deepEqual(await list({ studyInstanceUid: "1.2" }), all.slice(4));
  assert.deepEqual(await list({ studyInstanceUid: "1." }), []);
  assert.deepEqual(await list({ state: "open" }), [...all.slice(0, 2), ...all.slice(4)]);
  assert.deepEqual(await list({ state: "closed" }), all.slice(2));
  await collected.remembered.forget(BEGIN + 60_000, () => undefined);
  assert.equal((await list({ state: "closed" })).length, 4);
  await collected.remembered.forget(BEGIN + 60_001, () => undefined);
  assert.deepEqual(await list({ state: "closed" }), []);
});
