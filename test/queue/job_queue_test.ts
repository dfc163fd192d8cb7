/** Every queue does the same. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { JOB_STATES } from "../../src/queue/job.ts";
import { CHANGEABLE, type JobQueue } from "../../src/queue/job_queue.ts";
import { createMemoryQueue } from "../../src/queue/memory_queue.ts";
import { openSqliteQueue } from "../../src/queue/sqlite_queue.ts";
import { temporaryFolder } from "../support/folders.ts";
import { claim, delivered, failed, newJob, numbers, subject } from "./support.ts";

const now = () => 1000;

const KINDS: Readonly<Record<string, (folder: string) => JobQueue>> = {
  memory: () => createMemoryQueue({ now }),
  SQLite: (folder) => openSqliteQueue(`${folder}/queue.sqlite`, { durable: false, now }),
};

/** A test for each kind of queue. */
function test(name: string, fn: (queue: JobQueue) => Promise<void>): void {
  for (const [kind, open] of Object.entries(KINDS)) {
    Deno.test(`${name} (${kind})`, async () => {
      using folder = temporaryFolder();
      await using queue = open(folder.path);
      await fn(queue);
    });
  }
}

async function counts(queue: JobQueue, lane = "PACS") {
  const found = (await queue.lanes()).find(({ name }) => name === lane);
  return Object.fromEntries(Object.entries(found?.counts ?? {}).filter(([, count]) => count > 0));
}

test("a queue gives jobs of a unit in the order in which they came, and leases them", async (queue) => {
  for (const number of [3, 1, 2]) queue.add(subject(number), [newJob()]);
  assert.deepEqual(await counts(queue), { ready: 3 });
  const jobs = await claim(queue, { limit: 2 });
  assert.deepEqual(numbers(jobs), [3, 1]);
  assert.equal(jobs[0]?.state, "leased");
  assert.deepEqual(await counts(queue), { ready: 1, leased: 2 });
  assert.deepEqual(await claim(queue), [], "no unit is in two hands");
  queue.settle(jobs.map((job) => delivered(job)));
  assert.deepEqual(await counts(queue), { ready: 1, delivered: 2 });
  assert.deepEqual(numbers(await claim(queue)), [2]);
});

test("a queue has one job for an instance, lane and recipe", async (queue) => {
  const jobs = [newJob(), newJob({ recipe: "x" }), newJob({ lane: "DISK" })];
  queue.add(subject(1), jobs);
  queue.add(subject(1), jobs);
  assert.deepEqual([await counts(queue), await counts(queue, "DISK")], [{ ready: 2 }, { ready: 1 }]);
  const [job] = await claim(queue, { lane: "DISK" });
  queue.settle([delivered(job!)]);
  queue.add(subject(1), jobs);
  assert.deepEqual(await counts(queue, "DISK"), { delivered: 1 });
});

test("another version of an instance is sent again, from whatever state but held", async (queue) => {
  queue.add(subject(1), [newJob()]);
  const [first] = await claim(queue);
  queue.settle([delivered(first!)]);
  queue.add(subject(1, { serial: 7 }), [newJob()], { ifAbsent: true });
  assert.deepEqual(await counts(queue), { delivered: 1 });
  queue.add(subject(1, { serial: 7 }), [newJob()]);
  const [second] = await claim(queue);
  assert.deepEqual([second?.id, second?.serial, second?.attempts], [first?.id, 7, 0]);
  // While this one is sent, a third comes.
  queue.add(subject(1, { serial: 8 }), [newJob()]);
  queue.settle([delivered(second!)]);
  assert.deepEqual(await counts(queue), { ready: 1 });
  await queue.change({}, { action: "hold" }, { limit: 10, now: 2000 });
  queue.add(subject(1, { serial: 9 }), [newJob()]);
  assert.deepEqual(await counts(queue), { held: 1 });
  assert.equal((await queue.jobs({}, { limit: 1 }))[0]?.serial, 9);
});

test("studies take turns, and the more urgent come first", async (queue) => {
  for (let number = 1; number <= 4; number++) queue.add(subject(number), [newJob({ unit: "big" })]);
  queue.add(subject(11), [newJob({ unit: "small" })]);
  queue.add(subject(21), [newJob({ unit: "urgent", priority: "high" })]);
  const sent: number[] = [];
  for (;;) {
    const jobs = await claim(queue, { limit: 2 });
    if (jobs.length === 0) break;
    sent.push(...numbers(jobs));
    queue.settle(jobs.map((job) => delivered(job)));
  }
  assert.deepEqual(sent, [21, 1, 2, 11, 3, 4]);
  queue.add(subject(31), [newJob({ unit: "urgent", priority: "high" })]);
  queue.add(subject(32), [newJob({ unit: "late", priority: "low" })]);
  assert.deepEqual(numbers(await claim(queue, { priorities: ["low", "high"] })), [32]);
});

