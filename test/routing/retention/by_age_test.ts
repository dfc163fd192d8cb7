/** Local copies go after a time, and not while anything is still to be sent of them. */

import assert from "node:assert/strict";
import { createMemoryQueue } from "../../../src/queue/memory_queue.ts";
import { RetentionByAge } from "../../../src/routing/retention/by_age.ts";
import { claim, delivered, newJob, subject } from "../../queue/support.ts";
import { FakeTime } from "../../support/fake_time.ts";

const HOUR = 3_600_000;

Deno.test("an instance goes so long after its last delivery or, without jobs, after it came; what is not delivered stays", async () => {
  using time = new FakeTime();
  const now = () => 10_000 + time.now;
  const queue = createMemoryQueue({ now });
  // 1 is delivered at once, 2 later, 3 not to all, 4 is dead, 5 has no route, 6 comes later.
  for (const number of [1, 2, 3, 4]) {
    queue.add(subject(number, { receivedAt: 10_000 }), [newJob({ unit: `${number}` })]);
  }
  queue.add(subject(3, { receivedAt: 10_000 }), [newJob({ lane: "DISK" })]);
  const settle = async (number: number, state: "delivered" | "dead" = "delivered") => {
    const jobs = await queue.jobs({ sopInstanceUid: `1.2.3.${number}`, lane: "PACS" }, { limit: 1 });
    for (;;) {
      const [job] = await claim(queue, { now: now(), leaseUntil: now() + 1, limit: 1 });
      if (job === undefined) break;
      const isMeant = job.id === jobs[0]!.id;
      queue.settle([isMeant ? delivered(job, { at: now(), state }) : { job, worker: "w", at: now(), state: "ready" }]);
      if (isMeant) break;
    }
  };
  for (const number of [1, 3]) await settle(number);
  await settle(4, "dead");
  const kept = new Map([1, 2, 3, 4, 5].map((number) => [`1.2.3.${number}`, 10_000]));
  const errors: unknown[] = [];
  const retention = new RetentionByAge({
    ...{ queue, age: 5 * HOUR, now, onError: (error: unknown) => void errors.push(error) },
    monotonic: () => time.now,
    async *list() {
      for (const [sopInstanceUid, receivedAt] of [...kept]) yield { sopInstanceUid, receivedAt };
    },
    async remove(uids, mayGo) {
      for (const uid of uids) if (await mayGo(uid)) kept.delete(uid);
    },
  });
  retention.start();
  await time.advance(4 * HOUR);
  await settle(2);
  kept.set("1.2.3.6", now());
  const left = () => [...kept.keys()].map((uid) => Number(uid.split(".").at(-1)));
  assert.deepEqual(left(), [1, 2, 3, 4, 5, 6]);
  await time.advance(1 * HOUR);
  assert.deepEqual(left(), [2, 3, 4, 6]);
  await time.advance(4 * HOUR);
  assert.deepEqual(left(), [3, 4]);
  await retention[Symbol.asyncDispose]();
  await time.advance(100 * HOUR);
  assert.deepEqual([left(), errors, time.pending], [[3, 4], [], 0]);
});

Deno.test("a clock that jumps forth by a year removes nothing, and one that is set back nothing sooner than its time", async () => {
  using time = new FakeTime();
  let jumped = 0;
  const now = () => 400 * 24 * HOUR + time.now + jumped;
  const queue = createMemoryQueue({ now });
  const kept = new Map([["1.2.3.1", now()]]);
  await using retention = new RetentionByAge({
    ...{ queue, age: 5 * HOUR, now, monotonic: () => time.now },
    onError: assert.ifError,
    async *list() {
      for (const [sopInstanceUid, receivedAt] of [...kept]) yield { sopInstanceUid, receivedAt };
    },
    async remove(uids, mayGo) {
      for (const uid of uids) if (await mayGo(uid)) kept.delete(uid);
    },
  });
  retention.start();
  jumped = 365 * 24 * HOUR;
  await time.advance(4 * HOUR);
  assert.equal(kept.size, 1);
  await time.advance(HOUR);
  assert.equal(kept.size, 0);
  kept.set("1.2.3.2", now());
  jumped = 0;
  await time.advance(100 * HOUR);
  assert.equal(kept.size, 1);
  jumped = 365 * 24 * HOUR;
  kept.set("1.2.3.2", 400 * 24 * HOUR + time.now);
  await time.advance(6 * HOUR);
  assert.equal(kept.size, 0);
});
