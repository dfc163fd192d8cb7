/** What is superfluous goes, and what can't be removed is tried again. */

import assert from "node:assert/strict";
import { createArchive } from "../../src/archive/archive.ts";
import { sweep, Sweeper, sweepTask } from "../../src/archive/sweep.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { KeyedMutex } from "../../src/scheduling/keyed_mutex.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { dataSetOf, incoming } from "./instances.ts";
import { listed, put } from "./support.ts";

/** A store in memory that can't remove some objects. */
function stubborn(): { readonly store: ObjectStore; readonly stuck: Set<string> } {
  const memory = createMemoryStore();
  const stuck = new Set<string>();
  const remove = (name: string) =>
    stuck.has(name) ? Promise.reject(new Error(`Cannot remove ${name}`)) : memory.delete(name);
  return { store: { ...memory, delete: remove }, stuck };
}

const names = async (store: ObjectStore) => (await listed(store)).map(({ name }) => name);

Deno.test("sweep() removes the rest where some objects can't be removed, and says what was the matter", async () => {
  const { store, stuck } = stubborn();
  const index = createMemoryIndex();
  for (let number = 0; number < 250; number++) {
    const name = `1.2/1.2.3/1.2.3.${number}.dcm`;
    await put(store, name, new Uint8Array(2));
    index.delete(`1.2.3.${number}`, [sweepTask(name)]);
    if (number < 120) stuck.add(name);
  }
  await assert.rejects(sweep(store, index, new KeyedMutex()), /^Error: Cannot remove /);
  assert.deepEqual(new Set(await names(store)), stuck);
  assert.equal((await index.tasks("sweep", 1000)).length, 120);
  stuck.clear();
  await sweep(store, index, new KeyedMutex());
  assert.deepEqual([await names(store), (await index.tasks("sweep", 1000)).length], [[], 0]);
});

Deno.test("a Sweeper tries again after pauses that grow up to an hour, until all is removed", async () => {
  using time = new FakeTime();
  let [fails, sweeps] = [true, 0];
  const errors: unknown[] = [];
  await using sweeper = new Sweeper(() => {
    sweeps++;
    return fails ? Promise.reject(new Error("Cannot remove it")) : Promise.resolve();
  }, (error) => void errors.push(error));
  await assert.rejects(sweeper.run(), /Cannot remove it/);
  for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]) {
    const before = sweeps;
    await time.advance(seconds * 1000 - 1);
    assert.equal(sweeps, before, `${seconds} s`);
    await time.advance(1);
    assert.equal(sweeps, before + 1, `${seconds} s`);
  }
  assert.equal(errors.length, 15);
  fails = false;
  await sweeper.run();
  assert.equal(time.pending, 0, "nothing is left to be tried");
  fails = true;
  await assert.rejects(sweeper.run());
  await time.advance(1000);
  assert.equal(sweeps, 18, "the pauses begin anew");
});

Deno.test("a Sweeper that was disposed of tries nothing more", async () => {
  using time = new FakeTime();
  let sweeps = 0;
  const sweeper = new Sweeper(() => {
    sweeps++;
    return Promise.reject(new Error("Cannot remove it"));
  }, () => {});
  await assert.rejects(sweeper.run());
  await sweeper[Symbol.asyncDispose]();
  await time.advance(10_000);
  assert.deepEqual([sweeps, time.pending], [1, 0]);
});

Deno.test("an archive removes by itself what could not be removed when an instance moved, or before its last end", async () => {
  using time = new FakeTime();
  const { store, stuck } = stubborn();
  const index = createMemoryIndex();
  const [first, second] = ["1.2.3/1.2.3.1/1.2.3.4.dcm", "1.2.3/1.2.3.2/1.2.3.4.dcm"];
  stuck.add(first);
  const errors: string[] = [];
  const onError = (error: unknown) => void errors.push((error as Error).message);
  {
    await using archive = createArchive({ store, index, onExisting: "replace", onError });
    await archive.keep(incoming(dataSetOf({ series: "1.2.3.1" }, { seed: 1 })));
    await archive.keep(incoming(dataSetOf({ series: "1.2.3.2" }, { seed: 2 })));
    await time.advance(1000);
    assert.deepEqual(errors, [`Cannot remove ${first}`, `Cannot remove ${first}`]);
    assert.deepEqual(await names(store), [first, second]);
  }
  stuck.clear();
  await using _archive = createArchive({ store, index, onError });
  await settle();
  assert.deepEqual([await names(store), errors.length], [[second], 2]);
});