test("two units of a lane can be leased at the same time", async (queue) => {
  queue.add(subject(1), [newJob({ unit: "a" })]);
  queue.add(subject(2), [newJob({ unit: "b" })]);
  assert.deepEqual([numbers(await claim(queue)), numbers(await claim(queue))], [[1], [2]]);
});

test("what waits is ready when it is due, and what is leased when nobody renews it", async (queue) => {
  queue.add(subject(1), [newJob({ due: 5000 })]);
  assert.deepEqual(await claim(queue), []);
  assert.equal((await queue.lanes())[0]?.nextDue, 5000);
  const [job] = await claim(queue, { now: 5000, leaseUntil: 6000 });
  assert.ok(job);
  await queue.renew("w", 8000);
  assert.deepEqual(await claim(queue, { now: 7999 }), []);
  const [again] = await claim(queue, { now: 8000, worker: "other" });
  assert.equal(again?.id, job.id);
  queue.settle([failed(job, { state: "dead" })]);
  assert.deepEqual(await counts(queue), { leased: 1 }, "the lease is another worker's");
  queue.settle([delivered(again!, { worker: "other" })]);
  assert.deepEqual(await counts(queue), { delivered: 1 });
  assert.equal((await queue.deliveries({}, { limit: 9 })).length, 2);
});

test("a worker does not get what it has leased itself, though the clock jumped past the end of the lease", async (queue) => {
  queue.add(subject(1), [newJob()]);
  const [job] = await claim(queue);
  const later = { now: 3_600_000, leaseUntil: 3_630_000 };
  assert.deepEqual(await claim(queue, later), []);
  queue.settle([delivered(job!)]);
  assert.deepEqual(await counts(queue), { delivered: 1 });
});

test("what was tried waits an hour at most when the clock is set back, and what waits for its schedule until then", async (queue) => {
  const day = 86_400_000;
  queue.add(subject(1), [newJob()]);
  queue.add(subject(2), [newJob({ due: 9 * day, unit: "scheduled" })]);
  queue.add(subject(3), [newJob({ due: 9 * day, unit: "awaited", awaits: "a" })]);
  const [job] = await claim(queue, { now: 8 * day });
  queue.settle([failed(job!, { state: "waiting", due: 8 * day + 3_600_000 })]);
  assert.deepEqual(await claim(queue, { now: 8 * day + 1000 }), []);
  assert.deepEqual(await claim(queue, { now: 8 * day }), [], "a moment is nothing");
  assert.deepEqual(numbers(await claim(queue, { now: 7 * day })), [1]);
  assert.deepEqual(await claim(queue, { now: 7 * day - 1000 }), []);
});

test("what awaits something is not sent unasked when the clock jumps forth", async (queue) => {
  queue.add(subject(1), [newJob({ awaits: "a", due: 9000 })]);
  queue.add(subject(2), [newJob({ due: 9000, unit: "other" })]);
  assert.deepEqual(numbers(await claim(queue, { now: 9000, steady: 3000 })), [2]);
  assert.deepEqual(await claim(queue, { now: 5000, steady: 9000 }), []);
  assert.deepEqual(numbers(await claim(queue, { now: 9000, steady: 9000 })), [1]);
});

test("attempts, refusals and the last outcome are counted and told", async (queue) => {
  queue.add(subject(1), [newJob()]);
  const [first] = await claim(queue);
  queue.settle([failed(first!)]);
  const [second] = await claim(queue, { now: 9000 });
  const { last, attempts, refusals } = second!;
  assert.deepEqual([attempts, refusals, last], [1, 0, { class: "transient", status: "0xA700", error: "no room" }]);
  const attempt = { ...failed(second!).attempt!, class: "permanent", refused: true };
  queue.settle([failed(second!, { state: "dead", attempt })]);
  const [dead] = await queue.jobs({ states: ["dead"], class: "permanent", status: "0xA700" }, { limit: 9 });
  assert.deepEqual([dead?.attempts, dead?.refusals], [2, 1]);
  const log = await queue.deliveries({ sopInstanceUid: "1.2.3.1", lane: "PACS" }, { limit: 9 });
  assert.deepEqual(log.map(({ attempt, class: outcome }) => [attempt, outcome]), [[1, "transient"], [2, "permanent"]]);
  assert.deepEqual((await queue.deliveries({ class: "permanent" }, { limit: 9 })).map(({ id }) => id), [log[1]!.id]);
  assert.deepEqual(await queue.deliveries({}, { limit: 9, after: log[1]!.id }), []);
});

