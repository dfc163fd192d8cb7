import assert from "node:assert/strict";
import { LimitError } from "../../src/errors.ts";
import { openFileStore } from "../../src/objects/file_store.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { RetrievedFiles, type RetrievedFilesOptions } from "../../src/retrieved/retrieved_files.ts";
import { deferred } from "../../src/scheduling/deferred.ts";
import { collect } from "../archive/support.ts";
import { FakeTime } from "../support/fake_time.ts";
import { temporaryFolder } from "../support/folders.ts";
import { held, never } from "./support.ts";

const HOUR = 60 * 60 * 1000;

function filesOf(options: Partial<RetrievedFilesOptions> = {}) {
  const store = options.store ?? createMemoryStore();
  const files = new RetrievedFiles({ maxSize: 1_000, maxAge: HOUR, store, ...options });
  const keep = async (key: string, length: number) => {
    const file = await files.keep(key, held(key, length), never());
    files.unpin(file);
    return file;
  };
  const has = (key: string) => {
    const file = files.pin(key);
    if (file !== undefined) files.unpin(file);
    return file !== undefined;
  };
  return { store, files, keep, has };
}

const names = async (store: { list(): AsyncIterable<{ name: string }> }) =>
  (await Array.fromAsync(store.list())).map(({ name }) => name);

Deno.test("RetrievedFiles gives any part of what it holds, at any time", async () => {
  const { files } = filesOf();
  await using _files = files;
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  const stream = () => new Blob([bytes]).stream();
  const file = await files.keep("a", { ...held("1.2", 100), stream }, never());
  assert.deepEqual(await collect(file.held.stream()), bytes);
  assert.deepEqual(await collect(file.held.part!(10, 20)), bytes.subarray(10, 20));
  assert.deepEqual([file.held.length, file.held.sopInstanceUid], [100, "1.2"]);
  const again = await files.keep("a", held("1.2", 100), never());
  assert.notEqual(again.held.version, file.held.version);
});

Deno.test("RetrievedFiles lets what was used longest ago go first, and keeps within its bytes", async () => {
  const { files, keep, has, store } = filesOf();
  await using _files = files;
  for (const key of ["a", "b", "c"]) await keep(key, 300);
  assert(has("a"));
  await keep("d", 300);
  assert.deepEqual(["a", "b", "c", "d"].map(has), [true, false, true, true]);
  assert.deepEqual(files.statistics, { files: 3, bytes: 900 });
  assert.equal((await names(store)).length, 3);
});

Deno.test("RetrievedFiles waits for what is read or pinned, and takes its place then", async () => {
  const { files, keep, has } = filesOf();
  await using _files = files;
  const first = await files.keep("a", held("1", 500), never());
  const second = await files.keep("b", held("2", 500), never());
  const third = keep("c", 400);
  const reader = second.held.stream().getReader();
  await reader.read();
  files.unpin(second);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(files.statistics.bytes <= 1_000);
  await reader.cancel();
  await third;
  assert.deepEqual(["a", "b", "c"].map(has), [true, false, true]);
  files.unpin(first);
});

Deno.test("RetrievedFiles gives up where nothing moves for a minute, and where the caller does", async () => {
  const { files } = filesOf();
  await using _files = files;
  const file = await files.keep("a", held("1", 900), never());
  using time = new FakeTime();
  const late = assert.rejects(files.keep("b", held("2", 200), never()), LimitError);
  await time.advance(59_000);
  // Somebody reads.
  await file.held.stream().getReader().read();
  await time.advance(59_000);
  assert.equal(files.statistics.files, 1);
  await time.advance(2_000);
  await late;
  const leave = new AbortController();
  const left = assert.rejects(files.keep("b", held("2", 200), leave.signal), /enough/);
  await time.advance(10);
  leave.abort(new Error("enough"));
  await left;
  assert.equal(files.statistics.bytes, 900);
});

Deno.test("RetrievedFiles refuses what is longer than all it may hold, and what breaks off, without a trace", async () => {
  const { files, store, has } = filesOf();
  await using _files = files;
  await assert.rejects(files.keep("a", held("1", 1_001), never()), LimitError);
  const broken = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(100));
      },
      pull: (controller) => controller.error(new Error("lost")),
    });
  await assert.rejects(files.keep("b", { ...held("2", 200), stream: broken }, never()), /lost/);
  const short = () => new Blob([new Uint8Array(100)]).stream();
  await assert.rejects(files.keep("c", { ...held("3", 200), stream: short }, never()), /100 bytes, expected 200/);
  assert.deepEqual(files.statistics, { files: 0, bytes: 0 });
  assert.deepEqual(["a", "b", "c"].map(has), [false, false, false]);
  assert.deepEqual(await names(store), []);
});

