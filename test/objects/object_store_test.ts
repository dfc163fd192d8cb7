/** What holds for every object store. */

import assert from "node:assert/strict";
import { openFileStore } from "../../src/objects/file_store.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { checkObjectName, type ObjectStore } from "../../src/objects/object_store.ts";
import { temporaryFolder } from "../support/folders.ts";
import { collect, listed, pattern, put, read } from "../archive/support.ts";

const JOURNAL = { journalLength: 256 * 1024 };

const STORES: Readonly<Record<string, (folder: string) => Promise<ObjectStore> | ObjectStore>> = {
  "memory store": () => createMemoryStore(),
  "file store": (folder) => openFileStore(folder, { durable: false }),
  "durable file store": (folder) => openFileStore(folder, JOURNAL),
};

for (const [kind, open] of Object.entries(STORES)) {
  const test = (what: string, body: (store: ObjectStore) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      using folder = temporaryFolder();
      await using store = await open(folder.path);
      await body(store);
    });

  // Around the lengths where it is buffered, written through, and no longer journaled.
  for (const length of [0, 1, 4096, 65_000, 262_143, 262_144, 262_145, 700_001, 1_048_576, 2_500_001]) {
    test(`an object of ${length} bytes comes back as it was written`, async (store) => {
      for (const pieceLength of [1000, 32 * 1024, 300_000]) {
        const bytes = pattern(length, pieceLength);
        await put(store, `a/b/${pieceLength}`, bytes, { pieceLength });
        assert.deepEqual(await read(store, `a/b/${pieceLength}`), bytes);
        assert.equal((await store.get(`a/b/${pieceLength}`))?.size, length);
      }
    });
  }

  test("the caller may reuse its bytes after write()", async (store) => {
    const chunk = pattern(100);
    const pending = store.create();
    await pending.write(chunk);
    chunk.fill(0);
    await pending.commit("a");
    assert.deepEqual(await read(store, "a"), pattern(100));
  });

  test("nobody sees an object before its commit", async (store) => {
    const pending = store.create();
    await pending.write(pattern(300_000));
    assert.equal(await store.get("a"), undefined);
    await pending.discard();
    await pending.discard();
    assert.equal(await store.get("a"), undefined);
  });

  test("a pending object ends once", async (store) => {
    const pending = store.create();
    await pending.write(pattern(10));
    await pending.commit("a");
    assert.throws(() => pending.write(pattern(1)), TypeError);
    await assert.rejects(pending.commit("b"), TypeError);
    await pending.discard();
    assert.deepEqual(await read(store, "a"), pattern(10));
  });

  for (const length of [0, 4096, 400_000]) {
    test(`a commit of ${length} bytes takes the place of what stands there`, async (store) => {
      for (const [seed, bytes] of [pattern(4096, 1), pattern(400_000, 2), pattern(length, 3)].entries()) {
        await put(store, "a/b", bytes);
        assert.deepEqual(await read(store, "a/b"), bytes, `${seed}`);
      }
      assert.equal((await listed(store)).length, 1);
    });

    test(`what was written of ${length} bytes can be read before it is committed`, async (store) => {
      const pending = store.create();
      await pending.write(pattern(length));
      for (const start of [0, 1000, length]) {
        assert.deepEqual(await collect(pending.read(start)), pattern(length).subarray(start));
      }
      for await (const _ of pending.read(0)) break;
      pending.read(0);
      await pending.commit("a");
      assert.deepEqual(await read(store, "a"), pattern(length));
    });
  }

  test("commits of one name at the same time never mix", async (store) => {
    const candidates = Array.from({ length: 12 }, (_, seed) => pattern(seed % 3 === 0 ? 500_000 : 5000, seed + 1));
    await Promise.all(candidates.map((bytes) => put(store, "a/b", bytes)));
    const winner = await read(store, "a/b");
    const index = candidates.findIndex((bytes) => bytes.length === winner!.length && bytes[0] === winner![0]);
    assert.deepEqual(winner, candidates[index]);
  });

  test("a commit calls whenInPlace when the object is there, and throws what it throws", async (store) => {
    for (const length of [10, 400_000]) {
      let there: number | undefined;
      await put(store, "a", pattern(length), {
        note: "{}",
        whenInPlace: async () => void (there = (await store.get("a"))?.size),
      });
      assert.equal(there, length);
      const failure = new Error("the account is closed");
      await assert.rejects(put(store, "a", pattern(length), { whenInPlace: () => Promise.reject(failure) }), failure);
    }
    await put(store, "b", pattern(10));
  });

  test("get() gives any range of an object", async (store) => {
    await put(store, "a", pattern(600_000));
    const ranges = [{}, { start: 599_999 }, { start: 262_140, end: 262_150 }, { end: 3 }, { start: 700_000 }];
    for (const range of [...ranges, { start: 5, end: 700_000 }, { start: 5, end: 4 }]) {
      const found = await store.get("a", range);
      assert.equal(found?.size, 600_000);
      assert.deepEqual(await collect(found.read()), pattern(600_000).slice(range.start ?? 0, range.end ?? 600_000));
    }
  });

  test("list() finds all objects whose names begin so", async (store) => {
    const names = ["1.2/3/a.dcm", "1.2/3/b.dcm", "1.2/33/c.dcm", "1.20/3/d.dcm", "top"];
    const begun = Date.now();
    for (const [length, name] of names.entries()) await put(store, name, pattern(length));
    const found = async (prefix?: string) => (await listed(store, prefix)).map(({ name }) => name);
    assert.deepEqual(await found(), names);
    assert.deepEqual(await found("1.2"), names.slice(0, 4));
    assert.deepEqual(await found("1.2/"), names.slice(0, 3));
    assert.deepEqual(await found("1.2/3"), names.slice(0, 3));
    assert.deepEqual(await found("1.2/3/b"), ["1.2/3/b.dcm"]);
    assert.deepEqual(await found("1.2/3/b.dcm"), ["1.2/3/b.dcm"]);
    assert.deepEqual(await found("top"), ["top"]);
    assert.deepEqual([...await found("nothing"), ...await found("top/a"), ...await found("1.2/3/b.dcm/")], []);
    for (const { size, name, writtenAt } of await listed(store)) {
      assert.equal(size, names.indexOf(name));
      assert.ok(writtenAt > begun - 1000 && writtenAt < Date.now() + 1000);
    }
    for await (const _object of store.list()) break;
  });

  test("delete() removes an object, and nothing when there is none", async (store) => {
    for (const length of [4096, 400_000]) {
      await put(store, "a/b", pattern(length));
      await put(store, "a/c", pattern(length));
      await store.delete("a/b");
      await store.delete("a/b");
      assert.equal(await store.get("a/b"), undefined);
      await store.persist("a/c");
      assert.deepEqual(await read(store, "a/c"), pattern(length));
      await put(store, "a/b", pattern(length, 2));
      assert.deepEqual(await read(store, "a/b"), pattern(length, 2));
    }
  });

  test("get() knows no name that was not committed", async (store) => {
    assert.equal(await store.get("no/such"), undefined);
  });

  test("check() says that there is room", async (store) => {
    const { writable, freeBytes } = await store.check();
    assert.equal(writable, true);
    assert.ok(freeBytes === undefined || freeBytes > 0);
  });

  const hostile = ["", ".", "..", "../a", "a/../b", "/a", "a/", "a//b", "a/.hidden", "a\0b", "a\\b", "c:a", "é", "a b"];
  test("refuses names that could lead elsewhere", async (store) => {
    for (const name of [...hostile, "a".repeat(129), "a/".repeat(8) + "a"]) {
      await assert.rejects(put(store, name, pattern(10)), TypeError, name);
      await assert.rejects(store.get(name), TypeError, name);
      await assert.rejects(store.delete(name), TypeError, name);
      assert.throws(() => checkObjectName(name), /^TypeError: Cannot name an object /);
    }
  });
}

Deno.test("memory store: refuses what is above its limit, and has room again after a discard", async () => {
  await using store = createMemoryStore({ maxBytes: 1000 });
  const pending = store.create();
  pending.write(pattern(600));
  const second = store.create();
  assert.throws(() => second.write(pattern(401)), { name: "InstanceNotKeptError", reason: "out-of-resources" });
  await pending.discard();
  second.write(pattern(401));
  await second.commit("a");
  await put(store, "a", pattern(500, 2));
  assert.equal((await store.check()).freeBytes, 500);
  await store.delete("a");
  assert.equal((await store.check()).freeBytes, 1000);
  await put(store, "a", pattern(500, 3));
  await put(store, "b", pattern(500));
  assert.equal((await store.check()).writable, false);
});
