/** One SOP Instance UID is one instance, whatever comes when, and store and index say the same. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { type Archive, type ArchiveOptions, createArchive } from "../../src/archive/archive.ts";
import { auditIndex, type Difference } from "../../src/archive/audit.ts";
import type { ArchiveEvent, KeptInstance } from "../../src/archive/events.ts";
import { openFileArchive } from "../../src/archive/file_archive.ts";
import { InstanceNotKeptError } from "../../src/errors.ts";
import type { InstanceIndex } from "../../src/index/instance_index.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { temporaryFolder } from "../support/folders.ts";
import { dataSetOf, incoming } from "./instances.ts";
import { collect, listed } from "./support.ts";

/** An archive in memory, and what it is over. */
function inMemory(options: Partial<ArchiveOptions> = {}) {
  const [store, index] = [createMemoryStore(), createMemoryIndex()];
  const events: ArchiveEvent[] = [];
  const archive = createArchive({ store, index, observers: [(event) => void events.push(event)], ...options });
  return { store, index, archive, kept: () => events.map(({ kept }) => kept) };
}

async function differences(store: ObjectStore, index: InstanceIndex): Promise<Difference[]> {
  const found: Difference[] = [];
  await auditIndex(store, index, { onDifference: (difference) => void found.push(difference) });
  return found;
}

function keep(archive: Archive, series: string, seed: number, sourceAeTitle = "CT1"): Promise<KeptInstance> {
  return archive.keep(incoming(dataSetOf({ series }, { seed }), { sourceAeTitle }));
}

Deno.test("the first instance of a SOP Instance UID is kept, in whatever series and study another one comes", async () => {
  const { archive, store, index, kept } = inMemory();
  const first = await keep(archive, "1.2.3.1", 1);
  const other = await keep(archive, "1.2.3.2", 2, "CT2");
  assert.deepEqual([other.outcome, other.name], ["kept-first", first.name]);
  assert.deepEqual([other.existing?.sourceAeTitle, other.instance.sourceAeTitle], ["CT1", "CT2"]);
  const study = await archive.keep(incoming(dataSetOf({ study: "1.9" }, { seed: 1 })));
  assert.equal(study.outcome, "kept-first");
  assert.equal((await keep(archive, "1.2.3.1", 1)).outcome, "identical");
  assert.deepEqual((await listed(store)).map(({ name }) => name), [first.name]);
  assert.equal(await index.count(), 1);
  assert.deepEqual(kept().map(({ outcome }) => outcome), ["created", "kept-first", "kept-first", "identical"]);
});

Deno.test("a replaced instance may move to another series, and back: one object is left of it", async () => {
  const { archive, store, index } = inMemory({ onExisting: "replace" });
  for (const [seed, series] of ["1.2.3.1", "1.2.3.2", "1.2.3.1", "1.2.3.1", "1.2.3.2"].entries()) {
    const { outcome, name } = await keep(archive, series, seed);
    assert.equal(outcome, seed === 0 ? "created" : "replaced");
    await archive[Symbol.asyncDispose]();
    assert.deepEqual((await listed(store)).map(({ name }) => name), [name]);
    assert.equal((await archive.find("1.2.3.4"))?.seriesInstanceUid, series);
  }
  assert.deepEqual(await differences(store, index), []);
  assert.deepEqual(await index.tasks("sweep", 10), []);
});

Deno.test("the index says who an instance is, where, how long, when and from whom it came", async () => {
  const { archive } = inMemory({ now: () => 1_700_000_000_000 });
  const dataSet = dataSetOf();
  const { name } = await archive.keep(incoming(dataSet));
  const { dataSetOffset, serial, ...found } = (await archive.find("1.2.3.4"))!;
  assert.deepEqual(found, {
    patientId: "",
    studyInstanceUid: "1.2.3",
    seriesInstanceUid: "1.2.3.1",
    sopInstanceUid: "1.2.3.4",
    sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
    transferSyntax: "1.2.840.10008.1.2.1",
    name,
    size: dataSetOffset + dataSet.length,
    receivedAt: 1_700_000_000_000,
    sourceAeTitle: "CT1",
  });
  assert.ok(serial > 0);
});

Deno.test("instances of one SOP Instance UID that come at once take turns", async () => {
  for (const onExisting of ["keep-first", "replace"] as const) {
    const { archive, store, index } = inMemory({ onExisting });
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, number) => keep(archive, `1.2.3.${number % 3}`, number % 5)),
    );
    assert.equal(outcomes.filter(({ outcome }) => outcome === "created").length, 1);
    await archive[Symbol.asyncDispose]();
    assert.equal((await listed(store)).length, 1);
    assert.deepEqual(await differences(store, index), []);
  }
});

