/** What a journal promises: after the loss of power, everything that was kept is there. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { openFileStore } from "../../src/objects/file_store.ts";
import { Journal, type JournalHost, type JournalOptions } from "../../src/objects/file_store/journal.ts";
import { encodeRecord, encodeStaged } from "../../src/objects/file_store/journal_record.ts";
import { recoverJournal, type RecoveryHost } from "../../src/objects/file_store/recovery.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { InstanceNotKeptError } from "../../src/errors.ts";
import { listed, pattern, put, read } from "../archive/support.ts";

/** A disk in two parts: what files hold now, and what of it is there after the loss of power; and an account of it. */
class Disk implements JournalHost, RecoveryHost {
  readonly volatile = new Map<string, Uint8Array>();
  readonly durable = new Map<string, Uint8Array>();
  /** Notes by name, and those of them that are safe. */
  readonly account = new Map<string, string>();
  durableAccount = new Map<string, string>();
  persisted: () => void = () => {};
  failures = 0;

  async persist(names: Iterable<string>): Promise<void> {
    if (this.failures > 0) {
      this.failures--;
      throw Object.assign(new Error("EIO"), { code: "EIO" });
    }
    for (const name of names) {
      await Promise.resolve();
      const content = this.volatile.get(name);
      if (content !== undefined) this.durable.set(name, content);
    }
    this.persisted();
  }

  async restore(name: string, content: Uint8Array, isWanted: () => boolean): Promise<void> {
    await Promise.resolve();
    if (!isWanted()) return;
    this.volatile.set(name, content.slice());
    this.durable.set(name, content.slice());
  }

  async restoreAll(objects: readonly { name: string; content: Uint8Array }[]): Promise<void> {
    for (const { name, content } of objects) await this.restore(name, content, () => true);
  }

  async syncAccount(): Promise<void> {
    const now = new Map(this.account);
    await Promise.resolve();
    this.durableAccount = now;
  }

  // Nothing is staged here: power_loss_test.ts does that.
  renew = () => Promise.reject(new Error("nothing was staged"));
  pathOf = (name: string) => `/nowhere/${name}`;
  pathOfStaged = this.pathOf;
  placeStaged = () => {};
  settle = () => Promise.resolve();
  remove = (name: string) => {
    this.volatile.delete(name);
    this.durable.delete(name);
    return Promise.resolve();
  };
}

/** What the durable part and the journal make together, on a machine that starts again. */
async function afterPowerLoss(disk: Disk, journal: string): Promise<Disk> {
  using folder = temporaryFolder();
  for (const file of filesBelow(journal)) Deno.copyFileSync(`${journal}/${file}`, `${folder.path}/${file}`);
  const next = new Disk();
  for (const [name, content] of disk.durable) next.durable.set(name, content);
  for (const [name, note] of disk.durableAccount) next.durableAccount.set(name, note);
  const { unsettled } = await recoverJournal(folder.path, next);
  for (const { name, note } of unsettled) next.durableAccount.set(name, note);
  return next;
}

/** The note of an object says which one it is. */
const noteOf = (content: Uint8Array) => `${content.length} \u00e9 ${content.slice(0, 8)}`;

function keep(journal: Journal, disk: Disk, name: string, content: Uint8Array): Promise<void> {
  return journal.keep(name, noteOf(content), content, async () => {
    disk.volatile.set(name, content);
    await Promise.resolve();
    disk.account.set(name, noteOf(content));
  });
}

function assertKept({ durable, durableAccount }: Disk, kept: ReadonlyMap<string, Uint8Array>): void {
  assert.deepEqual(durable, kept);
  const notes = new Map([...kept].map(([name, content]) => [name, noteOf(content)]));
  assert.deepEqual(new Map([...durableAccount].filter(([name]) => kept.has(name))), notes);
}

const SMALL = { length: 64 * 1024 };

async function withJournal(
  options: JournalOptions,
  body: (journal: Journal, disk: Disk, folder: string) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  const disk = new Disk();
  const journal = await Journal.open(folder.path, options, disk);
  try {
    await body(journal, disk, folder.path);
  } finally {
    await journal.close();
  }
}

type Step = {
  do: "keep" | "together" | "remove" | "fail" | "lose power";
  names: number[];
  length: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("keep", "keep", "keep", "together", "remove", "fail", "lose power"),
  names: fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }),
  length: fc.oneof(fc.nat(100), fc.nat(15_000)),
});