test("the log says as what an instance was sent that was changed on its way", async (queue) => {
  for (const number of [1, 2]) queue.add(subject(number), [newJob()]);
  const [one, two] = await claim(queue);
  const sentAs = { sopInstanceUid: "2.25.1", studyInstanceUid: "2.25.2" };
  queue.settle([delivered(one!, { attempt: { ...delivered(one!).attempt!, sentAs } }), delivered(two!)]);
  assert.deepEqual((await queue.deliveries({}, { limit: 9 })).map(({ sentAs }) => sentAs), [sentAs, undefined]);
});

test("a job that its attempt leaves held is claimed by nobody until it is resumed", async (queue) => {
  queue.add(subject(1), [newJob()]);
  const [job] = await claim(queue);
  queue.settle([failed(job!, { state: "held" })]);
  assert.deepEqual(await counts(queue), { held: 1 });
  assert.deepEqual(await claim(queue, { now: 99_000 }), []);
  await queue.change({ states: ["held"] }, { action: "resume" }, { limit: 9, now: 99_000 });
  const [again] = await claim(queue);
  assert.deepEqual([again?.id, again?.attempts, again?.last.status], [job!.id, 1, "0xA700"]);
});

test("a job that is given back is as if nobody had claimed it", async (queue) => {
  queue.add(subject(1), [newJob()]);
  const [job] = await claim(queue);
  queue.settle([{ job: job!, worker: "w", at: 3000, state: "ready" }]);
  const [again] = await claim(queue);
  assert.deepEqual({ ...again }, { ...job });
  assert.deepEqual(await queue.deliveries({}, { limit: 9 }), []);
});

test("an operator retries, holds, resumes, drops and edits, in slices", async (queue) => {
  for (let number = 1; number <= 5; number++) queue.add(subject(number), [newJob()]);
  const change = (
    ...[filter, what]: Parameters<JobQueue["change"]> extends [infer F, infer C, unknown] ? [F, C] : never
  ) => queue.change(filter, what, { limit: 100, now: 4000 });
  const first = await queue.change({ lane: "PACS" }, { action: "hold" }, { limit: 2, now: 4000 });
  assert.equal(first.changed, 2);
  const rest = await queue.change({ lane: "PACS" }, { action: "hold" }, { limit: 3, now: 4000, after: first.next });
  assert.deepEqual(rest, { changed: 3, next: rest.next });
  assert.deepEqual(await counts(queue), { held: 5 });
  assert.equal((await change({ sopInstanceUid: "1.2.3.1" }, { action: "resume" })).changed, 1);
  assert.equal((await change({ ids: [1] }, { action: "resume" })).changed, 0, "it is not held any more");
  const [job] = await claim(queue);
  assert.equal((await change({ ids: [job!.id] }, { action: "drop" })).changed, 0, "it is being sent");
  queue.settle([failed(job!, { state: "dead" })]);
  await change({ states: ["dead"] }, { action: "retry" });
  assert.deepEqual((await queue.jobs({ ids: [job!.id] }, { limit: 1 }))[0]?.attempts, 0);
  await change({ sopInstanceUid: "1.2.3.2" }, { action: "edit", lane: "DISK", priority: "high" });
  const [edited] = await queue.jobs({ lane: "DISK" }, { limit: 9 });
  assert.deepEqual([edited?.priority, edited?.state], ["high", "held"]);
  assert.equal((await change({ states: ["held"], studyInstanceUid: "1.2" }, { action: "drop" })).changed, 4);
  assert.deepEqual([await counts(queue), await counts(queue, "DISK")], [{ ready: 1 }, {}]);
});

test("a job that is edited into a lane that has it is taken out", async (queue) => {
  queue.add(subject(1), [newJob(), newJob({ lane: "DISK" })]);
  await queue.change({ lane: "PACS" }, { action: "edit", lane: "DISK" }, { limit: 9, now: 4000 });
  assert.deepEqual([await counts(queue), await counts(queue, "DISK")], [{}, { ready: 1 }]);
});

/** Counts of the queue's only lane, and who waits for what. */
async function awaiting(queue: JobQueue) {
  const jobs = await queue.jobs({}, { limit: 100 });
  return [await counts(queue), jobs.filter(({ awaits }) => awaits !== "").map(({ awaits, id }) => `${awaits} ${id}`)];
}

