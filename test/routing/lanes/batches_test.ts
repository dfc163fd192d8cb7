import assert from "node:assert/strict";
import type { Job } from "../../../src/queue/job.ts";
import { jobsTogether } from "../../../src/routing/lanes/batches.ts";
import { newJob, subject } from "../../queue/support.ts";

function job(number: number, size = 10, last = ""): Job {
  const known: object = { ...subject(number), ...newJob(), id: number, size, state: "leased" };
  return { ...known, last: { class: last, status: "", error: "" } } as Job;
}

const storeAll = () => Promise.resolve([]);
const of = (instances: number, bytes: number) => ({ batch: { instances, bytes }, storeAll });

/** Sizes of what goes together, one after the other. */
function sizes(jobs: readonly Job[], ...[destination, settings]: [Parameters<typeof jobsTogether>[1], object?]) {
  const together: number[] = [];
  for (let left = jobs; left.length > 0; left = left.slice(together.at(-1))) {
    together.push(jobsTogether(left, destination, settings ?? {}).length);
  }
  return together;
}

const seven = [1, 2, 3, 4, 5, 6, 7].map((number) => job(number));

Deno.test("jobs go together by number and by bytes, and one that is longer goes alone", () => {
  assert.deepEqual(sizes(seven, of(3, 1000)), [3, 3, 1]);
  assert.deepEqual(sizes(seven, of(100, 25)), [2, 2, 2, 1]);
  assert.deepEqual(sizes([job(1), job(2, 500), job(3)], of(100, 25)), [1, 1, 1]);
});

Deno.test("jobs go one by one where the destination does not take more", () => {
  assert.deepEqual(sizes(seven, {}), Array(7).fill(1));
  assert.deepEqual(sizes(seven, { batch: { instances: 3, bytes: 100 } }), Array(7).fill(1));
});

Deno.test("what may itself have ended the attempt before goes alone", () => {
  for (const last of ["interrupted", "unreadable", "failed"]) {
    assert.deepEqual(sizes([job(1), job(2), job(3, 10, last), job(4)], of(9, 1000)), [2, 1, 1]);
  }
  assert.deepEqual(sizes([job(1), job(2, 10, "transient"), job(3)], of(9, 1000)), [3]);
});

Deno.test("two jobs of one instance are told apart by going after each other", () => {
  assert.deepEqual(sizes([job(1), job(2), job(1), job(3)], of(9, 1000)), [2, 2]);
});

Deno.test("a lane that is held back sends no more at a time than in a second", () => {
  assert.deepEqual(sizes(seven, of(100, 1000), { rate: 2 }), [2, 2, 2, 1]);
  assert.deepEqual(sizes(seven, of(100, 1000), { bandwidth: 30 }), [3, 3, 1]);
});
