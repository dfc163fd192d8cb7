import assert from "node:assert/strict";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import { openSqliteDocuments } from "../../src/documents/sqlite_documents.ts";
import type { DocumentStore, DocumentValue } from "../../src/documents/document_store.ts";

interface Item {
  readonly [name: string]: DocumentValue;
  readonly name: string;
}

const kinds: Readonly<Record<string, (folder: string) => DocumentStore>> = {
  "in memory": createMemoryDocuments,
  "in SQLite": (folder) => openSqliteDocuments(`${folder}/documents.sqlite`),
};

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function keysOf(documents: AsyncIterable<{ readonly key: string }>): Promise<string[]> {
  return (await Array.fromAsync(documents)).map(({ key }) => key);
}

for (const [kind, open] of Object.entries(kinds)) {
  Deno.test(`documents ${kind}: what is put can be had, replaced, counted and deleted, by collections`, () =>
    inFolder(async (folder) => {
      await using store = open(folder);
      const [ones, others] = [store.collection<Item>("ones"), store.collection<Item>("others")];
      assert.equal(await ones.get("a"), undefined);
      await ones.put("a", { name: "one" });
      await ones.put("a", { name: "two", list: [1, null, { deep: true }] });
      await others.put("a", { name: "three" });
      assert.deepEqual(await ones.get("a"), { name: "two", list: [1, null, { deep: true }] });
      assert.deepEqual(await others.get("a"), { name: "three" });
      assert.equal(await ones.count(), 1);
      assert.equal(await ones.delete("a"), true);
      assert.equal(await ones.delete("a"), false);
      assert.equal(await ones.count(), 0);
      assert.equal(await others.count(), 1);
    }));

  Deno.test(`documents ${kind}: what was given or taken out is nobody else's`, () =>
    inFolder(async (folder) => {
      await using store = open(folder);
      const ones = store.collection<{ list: number[] }>("ones");
      const given = { list: [1] };
      await ones.put("a", given);
      given.list.push(2);
      const taken = await ones.get("a");
      taken!.list.push(3);
      assert.deepEqual(await ones.get("a"), { list: [1] });
    }));

  Deno.test(`documents ${kind}: an update sees what is there; throwing leaves it, undefined deletes it`, () =>
    inFolder(async (folder) => {
      await using store = open(folder);
      const counts = store.collection<number>("counts");
      const added = Array.from({ length: 20 }, () => counts.update("a", (count = 0) => count + 1));
      assert.deepEqual(await Promise.all(added), Array.from({ length: 20 }, (_, index) => index + 1));
      const fail = () => {
        throw new RangeError("not so");
      };
      await assert.rejects(counts.update("a", fail), /not so/);
      assert.equal(await counts.get("a"), 20);
      assert.equal(await counts.update("a", () => undefined), undefined);
      assert.equal(await counts.count(), 0);
    }));

  Deno.test(`documents ${kind}: a list goes by the bytes of keys, past many, from where it is asked to`, () =>
    inFolder(async (folder) => {
      await using store = open(folder);
      const numbers = store.collection<number>("numbers");
      const keys = Array.from({ length: 450 }, (_, index) => String(index).padStart(4, "0"));
      for (const key of keys.toReversed()) await numbers.put(key, Number(key));
      assert.deepEqual(await keysOf(numbers.list()), keys);
      assert.deepEqual(await Array.fromAsync(numbers.keys({ after: "0399" })), keys.slice(400));
      assert.deepEqual(await keysOf(numbers.list({ after: "0399" })), keys.slice(400));
      assert.deepEqual(await keysOf(numbers.list({ after: "0399x" })), keys.slice(400));
      const words = store.collection<number>("words");
      for (const key of ["\u{1F600}", "\uFFFD", "é", "z", "Z", ""]) await words.put(key || " ", 0);
      assert.deepEqual(await keysOf(words.list()), [" ", "Z", "z", "é", "\uFFFD", "\u{1F600}"]);
    }));

  Deno.test(`documents ${kind}: any text is a key, whatever a peer has put into it`, () =>
    inFolder(async (folder) => {
      await using store = open(folder);
      const words = store.collection<string>("words");
      const keys = ["", "\0", "\0\0", "a", "a\0", "a\0b", "\ufeffa", "\uFFFD"];
      for (const key of keys) await words.put(key, `of ${key}`);
      assert.deepEqual(await Array.fromAsync(words.list()), keys.map((key) => ({ key, document: `of ${key}` })));
      assert.deepEqual(await keysOf(words.list({ after: "" })), keys.slice(1));
      assert.deepEqual(await keysOf(words.list({ after: "a\0" })), keys.slice(5));
      assert.equal(await words.get("a\0b"), "of a\0b");
      // No UTF-8 has half of a surrogate pair.
      await words.put("\ud800", "half");
      assert.deepEqual([await words.get("\udfff"), await words.get("\uFFFD"), await words.count()], [
        "half",
        "half",
        8,
      ]);
      assert.equal(await words.update("a\0b", () => undefined), undefined);
      assert.deepEqual([await words.delete("\0"), await words.get("\0\0")], [true, "of \0\0"]);
      assert.equal(await words.count(), 6);
    }));

  Deno.test(`documents ${kind}: documents may be deleted while they are listed`, () =>
    inFolder(async (folder) => {
      await using store = open(folder);
      const numbers = store.collection<number>("numbers");
      for (let number = 0; number < 450; number++) await numbers.put(String(number).padStart(4, "0"), number);
      for await (const { key } of numbers.list()) await numbers.delete(key);
      assert.equal(await numbers.count(), 0);
      await numbers.put("0001", 1);
      await numbers.put("0002", 2);
      const listed = numbers.list()[Symbol.asyncIterator]();
      assert.deepEqual((await listed.next()).value, { key: "0001", document: 1 });
      await numbers.delete("0002");
      assert.equal((await listed.next()).done, true);
    }));
}