Deno.test("an object that has gone, or has another length than it had, is no reason to refuse an instance", async () => {
  const { archive, store } = inMemory();
  const { name } = await keep(archive, "1.2.3.1", 1);
  await store.delete(name);
  assert.equal((await keep(archive, "1.2.3.1", 2)).outcome, "created");
  const pending = store.create();
  await pending.write(new Uint8Array(10));
  await pending.commit(name);
  assert.equal((await keep(archive, "1.2.3.1", 2)).outcome, "replaced");
  assert.equal((await keep(archive, "1.2.3.1", 2)).outcome, "identical");
});

Deno.test("a file that the index doesn't know is never overwritten unseen, but what is no DICOM", async () => {
  const store = createMemoryStore();
  const before = await keep(createArchive({ store }), "1.2.3.1", 1, "CT1");
  for (const seed of [2, 1]) {
    const index = createMemoryIndex();
    const { outcome, existing } = await keep(createArchive({ store, index }), "1.2.3.1", seed, "CT2");
    assert.equal(outcome, seed === 1 ? "identical" : "kept-first");
    assert.equal(existing?.sourceAeTitle, "CT1");
    assert.deepEqual(await differences(store, index), []);
  }
  const pending = store.create();
  await pending.write(new Uint8Array(10));
  await pending.commit(before.name);
  assert.equal((await keep(createArchive({ store }), "1.2.3.1", 2)).outcome, "created");
});

Deno.test("tasks are recorded with the instances that are new, and only with these", async () => {
  const { archive, index } = inMemory({
    onExisting: "replace",
    tasksFor: ({ sopInstanceUid }, outcome) => [{ kind: "route", detail: `${sopInstanceUid} ${outcome}` }],
  });
  for (const seed of [1, 1, 2]) await keep(archive, "1.2.3.1", seed);
  const tasks = await index.tasks("route", 10);
  assert.deepEqual(tasks.map(({ detail }) => detail), ["1.2.3.4 created", "1.2.3.4 replaced"]);
  for (const task of tasks) await index.finish(task);
  assert.deepEqual(await index.tasks("route", 10), []);
});

Deno.test("an index that can't be used refuses instances before anything of them is there", async () => {
  const failure = new InstanceNotKeptError("Cannot use the index: disk full", { reason: "out-of-resources" });
  const { archive, store } = inMemory({ index: { ...createMemoryIndex(), find: () => Promise.reject(failure) } });
  await assert.rejects(keep(archive, "1.2.3.1", 1), failure);
  assert.deepEqual(await listed(store), []);
});

interface Step {
  readonly instance: number;
  readonly series: number;
  readonly seed: number;
  readonly onExisting: "keep-first" | "replace";
  readonly do: "keep" | "keep" | "together" | "reopen";
}

const step: fc.Arbitrary<Step> = fc.record({
  instance: fc.nat(3),
  series: fc.nat(2),
  seed: fc.nat(2),
  onExisting: fc.constantFrom("keep-first", "replace"),
  do: fc.constantFrom("keep", "keep", "together", "reopen"),
});

Deno.test("any sequence of instances leaves what a model of it has, in store and index, on every start", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      using folder = temporaryFolder();
      /** Series and content by instance. */
      const model = new Map<number, string>();
      const open = () => openFileArchive(folder.path, { durable: false, journalLength: 64 * 1024 });
      let opened = await open();
      try {
        for (const { instance, series, seed, onExisting, ...rest } of steps) {
          if (rest.do === "reopen") {
            await opened[Symbol.asyncDispose]();
            opened = await open();
          }
          const archive = createArchive({ ...opened, onExisting });
          const sopInstanceUid = `1.2.3.4.${instance}`;
          const send = () => {
            const dataSet = dataSetOf({ sopInstance: sopInstanceUid, series: `1.2.3.${series}` }, { seed });
            return archive.keep(incoming(dataSet, { sopInstanceUid }));
          };
          const [{ outcome }] = await Promise.all(rest.do === "together" ? [send(), send()] : [send()]);
          await archive[Symbol.asyncDispose]();
          const [was, is] = [model.get(instance), `${series} ${seed}`];
          const isKept = was === undefined || onExisting === "replace";
          assert.equal(
            outcome,
            was === undefined ? "created" : was === is ? "identical" : isKept ? "replaced" : "kept-first",
          );
          if (isKept) model.set(instance, is);
        }
        const found = new Map<number, string>();
        for await (const { sopInstanceUid, seriesInstanceUid, name, dataSetOffset } of opened.index.list()) {
          const stored = (await opened.store.get(name, { start: dataSetOffset }))!;
          const bytes = await collect(stored.read());
          const uids = { sopInstance: sopInstanceUid, series: seriesInstanceUid };
          const seed = [0, 1, 2].find((seed) => `${dataSetOf(uids, { seed })}` === `${bytes}`);
          found.set(Number(sopInstanceUid.slice(8)), `${seriesInstanceUid.slice(6)} ${seed}`);
        }
        assert.deepEqual(found, model);
        assert.deepEqual(await differences(opened.store, opened.index), []);
        assert.equal((await listed(opened.store)).length, model.size);
      } finally {
        await opened[Symbol.asyncDispose]();
      }
    }),
    { seed: 42, numRuns: 40, endOnFailure: true },
  );
});
