/** What only the file store has: files, their folder, and what can happen to them. */

import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { openFileStore } from "../../src/objects/file_store.ts";
import { PendingFile } from "../../src/objects/file_store/pending_file.ts";
import type { TemporaryFile } from "../../src/objects/file_store/temporary_file.ts";
import { DiskReserve } from "../../src/objects/file_store/disk_reserve.ts";
import { InstanceNotKeptError } from "../../src/errors.ts";
import { concatenate } from "../../src/streams/concatenate.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { run } from "../support/process.ts";
import { collect, listed, pattern, put, read } from "../archive/support.ts";

const JOURNAL = { journalLength: 256 * 1024 };

/** Small enough for the journal, and too large for it. */
const LENGTHS = [4096, 200_000];

for (const durable of [true, false]) {
  const test = (what: string, body: (folder: string) => Promise<void>) =>
    Deno.test(`${durable ? "durable file store" : "file store"}: ${what}`, async () => {
      using folder = temporaryFolder();
      await body(`${folder.path}/data`);
    });
  const open = (folder: string) => openFileStore(folder, { durable, ...JOURNAL });

  test("objects are files under their names, and are there for the next one who opens it", async (folder) => {
    {
      await using store = await open(folder);
      for (const length of LENGTHS) await put(store, `1.2/3.4/${length}.dcm`, pattern(length));
    }
    for (const length of LENGTHS) {
      assert.deepEqual(Deno.readFileSync(`${folder}/instances/1.2/3.4/${length}.dcm`), pattern(length));
    }
    await using store = await open(folder);
    for (const length of LENGTHS) assert.deepEqual(await read(store, `1.2/3.4/${length}.dcm`), pattern(length));
  });

  test("leaves nothing in incoming/, whatever became of the objects", async (folder) => {
    await using store = await open(folder);
    for (const length of [...LENGTHS, 300_000]) {
      await put(store, "a/b", pattern(length));
      await put(store, "a/b", pattern(length));
      await put(store, "a/b", pattern(length, 2));
      const pending = store.create();
      await pending.write(pattern(length));
      await pending.discard();
      await assert.rejects(put(store, "../b", pattern(length)), TypeError);
    }
    await store.check();
    assert.deepEqual(filesBelow(`${folder}/incoming`), []);
    assert.deepEqual(filesBelow(`${folder}/instances`), ["a/b"]);
  });

  test("start-up removes what was left in incoming/", async (folder) => {
    Deno.mkdirSync(`${folder}/incoming`, { recursive: true });
    Deno.writeFileSync(`${folder}/incoming/1.part`, pattern(100));
    await using store = await open(folder);
    assert.deepEqual(filesBelow(`${folder}/incoming`), []);
    await put(store, "a", pattern(10));
  });

  test("a folder is open once at a time", async (folder) => {
    {
      await using _store = await open(folder);
      await assert.rejects(
        open(folder),
        /^FolderInUseError: Cannot open the archive: it is open by another process, which holds /,
      );
    }
    await using _store = await open(folder);
  });

  test("a vanished study folder is made again", async (folder) => {
    await using store = await open(folder);
    for (const length of LENGTHS) {
      await put(store, "study/series/1", pattern(length));
      Deno.removeSync(`${folder}/instances/study`, { recursive: true });
      await put(store, "study/series/1", pattern(length));
      assert.deepEqual(await read(store, "study/series/1"), pattern(length));
    }
  });

  test("goes on when the whole folder vanished", async (folder) => {
    await using store = await open(folder);
    await put(store, "a", pattern(4096));
    for (const length of LENGTHS) {
      for (const part of Deno.readDirSync(folder)) {
        if (part.isDirectory) Deno.removeSync(`${folder}/${part.name}`, { recursive: true });
      }
      await put(store, "a", pattern(length));
      assert.deepEqual(await read(store, "a"), pattern(length));
    }
    if (durable) assert.deepEqual(filesBelow(`${folder}/journal`), ["1", "2"]);
  });

  test("says why an object can't be kept, and goes on when the cause is gone", async (folder) => {
    await using store = await open(folder);
    for (const part of ["incoming", "instances"]) {
      Deno.renameSync(`${folder}/${part}`, `${folder}/away`);
      Deno.writeTextFileSync(`${folder}/${part}`, "in the way");
      for (const length of LENGTHS) {
        await assert.rejects(put(store, "a/b", pattern(length)), (error) => {
          assert.ok(error instanceof InstanceNotKeptError);
          assert.equal(error.reason, "out-of-resources");
          assert.match(error.message, /^Cannot write to the archive: .* \(ENOTDIR|EEXIST\)$/);
          assert.ok(!error.message.includes(folder));
          return true;
        });
      }
      if (part === "incoming") {
        const { writable, problem } = await store.check();
        assert.deepEqual({ writable, problem }, {
          writable: false,
          problem: "a file stands where a folder is expected (ENOTDIR)",
        });
      } else assert.deepEqual(filesBelow(`${folder}/incoming`), []);
      Deno.removeSync(`${folder}/${part}`);
      Deno.renameSync(`${folder}/away`, `${folder}/${part}`);
      for (const length of LENGTHS) await put(store, `${part}/${length}`, pattern(length));
    }
  });

  Deno.test({
    name: `${durable ? "durable file store" : "file store"}: refuses objects while its folder is read-only`,
    ignore: Deno.uid() === 0 || Deno.build.os === "windows",
    fn: async () => {
      using folder = temporaryFolder();
      await using store = await open(folder.path);
      Deno.chmodSync(`${folder.path}/incoming`, 0o555);
      await assert.rejects(put(store, "a", pattern(10)), /access is denied \(EACCES\)/);
      assert.equal((await store.check()).writable, false);
      Deno.chmodSync(`${folder.path}/incoming`, 0o755);
      await put(store, "a", pattern(10));
    },
  });

  test("reading fails when the file was replaced, cut short or removed since it was found", async (folder) => {
    await using store = await open(folder);
    const path = `${folder}/instances/a`;
    const changes: Record<string, () => void | Promise<void>> = {
      "replaced by another of the same length": () => put(store, "a", pattern(1000, 2)),
      "replaced by a shorter one": () => put(store, "a", pattern(999)),
      "cut short": () => Deno.truncateSync(path, 999),
      "removed": () => store.delete("a"),
    };
    for (const [what, change] of Object.entries(changes)) {
      await put(store, "a", pattern(1000));
      const found = await store.get("a");
      const bytes = found!.read();
      await change();
      await assert.rejects(
        collect(bytes),
        what === "removed" ? /ENOENT|os error 2/ : /no longer the one that was/,
        what,
      );
    }
  });

  test("what is replaced or removed while it is read is read to its end as it was", async (folder) => {
    await using store = await open(folder);
    const length = 3 * 1024 * 1024;
    for (const change of [() => put(store, "a", pattern(10)), () => store.delete("a")]) {
      await put(store, "a", pattern(length));
      const pieces: Uint8Array[] = [];
      for await (const piece of (await store.get("a"))!.read()) {
        if (pieces.push(piece) === 1) await change();
      }
      assert.deepEqual(concatenate(pieces), pattern(length));
    }
  });
}

