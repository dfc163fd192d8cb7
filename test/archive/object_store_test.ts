/** What holds for every object store. */

import assert from "node:assert/strict";
import { openFileStore } from "../../src/archive/file_store.ts";
import { createMemoryStore } from "../../src/archive/memory_store.ts";
import { checkObjectName, type ObjectStore } from "../../src/archive/object_store.ts";
import { temporaryFolder } from "../support/folders.ts";
import { pattern, put, read } from "./support.ts";

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
  for (const length of [0, 1, 4096, 65_000, 262_143, 262_144, 262_145, 700_001]) {
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
    await pending.commit("a", { onExisting: "replace" });
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
    assert.equal(await pending.commit("a", { onExisting: "replace" }), "created");
    assert.throws(() => pending.write(pattern(1)), TypeError);
    await assert.rejects(pending.commit("b", { onExisting: "replace" }), TypeError);
    await pending.discard();
    assert.deepEqual(await read(store, "a"), pattern(10));
  });

  for (const length of [4096, 400_000]) {
    test(`an existing object of ${length} bytes meets the policy`, async (store) => {
      const [one, other] = [pattern(length, 1), pattern(length, 2)];
      assert.equal(await put(store, "a/b", one), "created");
      assert.equal(await put(store, "a/b", one), "identical");
      assert.equal(await put(store, "a/b", one, { onExisting: "keep-first" }), "identical");
      assert.equal(await put(store, "a/b", other, { onExisting: "keep-first" }), "kept-first");
      assert.deepEqual(await read(store, "a/b"), one);
      assert.equal(await put(store, "a/b", other, { onExisting: "replace" }), "replaced");
      assert.deepEqual(await read(store, "a/b"), other);
      assert.equal(await put(store, "a/b", other.subarray(0, length - 1)), "replaced");
      assert.equal(await put(store, "a/b", new Uint8Array(0)), "replaced");
      assert.deepEqual(await read(store, "a/b"), new Uint8Array(0));
    });
  }

  test("a difference in the last byte counts", async (store) => {
    const bytes = pattern(600_000);
    await put(store, "a", bytes);
    const other = bytes.slice();
    other[other.length - 1]! ^= 1;
    assert.equal(await put(store, "a", other, { onExisting: "keep-first" }), "kept-first");
  });

  test("only the compared content counts, wherever it begins", async (store) => {
    const content = pattern(300_000);
    const withHead = (head: string) => new Uint8Array([head.length, ...new TextEncoder().encode(head), ...content]);
    const compared = (head: string) => ({
      start: head.length + 1,
      startInExisting: (first: Uint8Array) => first[0]! + 1,
    });
    await put(store, "a", withHead("short"));
    assert.equal(await put(store, "a", withHead("much longer"), { compared: compared("much longer") }), "identical");
    assert.deepEqual(await read(store, "a"), withHead("short"));
    const different = { start: 6, startInExisting: () => undefined };
    assert.equal(await put(store, "a", withHead("other"), { compared: different }), "replaced");
    assert.deepEqual(await read(store, "a"), withHead("other"));
  });

  for (const onExisting of ["replace", "keep-first"] as const) {
    test(`commits of one name at the same time never mix (${onExisting})`, async (store) => {
      const candidates = Array.from({ length: 12 }, (_, seed) => pattern(seed % 3 === 0 ? 500_000 : 5000, seed + 1));
      const outcomes = await Promise.all(candidates.map((bytes) => put(store, "a/b", bytes, { onExisting })));
      assert.equal(outcomes.filter((outcome) => outcome === "created").length, 1);
      const winner = await read(store, "a/b");
      const index = candidates.findIndex((bytes) => bytes.length === winner!.length && bytes[0] === winner![0]);
      assert.deepEqual(winner, candidates[index]);
      if (onExisting === "keep-first") assert.equal(outcomes[index], "created");
      else assert.ok(outcomes.every((outcome) => outcome === "created" || outcome === "replaced"));
    });
  }

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
      assert.throws(() => checkObjectName(name), /^TypeError: Cannot name an object /);
    }
  });
}

Deno.test("memory store: refuses what is above its limit, and has room again after a discard", async () => {
  await using store = createMemoryStore({ maximumBytes: 1000 });
  const pending = store.create();
  pending.write(pattern(600));
  const second = store.create();
  assert.throws(() => second.write(pattern(401)), { name: "InstanceNotKeptError", reason: "out-of-resources" });
  await pending.discard();
  second.write(pattern(401));
  assert.equal(await second.commit("a", { onExisting: "replace" }), "created");
  await put(store, "a", pattern(500, 2));
  assert.equal((await store.check()).freeBytes, 500);
  await put(store, "a", pattern(500, 3), { onExisting: "keep-first" });
  assert.equal((await store.check()).freeBytes, 500);
  await put(store, "b", pattern(500));
  assert.equal((await store.check()).writable, false);
});
