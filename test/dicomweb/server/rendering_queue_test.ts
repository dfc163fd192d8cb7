import assert from "node:assert/strict";
import { RenderingQueue } from "../../../src/dicomweb/server/rendering_queue.ts";
import { RequestProblem } from "../../../src/dicomweb/server/request_problem.ts";

const { signal } = new AbortController();

Deno.test("RenderingQueue lets so many work at once, and the others in their order", async () => {
  const queue = new RenderingQueue(2);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const work = (number: number) => () => {
    begun.push(number);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const all = [0, 1, 2, 3].map((number) => queue.run(work(number), { signal }));
  assert.deepEqual(begun, [0, 1]);
  ends[1]!();
  await all[1];
  await Promise.resolve();
  assert.deepEqual(begun, [0, 1, 2]);
  ends[0]!();
  await all[0];
  await Promise.resolve();
  assert.deepEqual(begun, [0, 1, 2, 3]);
  ends[2]!();
  ends[3]!();
  await Promise.all(all);
});

Deno.test("RenderingQueue sends away who comes when 256 wait, unless an answer has begun; who leaves makes room", async () => {
  const queue = new RenderingQueue(1);
  let end = () => {};
  const first = queue.run(() => new Promise<void>((resolve) => end = resolve), { signal });
  const leaving = new AbortController();
  const waiting = Array.from({ length: 255 }, () => queue.run(() => Promise.resolve(), { signal }));
  const left = queue.run(() => Promise.resolve(), { signal: leaving.signal });
  await assert.rejects(queue.run(() => Promise.resolve(), { signal }), (error) => {
    assert.ok(error instanceof RequestProblem);
    assert.equal(error.problem, "TooManyRenderings");
    assert.deepEqual(error.headers, { "Retry-After": "2" });
    return true;
  });
  waiting.push(queue.run(() => Promise.resolve(), { signal, isBegun: true }));
  leaving.abort(new Error("gone"));
  await assert.rejects(left, /gone/);
  end();
  await first;
  await Promise.all(waiting);
  await queue.run(() => Promise.resolve(), { signal });
});

Deno.test("RenderingQueue goes on after work that fails", async () => {
  const queue = new RenderingQueue(1);
  const failed = queue.run(() => Promise.reject(new Error("broken")), { signal });
  const next = queue.run(() => Promise.resolve("done"), { signal });
  await assert.rejects(failed, /broken/);
  assert.equal(await next, "done");
});