Deno.test({
  name: "file store: a file is open while it is read, and no longer, whatever ends that",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using folder = temporaryFolder();
    await using store = await openFileStore(folder.path);
    const path = `${folder.path}/instances/a`;
    await put(store, "a", pattern(3_000_000));
    const read = async () => (await store.get("a"))!.read()[Symbol.asyncIterator]();

    const never = await read();
    assert.equal(await opened(path), 0, "nobody has asked for a piece");
    await never.return?.();
    assert.equal((await never.next()).done, true);
    assert.equal(await opened(path), 0, "left before the first piece");

    const left = await read();
    await left.next();
    assert.equal(await opened(path), 1, "between two pieces");
    await left.return?.();
    assert.equal(await opened(path), 0, "left in the middle");

    const overtaken = await read();
    const first = overtaken.next();
    await overtaken.return?.();
    assert.equal((await first).value!.length, 1024 * 1024);
    assert.equal(await opened(path), 0, "left while the first piece is being read");

    assert.equal((await collect((await store.get("a"))!.read())).length, 3_000_000);
    assert.equal(await opened(path), 0, "read to its end");

    const short = await read();
    await short.next();
    Deno.truncateSync(path, 2_000_000);
    await short.next();
    await assert.rejects(short.next(), /no longer the one that was found/);
    assert.equal(await opened(path), 0, "cut short while it was read");

    const replaced = await read();
    await put(store, "a", pattern(10));
    await assert.rejects(replaced.next(), /no longer the one that was found/);
    assert.equal(await opened(path), 0, "replaced before it was opened");
  },
});

/** How often this process has a file open, also under a name that is gone. */
async function opened(path: string): Promise<number> {
  const { stdout } = await run("ls", ["-l", `/proc/${Deno.pid}/fd`]);
  return stdout.split("\n").filter((line) => line.endsWith(`-> ${path}`) || line.endsWith(`-> ${path} (deleted)`))
    .length;
}