Deno.test("RetrievedFiles removes what is too old, also when nobody asks", async () => {
  using time = new FakeTime();
  const { files, keep, has, store } = filesOf({ now: () => time.now });
  await using _files = files;
  await keep("a", 100);
  await time.advance(HOUR / 2);
  await keep("b", 100);
  await time.advance(HOUR / 2);
  assert.deepEqual([has("a"), has("b")], [false, true]);
  assert.equal((await names(store)).length, 1);
  await time.advance(HOUR);
  assert.deepEqual(await names(store), []);
  assert.deepEqual(files.statistics, { files: 0, bytes: 0 });
});

Deno.test("RetrievedFiles begins with an empty folder, and leaves one", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(folder.path, { durable: false });
  for (const name of ["0/0", "7/7001"]) {
    const left = store.create();
    await left.write(new Uint8Array(10));
    await left.commit(name);
  }
  const { files, keep } = filesOf({ store });
  await keep("a", 100);
  assert.deepEqual(await names(store), ["0/0"]);
  assert.equal((await store.get("0/0"))?.size, 100);
  await files[Symbol.asyncDispose]();
  assert.deepEqual(await names(store), []);
});

Deno.test("RetrievedFiles forgets what is too old, however many files that are", async () => {
  const count = 150_000;
  using time = new FakeTime();
  const { files, keep } = filesOf({ now: () => time.now });
  await using _files = files;
  const stream = () => new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  const empty = { ...held("1.2", 0), stream };
  await keep("first", 1);
  await time.advance(HOUR / 2);
  for (let number = 0; number < count; number++) files.unpin(await files.keep(`${number}`, empty, never()));
  await time.advance(HOUR / 2);
  assert.equal(files.statistics.files, count);
  await time.advance(HOUR / 2);
  assert.equal(files.statistics.files, 0);
});

Deno.test("RetrievedFiles holds no more files than it may, however small they are", async () => {
  const { files, keep, has } = filesOf({ maxFiles: 2 });
  await using _files = files;
  for (const key of ["a", "b", "c"]) await keep(key, 1);
  assert.deepEqual(["a", "b", "c"].map(has), [false, true, true]);
});

Deno.test("RetrievedFiles leaves nothing open for a reader that goes while a file is being opened", async () => {
  const store = createMemoryStore();
  const [asked, opening, left] = [deferred<void>(), deferred<void>(), deferred<void>()];
  const read = async function* () {
    try {
      yield new Uint8Array(5);
    } finally {
      left.resolve();
    }
  };
  const slow: ObjectStore = Object.assign(Object.create(store), {
    get() {
      asked.resolve();
      return opening.promise.then(() => ({ size: 10, read }));
    },
    create: () => store.create(),
    list: () => store.list(),
    delete: (name: string) => store.delete(name),
  });
  const { files } = filesOf({ store: slow });
  await using _files = files;
  const file = await files.keep("a", held("1", 10), never());
  files.unpin(file);
  const reader = file.held.stream().getReader();
  const reading = reader.read();
  await asked.promise;
  const cancelling = reader.cancel();
  opening.resolve();
  await left.promise;
  await cancelling;
  assert.equal((await reading).done, true);
  // Nobody uses it any more.
  files.forget("a");
  assert.deepEqual(await names(store), []);
});

Deno.test("RetrievedFiles gives way where the disk gets full, to what comes and to what others write", async () => {
  const store = createMemoryStore();
  let others = 0;
  const disk: ObjectStore = Object.assign(Object.create(store), {
    room: () => 1_000 - others - files.statistics.bytes,
    create: () => store.create(),
    list: () => store.list(),
    delete: (name: string) => store.delete(name),
  });
  using time = new FakeTime();
  const { files, keep, has } = filesOf({ store: disk, reserve: 300, now: () => time.now });
  await using _files = files;
  for (const key of ["a", "b", "c"]) await keep(key, 300);
  assert.deepEqual(["a", "b", "c"].map(has), [false, true, true]);
  others = 400;
  await time.advance(10_000);
  assert.deepEqual(["b", "c"].map(has), [false, true]);
  others = 1_000;
  await time.advance(10_000);
  assert.deepEqual(files.statistics, { files: 0, bytes: 0 });
  assert.equal(time.pending, 0);
});
