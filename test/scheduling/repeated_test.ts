/** Work that is done every so often, and never twice at the same time. */

import assert from "node:assert/strict";
import { deferred } from "../../src/scheduling/deferred.ts";
import { repeated } from "../../src/scheduling/repeated.ts";
import { FakeTime } from "../support/fake_time.ts";

Deno.test("repeated() works at once and every so often, also when that failed", async () => {
  using time = new FakeTime();
  const errors: unknown[] = [];
  let times = 0;
  const work = () => ++times === 2 ? Promise.reject("the second") : Promise.resolve();
  const { start, stop } = repeated(work, { every: 1_000, onError: (error) => void errors.push(error) });
  await start();
  assert.equal(times, 1);
  await time.advance(3_000);
  assert.deepEqual([times, errors], [4, ["the second"]]);
  await stop();
  await time.advance(3_000);
  assert.deepEqual([times, time.pending], [4, 0]);
});

Deno.test("repeated() passes over the times that come while it works, and waits for its end when it is stopped", async () => {
  using time = new FakeTime();
  const end = deferred<void>();
  const signals: AbortSignal[] = [];
  const work = (signal: AbortSignal) => {
    signals.push(signal);
    return end.promise;
  };
  const { start, stop } = repeated(work, { every: 1_000, onError: assert.ifError });
  const first = start();
  await time.advance(3_000);
  let isStopped = false;
  const stopping = stop().then(() => isStopped = true);
  await time.advance(3_000);
  assert.deepEqual([signals.map(({ aborted }) => aborted), isStopped], [[true], false]);
  end.resolve();
  await Promise.all([first, stopping]);
  assert.equal(time.pending, 0);
});