test("what awaits something is sent once that is released, or its time has come, and others are not", async (queue) => {
  for (const number of [1, 2, 3]) queue.add(subject(number), [newJob({ awaits: "a", due: 9000 })]);
  queue.add(subject(4), [newJob({ awaits: "b", due: 9000 })]);
  queue.add(subject(5), [newJob({ due: 9000 })]);
  assert.deepEqual(await awaiting(queue), [{ waiting: 5 }, ["a 1", "a 2", "a 3", "b 4"]]);
  assert.deepEqual(await claim(queue), []);
  const last = await queue.lastAwaiting("a");
  assert.equal(last, 3);
  queue.add(subject(6), [newJob({ awaits: "a", due: 9000 })]);
  const heard: string[] = [];
  queue.onReady = (lane) => void heard.push(lane);
  const filter = { awaits: "a", through: last };
  const first = await queue.change(filter, { action: "release" }, { limit: 2, now: 4000 });
  assert.deepEqual(first, { changed: 2, next: 2 });
  const { next } = await queue.change(filter, { action: "release" }, { limit: 2, now: 4000, after: first.next });
  assert.equal(next, undefined);
  await Promise.resolve();
  assert.ok(heard.includes("PACS"));
  assert.deepEqual(await awaiting(queue), [{ waiting: 3, ready: 3 }, ["b 4", "a 6"]]);
  assert.deepEqual(numbers(await claim(queue)), [1, 2, 3]);
  assert.equal(await queue.lastAwaiting("a"), 6);
  await queue.change({ awaits: "a" }, { action: "release", due: 8000 }, { limit: 9, now: 4000 });
  assert.deepEqual(await awaiting(queue), [{ waiting: 3, leased: 3 }, ["b 4"]]);
  queue.settle((await queue.jobs({ states: ["leased"] }, { limit: 9 })).map((job) => delivered(job)));
  assert.deepEqual(numbers(await claim(queue, { now: 8000 })), [6], "it waits until it is due");
  queue.settle((await queue.jobs({ states: ["leased"] }, { limit: 9 })).map((job) => delivered(job)));
  assert.deepEqual(numbers(await claim(queue, { now: 9000 })), [4, 5], "nothing waits for longer than it is due");
  assert.deepEqual((await awaiting(queue))[1], []);
});

test("what is awaited is told in order, each once, and how far", async (queue) => {
  assert.deepEqual([await queue.awaited({ limit: 9 }), await queue.lastAwaiting("a")], [[], undefined]);
  for (let number = 1; number <= 6; number++) {
    queue.add(subject(number), [newJob({ awaits: ["c", "a", "b"][number % 3], due: 9000 })]);
  }
  queue.add(subject(7), [newJob()]);
  assert.deepEqual(await queue.awaited({ limit: 9 }), ["a", "b", "c"]);
  assert.deepEqual(await queue.awaited({ limit: 1 }), ["a"]);
  assert.deepEqual(await queue.awaited({ after: "a", limit: 1 }), ["b"]);
  assert.deepEqual(await queue.awaited({ after: "c", limit: 9 }), []);
  assert.deepEqual(numbers(await queue.jobs({ awaits: "a" }, { limit: 9 })), [1, 4]);
  assert.deepEqual(numbers(await queue.jobs({ awaits: "a", through: 3 }, { limit: 9 })), [1]);
  assert.deepEqual(numbers(await queue.jobs({ awaits: "a" }, { limit: 9, after: 1 })), [4]);
});

test("an operator holds, retries and drops what awaits something; what is resumed waits for it again", async (queue) => {
  for (const number of [1, 2, 3, 4]) queue.add(subject(number), [newJob({ awaits: "a", due: 9000 })]);
  const change = (ids: number[], action: "hold" | "resume" | "retry" | "drop") =>
    queue.change({ ids }, { action }, { limit: 9, now: 4000 });
  await change([1, 2], "hold");
  await change([1], "resume");
  await change([3], "retry");
  await change([4], "drop");
  assert.deepEqual(await awaiting(queue), [{ waiting: 1, held: 1, ready: 1 }, ["a 1", "a 2"]]);
  assert.equal((await queue.change({ awaits: "a" }, { action: "release" }, { limit: 9, now: 4000 })).changed, 2);
  assert.deepEqual(await awaiting(queue), [{ ready: 2, held: 1 }, []]);
  await change([2], "resume");
  assert.deepEqual(await awaiting(queue), [{ ready: 3 }, []]);
});

test("another version of an instance awaits what its route says, whatever became of the one before", async (queue) => {
  for (const number of [1, 2, 3]) queue.add(subject(number), [newJob()]);
  const [one, two] = await claim(queue, { limit: 2 });
  queue.settle([delivered(one!)]);
  for (const number of [1, 2, 3]) queue.add(subject(number, { serial: 9 }), [newJob({ awaits: "a", due: 9000 })]);
  assert.deepEqual(await awaiting(queue), [{ waiting: 2, leased: 1 }, ["a 1", "a 2", "a 3"]]);
  queue.settle([failed(two!, { due: 4000 })]);
  assert.deepEqual(await claim(queue, { now: 4000 }), []);
  assert.equal(await queue.isWanted("1.2.3.2"), true);
  await queue.change({ awaits: "a" }, { action: "release" }, { limit: 9, now: 4000 });
  assert.deepEqual((await claim(queue, { now: 4000 })).map(({ id, serial }) => [id, serial]), [[1, 9], [2, 9], [3, 9]]);
});

