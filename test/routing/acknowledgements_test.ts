/** A sender hears that all is well once its routes are content, never before, and never later than it can wait. */

import assert from "node:assert/strict";
import type { RouteAcknowledgement, RoutedJob } from "../../src/archive/routing.ts";
import { DimseStatusError, LimitError } from "../../src/errors.ts";
import { createMemoryQueue } from "../../src/queue/memory_queue.ts";
import type { Job } from "../../src/queue/job.ts";
import { type AcknowledgedInstance, Acknowledgements } from "../../src/routing/acknowledgements.ts";
import type { SettledState } from "../../src/routing/lanes/lane_events.ts";
import { claim, delivered, failed, newJob, subject } from "../queue/support.ts";
import { FakeTime, settle } from "../support/fake_time.ts";

type When = RouteAcknowledgement["when"];

/** A job of routes. */
function job(lane: string, acknowledges: Readonly<Record<string, When>>, more: Partial<RoutedJob> = {}): RoutedJob {
  return newJob({
    lane,
    ...more,
    acknowledges: Object.entries(acknowledges).map(([route, when]) => ({ route, when })),
  } as Partial<RoutedJob>);
}

/** Senders that wait, and what became of them. */
class Waits implements Disposable {
  readonly queue = createMemoryQueue({ now: () => 1000 });
  readonly errors: unknown[] = [];
  readonly confirmed: string[] = [];
  confirm: (job: Job, signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  readonly acknowledgements: Acknowledgements;
  readonly #time = new FakeTime();

  constructor(maximum = 10) {
    this.acknowledgements = new Acknowledgements({
      ...{ queue: this.queue, within: 30_000, maximum },
      onError: (error) => void this.errors.push(error),
    });
    this.acknowledgements.confirm = (job, signal) => {
      this.confirmed.push(job.lane);
      return this.confirm(job, signal);
    };
  }

  /** An instance comes; the answer is what its sender has heard until now. */
  keep(number: number, jobs: readonly RoutedJob[], more: Partial<AcknowledgedInstance> = {}, signal?: AbortSignal) {
    const instance = subject(number) as AcknowledgedInstance["instance"];
    this.queue.add(instance, jobs, { ifAbsent: more.outcome === "identical" });
    const heard: { now: string; status?: number; comment?: string | undefined; limit?: string } = { now: "nothing" };
    const wait = this.acknowledgements.wait({ outcome: "created", instance, jobs, ...more }, signal);
    if (wait === undefined) heard.now = "success at once";
    wait?.then(() => heard.now = "success", (error) => {
      heard.now = error instanceof DimseStatusError ? "failure" : String(error);
      if (error instanceof DimseStatusError) Object.assign(heard, { status: error.status, comment: error.comment });
      if (error?.cause instanceof LimitError) heard.limit = error.cause.limit;
    });
    return heard;
  }

  /** An attempt in a lane ends so for all that it has. */
  async attempt(lane: string, state: SettledState = "delivered"): Promise<void> {
    for (const job of await claim(this.queue, { lane })) {
      this.queue.settle([state === "delivered" ? delivered(job) : failed(job, { state: state as "dead" })]);
      const outcome = { class: "delivered", status: "", error: "" } as const;
      this.acknowledgements.observe({ type: "job-attempted", lane, job, outcome, state, milliseconds: 1 });
    }
    await settle();
  }

  advance = (milliseconds: number) => this.#time.advance(milliseconds);

  [Symbol.dispose](): void {
    this.acknowledgements[Symbol.dispose]();
    this.#time[Symbol.dispose]();
  }
}

Deno.test("what is received or durable keeps nobody waiting, nor does what has no jobs", () => {
  using waits = new Waits();
  assert.equal(waits.keep(1, []).now, "success at once");
  assert.equal(waits.keep(2, [newJob()]).now, "success at once");
  assert.equal(waits.keep(3, [job("A", { r: "durable", s: "received" })]).now, "success at once");
  assert.equal(waits.keep(4, [job("A", { r: "delivered-all" })], { outcome: "kept-first" }).now, "success at once");
});

Deno.test("delivered-all waits for every destination of the route, delivered-any for one", async () => {
  using waits = new Waits();
  const all = waits.keep(1, [job("A", { r: "delivered-all" }), job("B", { r: "delivered-all" })]);
  const any = waits.keep(2, [job("A", { r: "delivered-any" }), job("B", { r: "delivered-any" })]);
  await settle();
  assert.deepEqual([all.now, any.now], ["nothing", "nothing"]);
  await waits.attempt("A");
  assert.deepEqual([all.now, any.now], ["nothing", "success"]);
  await waits.attempt("B");
  assert.deepEqual([all.now, waits.acknowledgements.count], ["success", 0]);
});

Deno.test("each route is content by its own destinations: the strongest counts", async () => {
  using waits = new Waits();
  const heard = waits.keep(1, [
    job("A", { any: "delivered-any" }),
    job("B", { any: "delivered-any", all: "delivered-all" }),
    job("C", { usual: "durable" }),
  ]);
  await waits.attempt("A");
  assert.equal(heard.now, "nothing");
  await waits.attempt("B");
  assert.equal(heard.now, "success");
});

Deno.test("what was delivered before anybody waited counts", async () => {
  using waits = new Waits();
  const jobs = [job("A", { r: "delivered-all" })];
  waits.queue.add(subject(1), jobs);
  await waits.attempt("A");
  const heard = waits.keep(1, jobs);
  await settle();
  assert.equal(heard.now, "success");
});

Deno.test("after the deadline it is 0xA700; the jobs go on, and a repeat is answered once they are done", async () => {
  using waits = new Waits();
  const jobs = [job("A", { r: "delivered-all" })];
  const first = waits.keep(1, jobs);
  await waits.advance(29_999);
  assert.equal(first.now, "nothing");
  await waits.advance(1);
  assert.deepEqual(first, { now: "failure", status: 0xA700, comment: "Kept, but not delivered in time" });
  assert.equal(waits.acknowledgements.count, 0);
  const again = waits.keep(1, jobs, { outcome: "identical" });
  await settle();
  assert.equal(again.now, "nothing");
  await waits.attempt("A");
  assert.equal(again.now, "success");
  const third = waits.keep(1, jobs, { outcome: "identical" });
  await settle();
  assert.equal(third.now, "success");
});

Deno.test("what tries again keeps its sender waiting; what is dead or held answers at once", async () => {
  for (const state of ["dead", "held"] as const) {
    using waits = new Waits();
    const heard = waits.keep(1, [job("A", { r: "delivered-all" }), job("B", { r: "delivered-all" })]);
    await waits.attempt("A", "waiting");
    assert.equal(heard.now, "nothing");
    await waits.attempt("B", state);
    assert.deepEqual(heard, { now: "failure", status: 0xA700, comment: "Kept, but could not be delivered" });
  }
});

Deno.test("delivered-any fails when no destination is left that may deliver", async () => {
  using waits = new Waits();
  const heard = waits.keep(1, [job("A", { r: "delivered-any" }), job("B", { r: "delivered-any" })]);
  await waits.attempt("A", "dead");
  assert.equal(heard.now, "nothing");
  await waits.attempt("B", "dead");
  assert.equal(heard.now, "failure");
});

Deno.test("an operator who holds, drops or moves a job is heard of", async () => {
  for (const change of [{ action: "hold" }, { action: "drop" }, { action: "edit", lane: "X" }] as const) {
    using waits = new Waits();
    const heard = waits.keep(1, [job("A", { r: "delivered-all" })]);
    await settle();
    await waits.queue.change({}, change, { limit: 9, now: 1000 });
    waits.acknowledgements.changed();
    await settle();
    assert.equal(heard.now, "failure", change.action);
  }
});

Deno.test("of several destinations any may deliver, wherever the job has gone", async () => {
  using waits = new Waits();
  const choice = ["A", "B"];
  const jobs = [job("A", { r: "delivered-all" }, { choice })];
  const heard = waits.keep(1, jobs);
  const [group] = await waits.queue.choices("A");
  await waits.queue.choose("A", group!, "B", { limit: 9 });
  waits.acknowledgements.changed();
  await settle();
  assert.equal(heard.now, "nothing");
  await waits.attempt("B");
  assert.equal(heard.now, "success");
});

Deno.test("another instance that takes the place of one that waits is not it", async () => {
  using waits = new Waits();
  const jobs = [job("A", { r: "delivered-all" })];
  const heard = waits.keep(1, jobs);
  await settle();
  waits.queue.add(subject(1, { serial: 99 }), jobs);
  await waits.attempt("A");
  assert.deepEqual([heard.now, heard.comment], ["failure", "Another instance has taken its place"]);
});

Deno.test("an earlier version that a destination has by another route is no delivery of this one", async () => {
  using waits = new Waits();
  waits.queue.add(subject(1, { serial: 0 }), [newJob({ lane: "B", route: "before" })]);
  await waits.attempt("B");
  const heard = waits.keep(1, [job("A", { r: "delivered-all" }, { choice: ["A", "B"] })]);
  await settle();
  assert.equal(heard.now, "nothing");
  await waits.attempt("A");
  assert.equal(heard.now, "success");
});

Deno.test("committed asks each destination that has it, once, and fails where one doesn't answer for it", async () => {
  using waits = new Waits();
  let letGo = () => {};
  waits.confirm = () => new Promise((resolve) => letGo = resolve);
  const heard = waits.keep(1, [job("A", { r: "committed" }), job("B", { s: "delivered-all" })]);
  await waits.attempt("A");
  assert.deepEqual([heard.now, waits.confirmed], ["nothing", []]);
  await waits.attempt("B");
  waits.acknowledgements.changed();
  await settle();
  assert.deepEqual([heard.now, waits.confirmed], ["nothing", ["A"]]);
  letGo();
  await settle();
  assert.equal(heard.now, "success");
  waits.confirm = () => Promise.reject(new Error("it has no such instance"));
  const other = waits.keep(2, [job("A", { r: "committed" })]);
  await waits.attempt("A");
  assert.deepEqual([other.now, other.status], ["failure", 0xA700]);
});

Deno.test("a clock on the wall that jumps moves no deadline", async () => {
  const { now } = Date;
  for (const jump of [-86_400_000, 86_400_000]) {
    using waits = new Waits();
    const heard = waits.keep(1, [job("A", { r: "delivered-all" })]);
    await waits.advance(20_000);
    try {
      Date.now = () => now() + jump;
      await waits.advance(9_999);
      assert.equal(heard.now, "nothing");
      await waits.advance(1);
      assert.equal(heard.now, "failure");
    } finally {
      Date.now = now;
    }
  }
});

Deno.test("the deadline counts for commitment as well, and ends the question", async () => {
  using waits = new Waits();
  let ended = false;
  waits.confirm = (_, signal) => {
    signal.addEventListener("abort", () => ended = true);
    return new Promise(() => {});
  };
  const heard = waits.keep(1, [job("A", { r: "committed" })]);
  await waits.attempt("A");
  await waits.advance(30_000);
  assert.deepEqual([heard.now, ended], ["failure", true]);
});

Deno.test("a sender that has gone, a limit and the end leave nobody waiting", async () => {
  using waits = new Waits(2);
  const jobs = [job("A", { r: "delivered-all" })];
  const gone = new AbortController();
  const first = waits.keep(1, jobs, {}, gone.signal);
  const second = waits.keep(2, jobs);
  const third = waits.keep(3, jobs);
  await settle();
  assert.deepEqual([first.now, second.now, third.now], ["nothing", "nothing", "failure"]);
  assert.deepEqual([third.status, third.limit], [0xA700, "maxUnacknowledged"]);
  gone.abort(new Error("the association has ended"));
  await settle();
  assert.deepEqual([first.now, waits.acknowledgements.count], ["Error: the association has ended", 1]);
  assert.ok(!waits.acknowledgements.isAwaited("1.2.3.1") && waits.acknowledgements.isAwaited("1.2.3.2"));
  waits.acknowledgements[Symbol.dispose]();
  await settle();
  assert.deepEqual([second.now, second.comment], ["failure", "Kept, but not yet delivered: the gateway ends"]);
  const late = waits.keep(4, jobs);
  await settle();
  assert.deepEqual([late.now, waits.acknowledgements.count], ["failure", 0]);
});

Deno.test("a queue that can't be read is told, and no reason to say that all is well", async () => {
  using waits = new Waits();
  waits.queue.jobs = () => Promise.reject(new Error("database disk image is malformed"));
  const heard = waits.keep(1, [job("A", { r: "delivered-all" })]);
  await settle();
  assert.deepEqual([heard.now, waits.errors.length], ["Error: database disk image is malformed", 1]);
});