Deno.test({
  name: "file store: links that lead nowhere or in a circle are no objects, and don't keep others from being listed",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using folder = temporaryFolder();
    await using store = await openFileStore(folder.path);
    await put(store, "a/1", pattern(10));
    Deno.symlinkSync("circle", `${folder.path}/instances/a/circle`);
    Deno.symlinkSync("missing", `${folder.path}/instances/a/nowhere`);
    Deno.symlinkSync(".", `${folder.path}/instances/a/folder`);
    assert.deepEqual((await listed(store)).map(({ name }) => name), ["a/1"]);
  },
});

Deno.test({
  name: "PendingFile tells the next write when what was written can't be flushed, however small the pieces",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    // It takes all that is written to it, and can't be flushed.
    const descriptor = openSync("/dev/null", "r+");
    const file = { descriptor, name: "null", moveTo() {}, discard: () => closeSync(descriptor) };
    const pending = new PendingFile({
      durable: true,
      takeRoom() {},
      openTemporary: () => file as unknown as TemporaryFile,
      commit: () => Promise.resolve(),
    });
    const write = async () => {
      const piece = new Uint8Array(16 * 1024);
      for (let written = 0; written < 128 * 1024 * 1024; written += piece.length) await pending.write(piece);
    };
    await assert.rejects(write(), InstanceNotKeptError);
    await pending.discard();
  },
});

Deno.test("openFileStore() makes a folder that other users of the machine can't read", async () => {
  using folder = temporaryFolder();
  await using _store = await openFileStore(`${folder.path}/new/data`);
  for (const made of ["new", "new/data"]) assert.equal(Deno.statSync(`${folder.path}/${made}`).mode! & 0o007, 0);
});

Deno.test("openFileStore() refuses a path that is a file", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/data`, "");
  await assert.rejects(openFileStore(`${folder.path}/data`));
});

Deno.test("file store: refuses to write when the disk has less room than the reserve, and says so", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(`${folder.path}/full`, { ...JOURNAL, reserve: Number.MAX_SAFE_INTEGER });
  await assert.rejects(put(store, "a", pattern(10)), (error) => {
    assert.ok(error instanceof InstanceNotKeptError);
    assert.equal(error.reason, "out-of-resources");
    assert.match(error.message, /^Cannot write to the archive: the disk has less room than the \d+ bytes/);
    return true;
  });
  assert.match(store.shortage?.() ?? "", /in reserve$/);
  const { writable, problem, freeBytes: free } = await store.check();
  assert.deepEqual([writable, problem], [false, store.shortage?.()]);
  assert.ok(free !== undefined && free > 0);
  assert.deepEqual(filesBelow(`${folder.path}/full/incoming`), []);

  await using roomy = await openFileStore(`${folder.path}/roomy`, { ...JOURNAL, reserve: 1 });
  await put(roomy, "a", pattern(10));
  assert.equal(roomy.shortage?.(), undefined);
});

Deno.test("DiskReserve counts what is written until it looks at the disk again", () => {
  const disk = new DiskReserve(() => 1500, 500);
  disk.take(900);
  disk.take(200);
  assert.throws(() => disk.take(1), InstanceNotKeptError);
});

Deno.test("file store: without leave to look for the process in the lock, it counts as running", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/lock`, String(Deno.pid));
  const program = new URL("children/open_store.ts", import.meta.url).pathname;
  const permissions = ["--no-prompt", "--allow-read", `--allow-write=${folder.path}`, "--allow-sys", "--allow-env"];
  const { code, stderr } = await run(Deno.execPath(), ["run", "--no-check", ...permissions, program, folder.path]);
  assert.match(stderr, /open by another process, which holds .*lock; where none runs, remove that file/);
  assert.equal(code, 1);
});

Deno.test("file store: a journal of absurd length is refused before any memory is taken for it", async () => {
  using folder = temporaryFolder();
  for (const journalLength of [0, 1024, NaN, 2 ** 40]) {
    await assert.rejects(openFileStore(folder.path, { journalLength }), /journalLength is .*, expected 65536 to /);
  }
  {
    await using store = await openFileStore(folder.path, JOURNAL);
    await put(store, "a", pattern(100));
    Deno.copyFileSync(`${folder.path}/journal/1`, `${folder.path}/copy`);
  }
  Deno.renameSync(`${folder.path}/copy`, `${folder.path}/journal/1`);
  Deno.truncateSync(`${folder.path}/journal/1`, 2 ** 34);
  await assert.rejects(openFileStore(folder.path, JOURNAL), /Cannot read the journal .*1: it has 17179869184 bytes/);
});