test("what a lease has kept from waiting waits again when nobody renews it", async (queue) => {
  queue.add(subject(1), [newJob()]);
  await claim(queue, { leaseUntil: 3000 });
  queue.add(subject(1, { serial: 9 }), [newJob({ awaits: "a", due: 9000 })]);
  assert.deepEqual(await claim(queue, { now: 3000, worker: "other" }), []);
  assert.deepEqual(await awaiting(queue), [{ waiting: 1 }, ["a 1"]]);
});

test("one job can stand for all of a lane that are released: the others count as delivered, and are forgotten in time", async (queue) => {
  for (const number of [1, 2, 3]) {
    queue.add(subject(number), [newJob({ awaits: "a", due: 9000 }), newJob({ lane: "HOOK", awaits: "a", due: 9000 })]);
  }
  assert.deepEqual([await queue.lastAwaiting("a", "HOOK"), await queue.lastAwaiting("a", "PACS")], [6, 5]);
  assert.equal(await queue.lastAwaiting("a", "DISK"), undefined);
  await queue.change({ awaits: "a" }, { action: "release", standIns: { HOOK: 6 } }, { limit: 9, now: 4000 });
  assert.deepEqual([await counts(queue), await counts(queue, "HOOK")], [{ ready: 3 }, { ready: 1, delivered: 2 }]);
  assert.deepEqual((await claim(queue, { lane: "HOOK" })).map(({ id }) => id), [6]);
  queue.add(subject(1), [newJob({ lane: "HOOK", awaits: "a", due: 9000 })]);
  assert.equal(await queue.lastAwaiting("a"), undefined, "it is not sent again");
  assert.equal(await queue.forget(4000, 9), 0);
  assert.equal(await queue.forget(4001, 9), 2);
});

test("what can choose between lanes awaits its unit in whichever it is put into", async (queue) => {
  queue.add(subject(1), [newJob({ awaits: "a", due: 9000, choice: ["PACS", "DISK"] })]);
  const [group] = await queue.choices("PACS");
  assert.equal((await queue.choose("PACS", group!, "DISK", { limit: 9 })).changed, 1);
  assert.deepEqual([await counts(queue, "DISK"), await queue.lastAwaiting("a", "DISK")], [{ waiting: 1 }, 1]);
  await queue.change({ awaits: "a" }, { action: "release" }, { limit: 9, now: 4000 });
  assert.deepEqual(numbers(await claim(queue, { lane: "DISK" })), [1]);
});

test("a lane is paused until it is resumed", async (queue) => {
  await queue.pause("PACS", true);
  assert.deepEqual((await queue.lanes()).map(({ name, paused }) => [name, paused]), [["PACS", true]]);
  queue.add(subject(1), [newJob()]);
  assert.equal((await queue.lanes())[0]?.paused, true);
  await queue.pause("PACS", false);
  assert.equal((await queue.lanes())[0]?.paused, false);
});

test("the oldest job that has still to be sent is known", async (queue) => {
  assert.deepEqual(await queue.lanes(), []);
  queue.add(subject(1), [newJob()]);
  assert.equal((await queue.lanes())[0]?.oldest, 1000);
  queue.add(subject(2), [newJob({ lane: "UNITS", awaits: "a", due: 9000 })]);
  assert.equal((await queue.lanes())[1]?.oldest, undefined, "it has time");
  queue.add(subject(3), [newJob({ lane: "UNITS", due: 9000 })]);
  assert.equal((await queue.lanes())[1]?.oldest, 1000);
  queue.settle((await claim(queue)).map((job) => delivered(job)));
  assert.equal((await queue.lanes())[0]?.oldest, undefined);
});

test("an instance is wanted until all its jobs are delivered", async (queue) => {
  assert.equal(await queue.isWanted("1.2.3.1"), false);
  queue.add(subject(1), [newJob(), newJob({ lane: "DISK" })]);
  queue.settle((await claim(queue)).map((job) => delivered(job)));
  assert.equal(await queue.isWanted("1.2.3.1"), true);
  queue.settle((await claim(queue, { lane: "DISK" })).map((job) => delivered(job)));
  assert.equal(await queue.isWanted("1.2.3.1"), false);
});

test("delivered jobs and old attempts are forgotten, and nothing else", async (queue) => {
  for (let number = 1; number <= 3; number++) queue.add(subject(number), [newJob()]);
  const [one, two, three] = await claim(queue);
  queue.settle([delivered(one!), delivered(two!, { at: 8000 }), failed(three!, { state: "dead" })]);
  assert.equal(await queue.forget(5000, 100), 3);
  assert.deepEqual(await counts(queue), { delivered: 1, dead: 1 });
  assert.deepEqual((await queue.deliveries({}, { limit: 9 })).map(({ at }) => at), [8000]);
});

