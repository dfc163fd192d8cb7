/** Instances leave index and store, both or neither, whenever the process ends. */

import assert from "node:assert/strict";
import { type Archive, createArchive } from "../../src/archive/archive.ts";
import { auditIndex } from "../../src/archive/audit.ts";
import { openFileArchive } from "../../src/archive/file_archive.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { temporaryFolder } from "../support/folders.ts";
import { dataSetOf, incoming } from "./instances.ts";
import { copyOfOpen, listed } from "./support.ts";

function keep(archive: Archive, sopInstance: string, { seed = 1, series = "1.2.3.1", pixels = 64 } = {}) {
  return archive.keep(incoming(dataSetOf({ sopInstance, series }, { seed, pixels }), { sopInstanceUid: sopInstance }));
}

const uidsOf = (instances: readonly { readonly sopInstanceUid: string }[]) =>
  instances.map(({ sopInstanceUid }) => sopInstanceUid);

Deno.test("delete() takes instances out of index and store, and says which there were", async () => {
  const [store, index] = [createMemoryStore(), createMemoryIndex()];
  await using archive = createArchive({ store, index });
  for (const uid of ["1.2.3.4", "1.2.3.5", "1.2.3.6"]) await keep(archive, uid);
  assert.deepEqual(uidsOf(await archive.delete(["1.2.3.4", "1.2.3.9", "1.2.3.6", "1.2.3.4"])), ["1.2.3.4", "1.2.3.6"]);
  assert.deepEqual((await listed(store)).map(({ name }) => name), ["1.2.3/1.2.3.1/1.2.3.5.dcm"]);
  assert.deepEqual([await archive.find("1.2.3.4"), index.count()], [undefined, 1]);
  assert.deepEqual(await archive.delete([]), []);
  assert.equal((await keep(archive, "1.2.3.4")).outcome, "created");
});

Deno.test("an instance that comes while it is deleted is there as a whole, or not at all", async () => {
  for (const again of [{ seed: 1 }, { seed: 2 }, { seed: 2, series: "1.2.3.2" }]) {
    const [store, index] = [createMemoryStore(), createMemoryIndex()];
    await using archive = createArchive({ store, index, onExisting: "replace" });
    await keep(archive, "1.2.3.4");
    const [deleted, kept] = await Promise.all([archive.delete(["1.2.3.4"]), keep(archive, "1.2.3.4", again)]);
    assert.equal(deleted.length, 1);
    const { differences } = await auditIndex(store, index, { onDifference: () => {} });
    assert.equal(differences, 0);
    // What was acknowledged after it was deleted stays.
    assert.equal((await archive.find("1.2.3.4"))?.name, kept.name);
  }
});

Deno.test("an object that can't be removed is told, and its instance is gone all the same", async () => {
  const memory = createMemoryStore();
  let fails = true;
  const store: ObjectStore = {
    ...memory,
    delete: (name) => fails ? Promise.reject(new Error("Cannot remove it")) : memory.delete(name),
  };
  await using archive = createArchive({ store });
  await keep(archive, "1.2.3.4");
  await assert.rejects(archive.delete(["1.2.3.4"]), /Cannot remove it/);
  assert.equal(await archive.find("1.2.3.4"), undefined);
  fails = false;
  await keep(archive, "1.2.3.5");
  await archive.delete(["1.2.3.5"]);
  assert.deepEqual(await listed(memory), []);
});

Deno.test("delete() is no failure because of an object that something else has left", async () => {
  const memory = createMemoryStore();
  const store: ObjectStore = {
    ...memory,
    delete: (name) => name === "old" ? Promise.reject(new Error("Cannot remove it")) : memory.delete(name),
  };
  const index = createMemoryIndex();
  index.delete("1.2.3.9", [{ kind: "sweep", detail: "old" }]);
  const errors: unknown[] = [];
  await using archive = createArchive({ store, index, onError: (error) => void errors.push(error) });
  await keep(archive, "1.2.3.4");
  assert.equal((await archive.delete(["1.2.3.4"])).length, 1);
  assert.deepEqual([await listed(memory), errors.length > 0], [[], true]);
});

for (const durable of [true, false]) {
  Deno.test(`${durable ? "durable archive" : "archive"}: whenever the process ends, a deleted instance is there with its file or gone`, async () => {
    using folder = temporaryFolder();
    const data = `${folder.path}/data`;
    const options = { durable, journalLength: 1024 * 1024 };
    const copies: string[] = [];
    const take = (moment: string) => {
      const copy = `${folder.path}/${copies.length} ${moment}`;
      copyOfOpen(data, copy);
      copies.push(copy);
    };
    const UIDS = ["1.2.3.4", "1.2.3.5", "1.2.3.6"];
    {
      await using opened = await openFileArchive(data, options);
      const { index } = opened;
      const store: ObjectStore = Object.assign(Object.create(opened.store), {
        create: () => opened.store.create(),
        get: opened.store.get.bind(opened.store),
        persist: opened.store.persist.bind(opened.store),
        async delete(name: string) {
          take("before an object is removed");
          await opened.store.delete(name);
          take("after an object was removed");
        },
      });
      await using archive = createArchive({ store, index });
      // One of them is too large for the journal.
      for (const [at, uid] of UIDS.entries()) await keep(archive, uid, { pixels: at === 1 ? 400_000 : 64 });
      const remove = index.delete.bind(index);
      index.delete = (...parameters) => {
        take("before one is taken out");
        return remove(...parameters);
      };
      const sync = index.sync.bind(index);
      index.sync = async () => {
        take("before the index is flushed");
        await sync();
        take("after the index was flushed");
      };
      await archive.delete(UIDS.slice(0, 2));
      take("after all was deleted");
    }
    assert.ok(copies.length >= 8, `${copies.length}`);
    for (const copy of copies) {
      await using again = await openFileArchive(copy, { ...options, rebuild: "refuse" });
      const { differences } = await auditIndex(again.store, again.index, {
        onDifference: (difference) => assert.fail(`${copy}: ${JSON.stringify(difference)}`),
      });
      assert.equal(differences, 0, copy);
      assert.ok(await again.index.find("1.2.3.6") !== undefined, copy);
      assert.equal((await again.index.tasks("sweep", 10)).length, 0, copy);
      const left = (await Promise.all(UIDS.map((uid) => again.index.find(uid)))).filter((found) => found !== undefined);
      if (copy.endsWith("after all was deleted")) assert.equal(left.length, 1);
      if (copy.endsWith("before one is taken out")) assert.equal(left.length, 3);
    }
  });
}
