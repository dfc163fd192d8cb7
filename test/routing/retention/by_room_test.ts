/** Local copies stay while there is room, and the oldest that were delivered go first. */

import assert from "node:assert/strict";
import { createMemoryQueue } from "../../../src/queue/memory_queue.ts";
import { RetentionByRoom } from "../../../src/routing/retention/by_room.ts";
import { claim, delivered, newJob, subject } from "../../queue/support.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { range } from "../support.ts";

Deno.test("when room is short the oldest delivered ones go, until it is there; the others stay, and are forgotten with them", async () => {
  using time = new FakeTime();
  const queue = createMemoryQueue({ now: () => 1000 });
  for (const number of range(1, 200)) queue.add(subject(number), [newJob()]);
  queue.add(subject(2), [newJob({ lane: "DISK" })]);
  queue.settle((await claim(queue, { limit: 199 })).map((job) => delivered(job)));
  const kept = new Set(range(1, 201));
  const free = { bytes: 1_000 };
  const errors: unknown[] = [];
  const numberOf = (uid: string) => Number(uid.split(".").at(-1));
  const retention = new RetentionByRoom({
    ...{ queue, wanted: 900, room: () => free.bytes, onError: (error: unknown) => void errors.push(error) },
    has: (uid) => Promise.resolve(kept.has(numberOf(uid))),
    async remove(uids, mayGo) {
      for (const uid of uids) {
        if (await mayGo(uid) && kept.delete(numberOf(uid))) free.bytes += 10;
      }
    },
  });
  retention.start();
  await time.advance(60_000);
  assert.equal(kept.size, 201);
  free.bytes = 300;
  await time.advance(10_100);
  // 2 is still to be sent to DISK; the room is looked at after so many.
  const left = () => [...kept].toSorted((one, other) => one - other);
  assert.deepEqual([free.bytes, left()], [1_290, [2, ...range(101, 201)]]);
  assert.equal((await queue.jobs({ states: ["delivered"] }, { limit: 300 })).length, 100);
  free.bytes = 0;
  await time.advance(10_100);
  assert.deepEqual([free.bytes, left()], [990, [2, 200, 201]]);
  free.bytes = 0;
  await time.advance(30_000);
  assert.deepEqual(left(), [2, 200, 201]);
  await retention[Symbol.asyncDispose]();
  assert.deepEqual([errors, time.pending], [[], 0]);
});

Deno.test("where nobody knows how much room is left, nothing goes", async () => {
  using time = new FakeTime();
  const queue = createMemoryQueue({ now: () => 1000 });
  queue.add(subject(1), [newJob()]);
  queue.settle((await claim(queue)).map((job) => delivered(job)));
  await using retention = new RetentionByRoom({
    ...{ queue, wanted: 900, room: () => undefined, has: () => Promise.resolve(true) },
    remove: () => Promise.reject(new Error("unexpected")),
    onError: (error) => {
      throw error;
    },
  });
  retention.start();
  await time.advance(60_000);
  assert.equal((await queue.jobs({}, { limit: 9 })).length, 1);
});