test("whoever listens hears of lanes that have got work", async (queue) => {
  const heard: string[] = [];
  queue.onReady = (lane) => void heard.push(lane);
  queue.add(subject(1), [newJob(), newJob({ lane: "DISK" }), newJob({ lane: "LATER", due: 9000 })]);
  await queue.lanes();
  await Promise.resolve();
  assert.deepEqual(heard.toSorted(), ["DISK", "PACS"]);
});

test("whatever happens to jobs, the counters say how many there are, and no unit is in two hands", async (queue) => {
  const lanes = ["A", "B"];
  const action = fc.oneof(
    fc.record({
      do: fc.constant("add" as const),
      number: fc.nat(6),
      serial: fc.nat(2),
      unit: fc.nat(2),
      lane: fc.nat(1),
      awaits: fc.constantFrom("", "a"),
    }),
    fc.record({ do: fc.constant("claim" as const), lane: fc.nat(1), limit: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("settle" as const), state: fc.constantFrom("delivered", "dead", "held", "waiting") }),
    fc.record({
      do: fc.constant("change" as const),
      action: fc.constantFrom("retry", "hold", "resume", "release", "drop", "edit"),
      lane: fc.nat(1),
    }),
    fc.record({ do: fc.constant("forget" as const) }),
  );
  const property = fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
    let leased: (readonly [lane: string, jobs: Awaited<ReturnType<typeof claim>>])[] = [];
    for (const step of actions) {
      const lane = "lane" in step ? lanes[step.lane]! : "A";
      if (step.do === "add") {
        const priority = step.unit === 2 ? "high" : "medium";
        const job = newJob({
          lane,
          unit: `${step.unit}`,
          priority,
          awaits: step.awaits,
          due: 3000 * step.awaits.length,
        });
        queue.add(subject(step.number, { serial: step.serial }), [job]);
      } else if (step.do === "claim") {
        const jobs = await claim(queue, { lane, limit: step.limit });
        for (const [other, held] of leased) {
          const both = held.some(({ unit, priority }) =>
            jobs.some((job) => job.unit === unit && job.priority === priority)
          );
          assert.ok(other !== lane || !both);
        }
        if (jobs.length > 0) leased.push([lane, jobs]);
      } else if (step.do === "settle") {
        const [next, ...rest] = leased;
        leased = rest;
        queue.settle((next?.[1] ?? []).map((job) => delivered(job, { state: step.state as "dead" })));
      } else if (step.do === "change") {
        await queue.change({ lane }, { action: step.action as "edit", lane: "B" }, { limit: 100, now: 4000 });
      } else await queue.forget(5000, 100);
      for (const { name, counts } of await queue.lanes()) {
        const jobs = await queue.jobs({ lane: name }, { limit: 1000 });
        for (const state of JOB_STATES) {
          assert.equal(counts[state], jobs.filter((job) => job.state === state).length, `${name} ${state}`);
        }
        assert.ok(jobs.every(({ state, awaits }) => awaits === "" || CHANGEABLE.release.includes(state)));
      }
    }
    for (const [, jobs] of leased) queue.settle(jobs.map((job) => delivered(job)));
    await queue.change({}, { action: "drop" }, { limit: 1000, now: 4000 });
    await queue.forget(Infinity, 1000);
    assert.deepEqual(await queue.jobs({}, { limit: 9 }), []);
  });
  await fc.assert(property, { seed: 42, numRuns: 60 });
});

const CHOICE = ["PACS", "STANDBY", "THIRD"];

test("jobs with a choice go to another lane in slices, in their order, and those that are leased stay", async (queue) => {
  for (let number = 1; number <= 5; number++) queue.add(subject(number), [newJob({ choice: CHOICE })]);
  queue.add(subject(6), [newJob()]);
  const [leased] = await claim(queue, { limit: 1 });
  const groups = await queue.choices("PACS");
  assert.deepEqual(groups, [{ choice: CHOICE, refusedBy: [], state: "ready" }]);
  const first = await queue.choose("PACS", groups[0]!, "STANDBY", { limit: 3 });
  assert.deepEqual([first.changed, await counts(queue), await counts(queue, "STANDBY")], [
    3,
    { ready: 2, leased: 1 },
    { ready: 3 },
  ]);
  assert.deepEqual(await queue.choose("PACS", groups[0]!, "STANDBY", { limit: 3, after: first.next! }), {
    changed: 1,
    next: undefined,
  });
  assert.deepEqual(numbers(await claim(queue, { lane: "STANDBY" })), [2, 3, 4, 5]);
  queue.settle([{ job: leased!, worker: "w", at: 3000, state: "ready" }]);
  assert.deepEqual(numbers(await claim(queue)), [1, 6]);
  assert.deepEqual(await queue.choices("STANDBY"), []);
});

