import assert from "node:assert/strict";
import { CodecPool } from "../../../src/pixel_data/pool/codec_pool.ts";
import type { ChildProcess } from "../../../src/pixel_data/pool/codec_process.ts";
import { MessageReader, type Pipe, writeMessage } from "../../../src/pixel_data/pool/messages.ts";
import { serveTasks } from "../../../src/pixel_data/pool/serve_tasks.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { describe, frameFor } from "../descriptions.ts";

/** A pipe between two ends, each write of which is cut into small pieces. */
function pipes(): [Pipe & { close(): void }, Pipe & { close(): void }] {
  const way = () => new TransformStream<Uint8Array, Uint8Array>({}, { highWaterMark: 100 }, { highWaterMark: 100 });
  const [there, back] = [way(), way()];
  const end = (from: ReadableStream<Uint8Array>, to: WritableStream<Uint8Array>) => {
    const [reader, writer] = [from.getReader(), to.getWriter()];
    writer.closed.catch(() => {});
    return {
      read: async () => (await reader.read()).value,
      async write(bytes: Uint8Array) {
        for (let at = 0; at < bytes.length; at += 7) await writer.write(bytes.slice(at, at + 7));
      },
      close: () => void writer.close().catch(() => {}),
    };
  };
  return [end(back.readable, there.writable), end(there.readable, back.writable)];
}

type Program = (pipe: Pipe, killed: Promise<void>) => Promise<void>;

/** Processes that are none: they run in here. Counts those that were started, killed, and that ended. */
function processes(program: Program = (pipe) => serveTasks(pipe, () => Promise.reject(new Error("no module")))) {
  const counts = { started: 0, killed: 0, ended: 0 };
  const start = (): ChildProcess => {
    counts.started++;
    const [mine, theirs] = pipes();
    const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
    const ended = Promise.race([program(theirs, killed), killed]).then(() => {
      counts.ended++;
      theirs.close();
    });
    return {
      read: () => mine.read(),
      write: (bytes) => mine.write(bytes),
      close: () => mine.close(),
      kill() {
        counts.killed++;
        kill();
      },
      ended,
    };
  };
  return { counts, start };
}

const description = describe();
const decodeTask = { operation: "decode", codec: "rle", description } as const;
const encodeTask = { operation: "encode", codec: "rle", description } as const;

Deno.test("MessageReader gets back what writeMessage() writes, however it is cut", async () => {
  const [one, other] = pipes();
  const messages = new MessageReader(other);
  void writeMessage(one, { a: "é" }, Uint8Array.of(1, 2, 3));
  assert.deepEqual(await messages.next(), { head: { a: "é" }, body: Uint8Array.of(1, 2, 3) });
  void writeMessage(one, 5, new Uint8Array(0)).then(() => one.close());
  assert.deepEqual(await messages.next(), { head: 5, body: new Uint8Array(0) });
  assert.equal(await messages.next(), undefined);
});

Deno.test("MessageReader refuses a message that is longer than any", async () => {
  const [one, other] = pipes();
  void one.write(Uint8Array.of(1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff));
  await assert.rejects(new MessageReader(other).next(), { name: "PixelDataError" });
});

Deno.test("a CodecPool starts processes when there is work, at most so many, and uses them again", async () => {
  const { counts, start } = processes();
  await using pool = new CodecPool(start, { size: 2 });
  assert.equal(counts.started, 0);
  const frame = frameFor(description);
  const encoded = await pool.run(encodeTask, frame);
  assert.equal(counts.started, 1);
  const decoded = await Promise.all(Array.from({ length: 9 }, () => pool.run(decodeTask, encoded)));
  for (const bytes of decoded) assert.deepEqual(bytes, frame);
  assert.equal(counts.started, 2);
  assert.equal(pool.size, 2);
});

Deno.test("a task that fails costs no process, and its error comes through", async () => {
  const { counts, start } = processes();
  await using pool = new CodecPool(start, { size: 1 });
  const failing = pool.run(decodeTask, new Uint8Array(9));
  await assert.rejects(failing, {
    name: "PixelDataError",
    reason: "malformed",
    message: /found 9 bytes, expected a header/,
  });
  await pool.run(encodeTask, frameFor(description));
  assert.deepEqual(counts, { started: 1, killed: 0, ended: 0 });
});

Deno.test("a task that hangs is ended at the deadline, and the next one gets a new process", async () => {
  using time = new FakeTime();
  let first = true;
  const reached = Promise.withResolvers<void>();
  const { counts, start } = processes(async (pipe, killed) => {
    if (!first) return await serveTasks(pipe, () => Promise.reject());
    first = false;
    await writeMessage(pipe, { number: 0, outcome: "done" }, new Uint8Array(0));
    await new MessageReader(pipe).next();
    reached.resolve();
    await killed;
  });
  await using pool = new CodecPool(start, { size: 1, deadline: 500 });
  const hanging = pool.run(encodeTask, frameFor(description));
  const waiting = pool.run(encodeTask, frameFor(description));
  await reached.promise;
  const rejected = assert.rejects(hanging, {
    name: "PixelDataError",
    reason: "deadline",
    message: "Cannot encode a frame: its codec took longer than 500 ms",
  });
  await time.advance(500);
  await rejected;
  assert.ok((await waiting).length > 64);
  assert.deepEqual([counts.started, counts.killed], [2, 1]);
});

