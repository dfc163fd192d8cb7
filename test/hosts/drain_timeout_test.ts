import assert from "node:assert/strict";
import { withinDrainTimeout } from "../../src/hosts/drain_timeout.ts";
import { FakeTime } from "../support/fake_time.ts";

/** When, in milliseconds, running associations are aborted and the process ends at the latest. */
const timeouts: readonly [drain: number, aborted: number, cut: number][] = [
  [10_000, 8_000, 9_900],
  [5_000, 3_000, 4_900],
  [60_000, 58_000, 59_900],
  [1_000, 400, 900],
  [400, 100, 300],
  [0, 100, 100],
];

for (const [drain, aborted, cut] of timeouts) {
  Deno.test(`withinDrainTimeout() aborts and ends within ${drain} ms when nothing else ends`, async () => {
    using time = new FakeTime();
    const abort = new AbortController();
    let outcome: boolean | undefined;
    withinDrainTimeout(drain, abort, new Promise(() => {})).then((ended) => outcome = ended);
    await time.advance(Math.max(aborted - 1, 0));
    assert.deepEqual([abort.signal.aborted, outcome], [false, undefined]);
    await time.advance(1);
    assert.deepEqual(abort.signal.aborted, true);
    await time.advance(Math.max(cut - aborted - 1, 0));
    if (cut > aborted) assert.deepEqual(outcome, undefined);
    await time.advance(1);
    assert.deepEqual(outcome, false);
    assert.deepEqual(time.pending, 0);
  });
}

Deno.test("withinDrainTimeout() waits no longer than it has to, and aborts nothing then", async () => {
  using time = new FakeTime();
  const abort = new AbortController();
  assert.deepEqual(await withinDrainTimeout(5_000, abort, Promise.resolve()), true);
  await assert.rejects(
    withinDrainTimeout(5_000, abort, Promise.reject(new Error("the disk is gone"))),
    /the disk is gone/,
  );
  assert.deepEqual([abort.signal.aborted, time.pending], [false, 0]);
});