for (const slowFlush of [1000, -1]) {
  Deno.test(`journal: what was kept survives, flushed ${slowFlush < 0 ? "off" : "on"} the event loop`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: "max" }), async (steps) => {
        await withJournal({ ...SMALL, slowFlush }, async (journal, disk, folder) => {
          const kept = new Map<string, Uint8Array>();
          let seed = 0;
          let failed = false;
          const keepOne = async (name: string, length: number) => {
            const content = pattern(length, ++seed);
            await keep(journal, disk, name, content).then(
              () => kept.set(name, content),
              () => assert.ok(failed, "a keep failed though nothing did"),
            );
          };
          for (const { do: what, names, length } of steps) {
            const name = `n${names[0]}`;
            if (what === "keep") await keepOne(name, length);
            if (what === "together") await Promise.all([...new Set(names)].map((one) => keepOne(`n${one}`, length)));
            if (what === "fail") {
              disk.failures = 1;
              failed = true;
            }
            if (what === "remove") {
              const removed = await journal.remove(name, () => {
                disk.volatile.delete(name);
                disk.durable.delete(name);
              }).then(() => true, () => false);
              if (removed) kept.delete(name);
            }
            if (what === "lose power") {
              assertKept(await afterPowerLoss(disk, folder), kept);
            }
          }
          assertKept(await afterPowerLoss(disk, folder), kept);
          disk.failures = 0;
        });
      }),
      { seed: 42, numRuns: 60, endOnFailure: true },
    );
  });
}

Deno.test("journal: files that could not be flushed are written again before the journal forgets them", async () => {
  await withJournal(SMALL, async (journal, disk) => {
    await keep(journal, disk, "a", pattern(10_000, 1));
    disk.failures = 1;
    for (let seed = 2; seed < 40; seed++) {
      await keep(journal, disk, `b${seed}`, pattern(10_000, seed)).catch(() => {});
      // The page cache still shows what never came to the disk.
      if (disk.failures === 0 && !disk.durable.has("a")) disk.volatile.set("a", new Uint8Array(0));
    }
    assert.deepEqual(disk.durable.get("a"), pattern(10_000, 1));
  });
});

Deno.test("journal: a note that is too long is refused, and what comes behind it is kept all the same", async () => {
  await withJournal(SMALL, async (journal, disk, folder) => {
    const kept = new Map<string, Uint8Array>();
    for (const name of ["a", "b", "c"]) {
      await keep(journal, disk, name, pattern(100));
      kept.set(name, pattern(100));
      for (const note of ["x".repeat(32 * 1024 + 1), "\u00e9".repeat(16 * 1024 + 1)]) {
        await assert.rejects(journal.keep("long", note, pattern(100), () => {}), RangeError);
      }
    }
    assertKept(await afterPowerLoss(disk, folder), kept);
  });
});

Deno.test("journal: no crash brings what was withdrawn, and what it was to replace is still there", async () => {
  await withJournal(SMALL, async (journal, disk, folder) => {
    const fail = () => Promise.reject(new Error("in the way"));
    const kept = new Map<string, Uint8Array>();
    for (const name of ["a", "b"]) {
      await keep(journal, disk, name, pattern(100, 1));
      kept.set(name, pattern(100, 1));
      for (const refused of [name, "new"]) {
        await assert.rejects(journal.keep(refused, "refused", pattern(100, 2), fail), /in the way/);
        await journal.withdraw(refused);
        assertKept(await afterPowerLoss(disk, folder), kept);
      }
    }
    await keep(journal, disk, "new", pattern(100, 3));
    assertKept(await afterPowerLoss(disk, folder), kept.set("new", pattern(100, 3)));
  });
});

Deno.test("journal: what can't be made durable in its place is not withdrawn from", async () => {
  await withJournal(SMALL, async (journal, disk, folder) => {
    await keep(journal, disk, "a", pattern(100));
    disk.failures = 1;
    await assert.rejects(journal.withdraw("a"), /EIO/);
    assertKept(await afterPowerLoss(disk, folder), new Map([["a", pattern(100)]]));
  });
});

Deno.test("journal: what waits in it is made durable in its place after a while", async () => {
  await withJournal({ ...SMALL, longestWait: 1 }, async (journal, disk) => {
    const persisted = new Promise<void>((resolve) => disk.persisted = resolve);
    // The journal's own timer doesn't keep a process alive.
    const alive = setInterval(() => {}, 1000);
    await keep(journal, disk, "a", pattern(10));
    await persisted;
    clearInterval(alive);
    assert.deepEqual(disk.durable.get("a"), pattern(10));
  });
});

Deno.test("journal: a record that is torn anywhere is as if it were not there, those before it are whole", async () => {
  await withJournal(SMALL, async (journal, disk, folder) => {
    for (const [seed, name] of ["a", "b", "c"].entries()) await keep(journal, disk, name, pattern(6000, seed + 1));
    const whole = Deno.readFileSync(`${folder}/1`);
    const recordLength = (seed: number) => 36 + 1 + 6000 + new TextEncoder().encode(noteOf(pattern(6000, seed))).length;
    const start = 2 * 8192;
    const end = start + recordLength(3);
    for (let at = start; at < end; at += 512) {
      const torn = whole.slice();
      torn.fill(0, at, Math.min(at + 512, end));
      using copy = temporaryFolder();
      Deno.writeFileSync(`${copy.path}/1`, torn);
      const next = new Disk();
      assert.equal((await recoverJournal(copy.path, next)).unsettled.length, 2);
      assert.deepEqual(next.durable, new Map([["a", pattern(6000, 1)], ["b", pattern(6000, 2)]]));
    }
    for (let length = 0; length < whole.length; length += 997) {
      using copy = temporaryFolder();
      Deno.writeFileSync(`${copy.path}/1`, whole.subarray(0, length));
      assert.equal(
        (await recoverJournal(copy.path, new Disk())).unsettled.length,
        length < recordLength(1) ? 0 : length < 8192 + recordLength(2) ? 1 : length < end ? 2 : 3,
      );
    }
  });
});

