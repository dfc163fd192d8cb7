/** A local copy goes once it has been delivered, and not while anything is still to be sent of it. */

import assert from "node:assert/strict";
import { createMemoryQueue } from "../../../src/queue/memory_queue.ts";
import { Retention } from "../../../src/routing/retention/retention.ts";
import { claim, delivered, newJob, subject } from "../../queue/support.ts";
import { FakeTime } from "../../support/fake_time.ts";

Deno.test("what was delivered before the start goes then, and what comes again at the last moment stays", async () => {
  using time = new FakeTime();
  const queue = createMemoryQueue({ now: () => 1000 });
  for (const number of [1, 2, 3]) queue.add(subject(number), [newJob()]);
  queue.add(subject(2), [newJob({ lane: "DISK" })]);
  queue.settle((await claim(queue)).map((job) => delivered(job)));
  const removed: string[] = [];
  const errors: unknown[] = [];
  await using retention = new Retention({
    queue,
    async remove(uids, mayGo) {
      for (const uid of uids) {
        // Another version is kept right before.
        if (uid.endsWith(".3")) queue.add(subject(3, { serial: 99 }), [newJob()]);
        if (await mayGo(uid)) removed.push(uid);
      }
    },
    onError: (error) => void errors.push(error),
  });
  retention.start();
  await time.advance(10);
  assert.deepEqual(removed, ["1.2.3.1"]);
  const [job] = await claim(queue, { lane: "DISK" });
  queue.settle([delivered(job!)]);
  const outcome = { class: "delivered", status: "", error: "" } as const;
  retention.observe({ type: "job-attempted", lane: "DISK", job: job!, outcome, state: "delivered", milliseconds: 1 });
  await time.advance(900);
  assert.deepEqual(removed, ["1.2.3.1"]);
  await time.advance(200);
  assert.deepEqual([removed, errors], [["1.2.3.1", "1.2.3.2"], []]);
});