test("what has a choice and comes again is the same job, whichever lane it is in; another version begins anew", async (queue) => {
  const job = newJob({ choice: CHOICE });
  queue.add(subject(1), [job]);
  const [group] = await queue.choices("PACS");
  await queue.choose("PACS", group!, "STANDBY", { limit: 10 });
  queue.add(subject(1), [job]);
  assert.deepEqual([await counts(queue), await counts(queue, "STANDBY")], [{}, { ready: 1 }]);
  queue.settle((await claim(queue, { lane: "STANDBY" })).map((job) => delivered(job)));
  queue.add(subject(1), [job], { ifAbsent: true });
  assert.deepEqual([await counts(queue), await counts(queue, "STANDBY")], [{}, { delivered: 1 }]);
  queue.add(subject(1, { serial: 9 }), [job]);
  assert.deepEqual([await counts(queue), await counts(queue, "STANDBY")], [{ ready: 1 }, {}]);
});

test("a job that its lane can't deliver goes to the next of its choice, and remembers which could not", async (queue) => {
  queue.add(subject(1), [newJob({ choice: CHOICE })]);
  const [first] = await claim(queue);
  queue.settle([failed(first!, { state: "ready", to: "STANDBY", attempt: refusal() })]);
  const [second] = await claim(queue, { lane: "STANDBY" });
  assert.deepEqual([second?.id, second?.refusedBy, second?.attempts, second?.refusals], [first?.id, ["PACS"], 0, 0]);
  queue.settle([failed(second!, { state: "ready", to: "THIRD", attempt: refusal() })]);
  assert.deepEqual((await queue.jobs({}, { limit: 9 })).map(({ lane, refusedBy }) => [lane, refusedBy]), [
    ["THIRD", ["PACS", "STANDBY"]],
  ]);
  const log = await queue.deliveries({}, { limit: 9 });
  assert.deepEqual(log.map(({ lane, class: outcome }) => [lane, outcome]), [["PACS", "permanent"], [
    "STANDBY",
    "permanent",
  ]]);
});

function refusal() {
  const attempt = { class: "permanent", status: "0xC000", error: "no", counts: true, refused: true };
  return { ...attempt, milliseconds: 1, bytes: 0 };
}

test("where the other lane has the instance already, none is sent twice and none is lost", async (queue) => {
  for (const number of [1, 2, 3]) queue.add(subject(number), [newJob({ lane: "STANDBY" })]);
  for (const number of [1, 2, 3]) queue.add(subject(number), [newJob({ choice: CHOICE })]);
  const [there] = await claim(queue, { lane: "STANDBY", limit: 1 });
  queue.settle([delivered(there!)]);
  await queue.change({ sopInstanceUid: subject(3).sopInstanceUid, lane: "STANDBY" }, { action: "hold" }, {
    limit: 1,
    now: 2000,
  });
  const [group] = await queue.choices("PACS");
  assert.deepEqual(await queue.choose("PACS", group!, "STANDBY", { limit: 9 }), { changed: 1, next: undefined });
  assert.deepEqual([await counts(queue), await counts(queue, "STANDBY")], [{ ready: 2 }, {
    ready: 1,
    held: 1,
    delivered: 1,
  }]);
  const refused = await claim(queue);
  queue.settle(refused.map((job) => failed(job, { state: "ready", to: "STANDBY" })));
  // 2 is to be sent there anyway; 3 is held there, and nobody sends it.
  assert.deepEqual([await counts(queue), await counts(queue, "STANDBY")], [{ dead: 1 }, {
    ready: 1,
    held: 1,
    delivered: 1,
  }]);
});

test("a job with a choice that waits for its time goes on waiting; one that failed is tried at once", async (queue) => {
  queue.add(subject(1), [newJob({ choice: CHOICE, due: 5000 })]);
  queue.add(subject(2), [newJob({ choice: CHOICE })]);
  queue.settle((await claim(queue)).map((job) => failed(job)));
  const [group, ...others] = await queue.choices("PACS");
  assert.deepEqual([group?.state, others], ["waiting", []]);
  await queue.choose("PACS", group!, "STANDBY", { limit: 9 });
  assert.deepEqual(await counts(queue, "STANDBY"), { waiting: 1, ready: 1 });
});

test("a job can begin held; an operator sends it elsewhere, and it stays the same job when it comes again", async (queue) => {
  const job = newJob({ lane: "unrouted", route: "", held: true, choice: ["unrouted"] });
  queue.add(subject(1), [job]);
  assert.deepEqual(await counts(queue, "unrouted"), { held: 1 });
  assert.deepEqual(await queue.choices("unrouted"), []);
  const page = { limit: 10, now: 2000 };
  await queue.change({ lane: "unrouted" }, { action: "edit", lane: "PACS" }, page);
  await queue.change({ lane: "PACS" }, { action: "resume" }, page);
  queue.settle((await claim(queue)).map((job) => delivered(job)));
  queue.add(subject(1), [job], { ifAbsent: true });
  assert.deepEqual([await counts(queue), await counts(queue, "unrouted")], [{ delivered: 1 }, {}]);
});