Deno.test("a process that ends costs its task alone", async () => {
  let first = true;
  const { counts, start } = processes(async (pipe) => {
    if (!first) return await serveTasks(pipe, () => Promise.reject());
    first = false;
    await writeMessage(pipe, { number: 0, outcome: "done" }, new Uint8Array(0));
    await new MessageReader(pipe).next();
  });
  await using pool = new CodecPool(start, { size: 1 });
  const crashing = pool.run(encodeTask, frameFor(description));
  const next = pool.run(encodeTask, frameFor(description));
  await assert.rejects(crashing, {
    reason: "crashed",
    message: "Cannot encode a frame: the process of its codec ended",
  });
  await next;
  assert.equal(counts.started, 2);
});

Deno.test("what isn't started says why, to each task that waits", async () => {
  await using pool = new CodecPool(() => {
    throw new Error("not permitted");
  });
  for (let task = 0; task < 2; task++) {
    await assert.rejects(pool.run(encodeTask, frameFor(description)), {
      reason: "unavailable",
      message: "Cannot start a process for codecs: not permitted",
    });
  }
});

Deno.test("all that waits is told when no process can be started any more", async () => {
  let started = 0;
  const { start } = processes(async (pipe) => {
    await writeMessage(pipe, { number: 0, outcome: "done" }, new Uint8Array(0));
    await new MessageReader(pipe).next();
  });
  await using pool = new CodecPool(() => {
    if (started++ > 0) throw new Error("too many processes");
    return start();
  }, { size: 1 });
  const tasks = [1, 2, 3].map(() => pool.run(encodeTask, frameFor(description)));
  const reasons = (await Promise.allSettled(tasks)).map((result) => (result as PromiseRejectedResult).reason.reason);
  assert.deepEqual(reasons, ["crashed", "unavailable", "unavailable"]);
});

Deno.test("processes without work are ended after a while", async () => {
  using time = new FakeTime();
  const { counts, start } = processes();
  await using pool = new CodecPool(start, { size: 1, idle: 1000 });
  await pool.run(encodeTask, frameFor(description));
  await time.advance(999);
  assert.equal(pool.size, 1);
  await time.advance(1);
  assert.equal(pool.size, 0);
  await pool.run(encodeTask, frameFor(description));
  assert.equal(counts.started, 2);
});

Deno.test("an abort rejects at once, whether the task waits or not, and later tasks go on", async () => {
  const { start } = processes();
  await using pool = new CodecPool(start, { size: 1 });
  const abort = new AbortController();
  const tasks = [1, 2, 3].map(() => pool.run(encodeTask, frameFor(description), abort.signal));
  const last = pool.run(encodeTask, frameFor(description));
  abort.abort(new Error("nobody waits"));
  for (const task of tasks) await assert.rejects(task, /nobody waits/);
  await assert.rejects(pool.run(encodeTask, frameFor(description), abort.signal), /nobody waits/);
  assert.ok((await last).length > 64);
});

Deno.test("a CodecPool lets so many wait, and rejects others at once", async () => {
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
  const { start } = processes(async (pipe) => {
    await mayGoOn;
    await serveTasks(pipe, () => Promise.reject(new Error("no module")));
  });
  await using pool = new CodecPool(start, { size: 1, maxWaiting: 2 });
  const frame = frameFor(description);
  const taken = Array.from({ length: 3 }, () => pool.run(encodeTask, frame));
  const late = pool.run(encodeTask, frame);
  await assert.rejects(late, { name: "PixelDataError", reason: "busy", message: /: 2 others wait for a process$/ });
  goOn();
  await Promise.all(taken);
  await pool.run(encodeTask, frame);
});

Deno.test("disposing of a CodecPool rejects what waits and ends all processes", async () => {
  const { counts, start } = processes(async (pipe, killed) => {
    await writeMessage(pipe, { number: 0, outcome: "done" }, new Uint8Array(0));
    await Promise.race([new MessageReader(pipe).next().then(() => killed), killed]);
  });
  using time = new FakeTime();
  const pool = new CodecPool(start, { size: 1 });
  const running = assert.rejects(pool.run(encodeTask, frameFor(description)), { reason: "crashed" });
  const waiting = assert.rejects(pool.run(encodeTask, frameFor(description)), { reason: "unavailable" });
  const disposed = pool[Symbol.asyncDispose]();
  await time.advance(1000);
  await Promise.all([running, waiting, disposed]);
  assert.equal(counts.ended, counts.started);
  await assert.rejects(pool.run(encodeTask, frameFor(description)), { reason: "unavailable" });
});