/** Copies a store's folder as it is after the loss of power: of `instances` only what is given. */
function copyWithout(folder: string, to: string, durable: readonly string[]): void {
  Deno.mkdirSync(`${to}/journal`, { recursive: true });
  for (const file of filesBelow(`${folder}/journal`)) {
    Deno.copyFileSync(`${folder}/journal/${file}`, `${to}/journal/${file}`);
  }
  for (const name of durable) {
    Deno.mkdirSync(`${to}/instances`, { recursive: true });
    Deno.copyFileSync(`${folder}/instances/${name}`, `${to}/instances/${name}`);
  }
}

Deno.test("durable file store: small objects survive although their files never came to the disk", async () => {
  using one = temporaryFolder();
  using other = temporaryFolder();
  await using store = await openFileStore(one.path, { journalLength: 4 * 1024 * 1024 });
  const lengths = [0, 1, 4096, 65_536, 131_072];
  for (const length of lengths) await put(store, `s/${length}`, pattern(length));
  await put(store, "s/1", pattern(4096, 7));
  copyWithout(one.path, other.path, []);
  await using restored = await openFileStore(other.path, { durable: false });
  for (const length of lengths) {
    assert.deepEqual(await read(restored, `s/${length}`), length === 1 ? pattern(4096, 7) : pattern(length));
  }
  assert.equal(filesBelow(`${other.path}/instances`).length, lengths.length);
  assert.deepEqual(filesBelow(`${other.path}/journal`), ["2"]);
});

Deno.test("durable file store: an older small object doesn't come back over a large one", async () => {
  using one = temporaryFolder();
  using other = temporaryFolder();
  await using store = await openFileStore(one.path, { journalLength: 256 * 1024 });
  await put(store, "a", pattern(4096, 1));
  await put(store, "b", pattern(4096, 2));
  await put(store, "a", pattern(200_000, 3));
  copyWithout(one.path, other.path, ["a"]);
  await using restored = await openFileStore(other.path);
  assert.deepEqual(await read(restored, "a"), pattern(200_000, 3));
  assert.deepEqual(await read(restored, "b"), pattern(4096, 2));
});

Deno.test("durable file store: what could not be put in its place, and was refused, doesn't come after a crash", async () => {
  using one = temporaryFolder();
  using other = temporaryFolder();
  await using store = await openFileStore(one.path, { journalLength: 4 * 1024 * 1024 });
  await put(store, "a", pattern(4096));
  Deno.writeTextFileSync(`${one.path}/instances/study`, "in the way");
  for (const length of [4096, 200_000]) {
    await assert.rejects(put(store, `study/${length}`, pattern(length)), InstanceNotKeptError);
  }
  copyWithout(one.path, other.path, []);
  await using restored = await openFileStore(other.path);
  assert.deepEqual((await listed(restored)).map(({ name }) => name), ["a"]);
});

Deno.test("file store: a journal names no file outside of the store", async () => {
  for (const kind of ["object", "removed", "staged"] as const) {
    using folder = temporaryFolder();
    Deno.mkdirSync(`${folder.path}/data/journal`, { recursive: true });
    Deno.writeFileSync(`${folder.path}/outside`, pattern(10));
    const staged = encodeStaged({ file: "none", length: 10, tailStart: 10, tailCrc: 0 });
    const content = kind === "staged" ? staged : new Uint8Array(0);
    const record = encodeRecord({ kind, sequence: 1, settled: 0, name: "../../outside", note: "", content });
    Deno.writeFileSync(`${folder.path}/data/journal/1`, record);
    await assert.rejects(openFileStore(`${folder.path}/data`), /^TypeError: Cannot name an object/);
    assert.deepEqual(Deno.readFileSync(`${folder.path}/outside`), pattern(10));
  }
});

Deno.test("durable file store: what was removed stays removed once the store was closed", async () => {
  using folder = temporaryFolder();
  {
    await using store = await openFileStore(folder.path, { journalLength: 256 * 1024 });
    await put(store, "a", pattern(100));
  }
  Deno.removeSync(`${folder.path}/instances/a`);
  await using store = await openFileStore(folder.path, { journalLength: 256 * 1024 });
  assert.equal(await store.get("a"), undefined);
});

Deno.test("durable file store: a file that can't be flushed in its place is put there again", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(folder.path, { journalLength: 64 * 1024 });
  await put(store, "a", pattern(4096));
  // Opening it fails, as reading a bad sector would.
  Deno.removeSync(`${folder.path}/instances/a`);
  Deno.symlinkSync("a", `${folder.path}/instances/a`);
  for (let index = 0; index < 40; index++) await put(store, `b/${index}`, pattern(4096)).catch(() => {});
  assert.deepEqual(await read(store, "a"), pattern(4096));
});
