/** What has to be sent is recorded with the instance: both or neither, whatever is lost. */

import assert from "node:assert/strict";
import { type Archive, createArchive } from "../../src/archive/archive.ts";
import { catchUp } from "../../src/archive/catch_up.ts";
import { openFileArchive } from "../../src/archive/file_archive.ts";
import { encodeNote } from "../../src/archive/note.ts";
import type { ArchiveRouting, JobsFor } from "../../src/archive/routing.ts";
import { InstanceNotKeptError } from "../../src/errors.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { JobQueue } from "../../src/queue/job_queue.ts";
import { createMemoryQueue } from "../../src/queue/memory_queue.ts";
import { newJob } from "../queue/support.ts";
import { temporaryFolder } from "../support/folders.ts";
import { dataSetOf, incoming } from "./instances.ts";

const toPacs: JobsFor = ({ instance }) => [newJob({ unit: instance.studyInstanceUid })];

function keep(archive: Archive, seed = 1) {
  return archive.keep(incoming(dataSetOf({}, { seed })));
}

async function states(queue: JobQueue) {
  return (await queue.jobs({}, { limit: 99 })).map(({ state, serial }) => [state, serial]);
}

async function deliver(queue: JobQueue): Promise<void> {
  const jobs = await queue.claim("PACS", {
    ...{ priorities: ["medium"], limit: 99, worker: "w", now: Date.now(), leaseUntil: Infinity },
  });
  queue.settle(jobs.map((job) => ({ job, worker: "w", at: Date.now(), state: "delivered" })));
}

Deno.test("an instance that is kept has its jobs; one that comes again has none, and one that is replaced has them again", async () => {
  const [store, index, queue] = [createMemoryStore(), createMemoryIndex(), createMemoryQueue()];
  await using archive = createArchive({ store, index, onExisting: "replace", routing: { queue, jobsFor: toPacs } });
  await keep(archive);
  await deliver(queue);
  assert.equal((await keep(archive)).outcome, "identical");
  assert.deepEqual((await states(queue)).map(([state]) => state), ["delivered"]);
  const { outcome, instance } = await keep(archive, 2);
  assert.equal(outcome, "replaced");
  assert.deepEqual(await states(queue), [["ready", instance.serial]]);
});

Deno.test("what is not kept has no jobs, and what comes again goes where a new route leads", async () => {
  const [store, index, queue] = [createMemoryStore(), createMemoryIndex(), createMemoryQueue()];
  let lanes = ["PACS"];
  const jobsFor: JobsFor = () => lanes.map((lane) => newJob({ lane }));
  await using archive = createArchive({ store, index, routing: { queue, jobsFor } });
  await keep(archive);
  lanes = ["PACS", "DISK"];
  assert.equal((await keep(archive, 2)).outcome, "kept-first");
  assert.equal((await states(queue)).length, 1);
  assert.equal((await keep(archive)).outcome, "identical");
  assert.deepEqual((await queue.jobs({}, { limit: 9 })).map(({ lane }) => lane), ["PACS", "DISK"]);
});

Deno.test("what comes again goes where the one leads who sends it now, as what came at that moment", async () => {
  const [store, index, queue] = [createMemoryStore(), createMemoryIndex(), createMemoryQueue()];
  const seen: [string, number][] = [];
  const jobsFor: JobsFor = ({ instance: { sourceAeTitle, receivedAt } }) => {
    seen.push([sourceAeTitle, receivedAt]);
    return [newJob({ lane: sourceAeTitle })];
  };
  await using archive = createArchive({ store, index, routing: { queue, jobsFor } });
  const first = await keep(archive);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const again = await archive.keep({ ...incoming(dataSetOf({}, { seed: 1 })), sourceAeTitle: "RESEARCH" });
  assert.equal(again.outcome, "identical");
  assert.deepEqual(seen.map(([sender]) => sender), ["CT1", "RESEARCH"]);
  assert.ok(seen[1]![1] > seen[0]![1], "it waits for its unit from now on");
  const jobs = await queue.jobs({}, { limit: 9 });
  assert.deepEqual(jobs.map(({ lane }) => lane), ["CT1", "RESEARCH"]);
  // The version is the one that is there.
  assert.deepEqual(new Set(jobs.map(({ receivedAt }) => receivedAt)), new Set([first.instance.receivedAt]));
});