test("an edited recipe is of the same job: the instance meets it when it comes again, and gets a new one with a new version", async (queue) => {
  queue.add(subject(1), [newJob({ recipe: "base" })]);
  await queue.change({}, { action: "edit", recipe: "edit/base", route: "other" }, { limit: 9, now: 3000 });
  queue.add(subject(1), [newJob({ recipe: "base" })]);
  queue.add(subject(1), [newJob({ recipe: "" })]);
  const [edited, unchanged] = await queue.jobs({}, { limit: 9 });
  assert.deepEqual([edited?.recipe, edited?.route, unchanged?.recipe], ["edit/base", "other", ""]);
  assert.deepEqual((await queue.jobs({ recipe: "edit/base" }, { limit: 9 })).map(({ id }) => id), [edited!.id]);
  queue.add(subject(1, { serial: 2 }), [newJob({ recipe: "base" })]);
  assert.deepEqual((await queue.jobs({ ids: [edited!.id] }, { limit: 9 })).map(({ recipe }) => recipe), ["base"]);
});

test("a job that is given the recipe of another one is taken out; attempts with other content count anew", async (queue) => {
  queue.add(subject(1), [newJob({ recipe: "a" }), newJob({ recipe: "b" })]);
  queue.add(subject(2), [newJob({ recipe: "a" })]);
  for (const job of await claim(queue)) queue.settle([failed(job, { state: "dead" })]);
  await queue.change({ recipe: "a", ids: [1] }, { action: "edit", recipe: "b" }, { limit: 9, now: 3000 });
  await queue.change({ recipe: "a" }, { action: "edit", recipe: "e/b" }, { limit: 9, now: 3000 });
  const jobs = await queue.jobs({}, { limit: 9 });
  assert.deepEqual(jobs.map(({ recipe, attempts, sopInstanceUid }) => [recipe, attempts, sopInstanceUid]), [
    ["b", 1, "1.2.3.1"],
    ["e/b", 0, "1.2.3.2"],
  ]);
});

test("what was done to one job alone is lost to no other job of the instance that is in the lane where it goes", async (queue) => {
  const page = { limit: 9, now: 3000 };
  const edit = (id: number) => queue.change({ ids: [id] }, { action: "edit", recipe: "e/" }, page);
  const jobs = async () => (await queue.jobs({}, page)).map(({ id, lane, recipe, state }) => [id, lane, recipe, state]);
  // It is edited into another lane, moved since its lane fails, and passed on since that refuses it.
  for (const number of [1, 2, 3]) queue.add(subject(number), [newJob({ lane: "STANDBY" })]);
  for (const number of [1, 2, 3]) queue.add(subject(number), [newJob({ choice: CHOICE })]);
  queue.settle((await claim(queue, { lane: "STANDBY" })).map((job) => delivered(job)));
  for (const id of [4, 5, 6]) await edit(id);
  await queue.change({ ids: [4] }, { action: "edit", lane: "STANDBY" }, page);
  const [refused] = await claim(queue, { limit: 1 });
  queue.settle([failed(refused!, { state: "ready", to: "STANDBY" })]);
  const [group] = await queue.choices("PACS");
  assert.deepEqual(await queue.choose("PACS", group!, "STANDBY", { limit: 9 }), { changed: 1, next: undefined });
  assert.deepEqual(await jobs(), [
    ...[1, 2, 3].map((id) => [id, "STANDBY", "", "delivered"]),
    ...[4, 5, 6].map((id) => [id, "STANDBY", "e/", "ready"]),
  ]);
  assert.deepEqual(await counts(queue, "STANDBY"), { delivered: 3, ready: 3 });
  // What comes again meets the one that nothing was done to.
  queue.add(subject(2, { serial: 9 }), [newJob({ lane: "STANDBY" })]);
  assert.deepEqual((await queue.jobs({ ids: [2, 5] }, page)).map(({ serial, recipe }) => [serial, recipe]), [
    [9, ""],
    [subject(2).serial, "e/"],
  ]);
});

test("delivered jobs are remembered for longer than attempts where somebody wants that, and forgotten with their instance", async (queue) => {
  for (const number of [1, 2]) queue.add(subject(number), [newJob(), newJob({ lane: "DISK" })]);
  queue.settle((await claim(queue)).map((job) => delivered(job)));
  assert.equal((await queue.jobs({ lane: "PACS" }, { limit: 1 }))[0]?.settledAt, 3000);
  assert.equal(await queue.forget(9000, 10, -Infinity), 2);
  assert.deepEqual([await counts(queue), (await queue.deliveries({}, { limit: 9 })).length], [{ delivered: 2 }, 0]);
  await queue.forgetInstance("1.2.3.1");
  assert.deepEqual([await counts(queue), await counts(queue, "DISK")], [{ delivered: 1 }, { ready: 2 }]);
});
