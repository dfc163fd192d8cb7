import assert from "node:assert/strict";
import { withinClosingTime } from "../../src/hosts/closing_time.ts";
import { FakeTime } from "../support/fake_time.ts";

/** Whether a wait for requests that never end is over. */
function waiting(enough?: AbortSignal) {
  const wait = { over: false };
  withinClosingTime(new Promise(() => {}), enough).then(() => wait.over = true);
  return wait;
}

Deno.test("withinClosingTime() waits for requests, and two seconds for those that don't end", async () => {
  using time = new FakeTime();
  const enough = new AbortController();
  await withinClosingTime(Promise.resolve(), enough.signal);
  await assert.rejects(withinClosingTime(Promise.reject(new Error("no port")), enough.signal), /no port/);
  const wait = waiting(enough.signal);
  await time.advance(1_999);
  assert.equal(wait.over, false);
  await time.advance(1);
  assert.equal(wait.over, true);
  assert.equal(time.pending, 0);
});

Deno.test("withinClosingTime() waits a tenth of a second when everything ends at once", async () => {
  using time = new FakeTime();
  const enough = new AbortController();
  const begun = waiting(enough.signal);
  await time.advance(1_000);
  enough.abort();
  const late = waiting(enough.signal);
  await time.advance(99);
  assert.deepEqual([begun.over, late.over], [false, false]);
  await time.advance(1);
  assert.deepEqual([begun.over, late.over], [true, true]);
  assert.equal(time.pending, 0);
});
