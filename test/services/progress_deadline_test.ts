/** A deadline that is extended. */

import assert from "node:assert/strict";
import { DeadlineError } from "../../src/errors.ts";
import { ProgressDeadline } from "../../src/services/progress_deadline.ts";
import { FakeTime } from "../support/fake_time.ts";

Deno.test("a deadline passes so long after the last time that it was extended, and no sooner", async () => {
  using time = new FakeTime();
  const deadline = new ProgressDeadline(1000, new AbortController().signal);
  await time.advance(5000); // Nothing has begun.
  for (let times = 0; times < 5; times++) {
    deadline.extend();
    await time.advance(700);
  }
  await time.advance(299);
  assert.equal(deadline.signal.aborted, false);
  await time.advance(2);
  assert.ok(deadline.signal.reason instanceof DeadlineError);
});

Deno.test("a deadline that was stopped doesn't pass, and runs again when it is extended", async () => {
  using time = new FakeTime();
  const deadline = new ProgressDeadline(1000, new AbortController().signal);
  deadline.extend();
  await time.advance(900);
  deadline.stop();
  await time.advance(2000);
  assert.equal(deadline.signal.aborted, false);
  deadline.extend();
  await time.advance(999);
  assert.equal(deadline.signal.aborted, false);
  await time.advance(2);
  assert.ok(deadline.signal.aborted);
});

Deno.test("a deadline of 0 never passes; with the outer signal it is aborted at once", async () => {
  using time = new FakeTime();
  const outer = new AbortController();
  const deadline = new ProgressDeadline(0, outer.signal);
  deadline.extend();
  await time.advance(1e9);
  assert.equal(deadline.signal.aborted, false);
  outer.abort("over");
  assert.equal(deadline.signal.reason, "over");
});