Deno.test("openSqliteDocuments() finds again what was put", () =>
  inFolder(async (folder) => {
    const path = `${folder}/documents.sqlite`;
    {
      await using store = openSqliteDocuments(path);
      await store.collection<string>("words").put("a", "Ærø");
    }
    await using store = openSqliteDocuments(path, { durable: false });
    assert.equal(await store.collection<string>("words").get("a"), "Ærø");
  }));

Deno.test("openSqliteDocuments() makes its tables in an empty file, and refuses what is none of its own", () =>
  inFolder(async (folder) => {
    const path = `${folder}/documents.sqlite`;
    await Deno.writeFile(path, new Uint8Array());
    await openSqliteDocuments(path)[Symbol.asyncDispose]();
    await Deno.writeTextFile(path, "no database at all, but long enough to be looked at as one".repeat(100));
    assert.throws(() => openSqliteDocuments(path), /^Error: Cannot read the documents .*: file is not a database$/);
    const { DatabaseSync } = await import("node:sqlite");
    const other = new DatabaseSync(`${folder}/other.sqlite`);
    other.exec("create table other (id integer)");
    other.close();
    assert.throws(() => openSqliteDocuments(`${folder}/other.sqlite`), /^Error: Cannot use .*: it holds no documents/);
    const later = new DatabaseSync(`${folder}/later.sqlite`);
    later.exec("create table later (id integer); pragma application_id = 0x47444f43; pragma user_version = 9");
    later.close();
    assert.throws(() => openSqliteDocuments(`${folder}/later.sqlite`), /they have version 9, expected 1/);
  }));

Deno.test("openSqliteDocuments() says which file can't be opened, and why", () =>
  inFolder(async (folder) => {
    const path = `${folder}/documents.sqlite`;
    await using _store = openSqliteDocuments(path);
    const locked = `Cannot open the database ${path}: another process has it open`;
    assert.throws(() => openSqliteDocuments(path), (error: Error) => error.message === locked);
    const nowhere = `${folder}/nowhere/documents.sqlite`;
    assert.throws(() => openSqliteDocuments(nowhere), (error: Error) => {
      return error.message.startsWith(`Cannot open the database ${nowhere}: `);
    });
  }));