Deno.test("an instance waits until it can be said where it goes, and is refused unread when that fails", async () => {
  const [store, index, queue] = [createMemoryStore(), createMemoryIndex(), createMemoryQueue()];
  let load = Promise.withResolvers<void>();
  let loaded = false;
  const routing: ArchiveRouting = {
    queue,
    ready: () => loaded ? undefined : load.promise,
    get jobsFor() {
      if (!loaded) throw new Error("Cannot say where it goes");
      return toPacs;
    },
  };
  await using archive = createArchive({ store, index, routing });
  let read = 0;
  const dataSet = new ReadableStream({ pull: () => void read++ }, { highWaterMark: 0 });
  const refused = assert.rejects(archive.keep({ ...incoming(dataSetOf()), dataSet }), /Cannot load/);
  load.reject(new Error("Cannot load"));
  await refused;
  assert.deepEqual([read, await Array.fromAsync(store.list()), await states(queue)], [0, [], []]);
  load = Promise.withResolvers();
  const kept = [keep(archive), keep(archive)];
  loaded = true;
  load.resolve();
  assert.deepEqual((await Promise.all(kept)).map(({ outcome }) => outcome).sort(), ["created", "identical"]);
  assert.deepEqual((await states(queue)).map(([state]) => state), ["ready"]);
});

Deno.test("rules are told how an instance came, and an instance that they fail for is refused", async () => {
  const [store, index, queue] = [createMemoryStore(), createMemoryIndex(), createMemoryQueue()];
  let seen: unknown;
  const jobsFor: JobsFor = ({ origin, instance }) => {
    seen = [origin?.calledAeTitle, instance.sourceAeTitle];
    throw new Error("Cannot decide");
  };
  await using archive = createArchive({ store, index, routing: { queue, jobsFor } });
  const origin = { way: "C-STORE", calledAeTitle: "GANTRY" } as const;
  await assert.rejects(archive.keep({ ...incoming(dataSetOf()), origin }), /Cannot decide/);
  assert.deepEqual(seen, ["GANTRY", "CT1"]);
  assert.equal(await index.count(), 0);
});

Deno.test("an instance is refused while the queue can't take more, and kept where no job is for it", async () => {
  const [store, index, queue] = [createMemoryStore(), createMemoryIndex(), createMemoryQueue()];
  const full = Object.assign(Object.create(queue) as JobQueue, {
    prepare() {
      throw new InstanceNotKeptError("Cannot use the queue: database or disk is full", { reason: "out-of-resources" });
    },
  });
  let jobs = [newJob()];
  await using archive = createArchive({ store, index, routing: { queue: full, jobsFor: () => jobs } });
  await assert.rejects(
    keep(archive),
    (error) => error instanceof InstanceNotKeptError && error.reason === "out-of-resources",
  );
  assert.equal(await index.count(), 0);
  jobs = [];
  assert.equal((await keep(archive)).outcome, "created");
});

Deno.test("after a crash the queue learns of jobs from the store's notes, each once", async () => {
  const [store, index, queue] = [createMemoryStore(), createMemoryIndex(), createMemoryQueue()];
  await using archive = createArchive({ store, index });
  const { instance } = await keep(archive);
  const note = encodeNote({ instance, tasks: [], jobs: [newJob()], attributes: undefined });
  const unsettled = [{ name: instance.name, note }];
  // The index has heard of it, and the queue has not.
  await catchUp(store, index, unsettled, () => queue);
  assert.deepEqual(await states(queue), [["ready", instance.serial]]);
  await deliver(queue);
  await catchUp(store, index, unsettled, () => queue);
  assert.deepEqual(await states(queue), [["delivered", instance.serial]]);
  // The note of an earlier version sends nothing again.
  const older = { ...instance, serial: instance.serial - 1 };
  const before = [{
    name: instance.name,
    note: encodeNote({ instance: older, tasks: [], jobs: [newJob()], attributes: undefined }),
  }];
  await catchUp(store, index, before, () => queue);
  assert.deepEqual(await states(queue), [["delivered", instance.serial]]);
});

Deno.test("what has still to be sent survives that the index is made anew, and that it is lost", async () => {
  using folder = temporaryFolder();
  {
    await using files = await openFileArchive(folder.path, { queue: true });
    await using archive = createArchive({ ...files, routing: { queue: files.queue!, jobsFor: toPacs } });
    await keep(archive);
  }
  {
    await using files = await openFileArchive(folder.path, { rebuild: "always" });
    assert.equal(files.rebuilt?.instances, 1);
    assert.deepEqual((await states(files.queue!)).map(([state]) => state), ["ready"]);
    await deliver(files.queue!);
  }
  Deno.removeSync(`${folder.path}/index.sqlite`);
  await using files = await openFileArchive(folder.path, { queue: true });
  await using archive = createArchive({
    ...files,
    onExisting: "replace",
    routing: { queue: files.queue!, jobsFor: toPacs },
  });
  // Serials begin anew with the index: another version is sent all the same.
  await keep(archive, 2);
  assert.deepEqual((await states(files.queue!)).map(([state]) => state), ["ready"]);
});

Deno.test("an archive without routes has no queue, and makes no file for one", async () => {
  using folder = temporaryFolder();
  await using files = await openFileArchive(folder.path);
  assert.equal(files.queue, undefined);
  assert.throws(() => Deno.statSync(`${folder.path}/queue.sqlite`), Deno.errors.NotFound);
});
