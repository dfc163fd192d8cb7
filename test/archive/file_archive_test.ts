/** Store and index in one folder: the first start, one after a crash, and one without an index that can be used. */

import assert from "node:assert/strict";
import { type Archive, createArchive } from "../../src/archive/archive.ts";
import { auditIndex } from "../../src/archive/audit.ts";
import { type FileArchive, type FileArchiveOptions, openFileArchive } from "../../src/archive/file_archive.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { ValueElement } from "../../src/dicom/data_set/data_element.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import { fileMetaInformation } from "../../src/dicom/part10.ts";
import { openFileStore } from "../../src/objects/file_store.ts";
import { createQuery } from "../../src/query/query.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { rebuildIndex } from "../../src/archive/rebuild.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { CT_IMAGE_STORAGE, dataSetOf, EXPLICIT_VR_LITTLE_ENDIAN, incoming } from "./instances.ts";
import { copyOfOpen, put } from "./support.ts";

const SMALL = { journalLength: 256 * 1024 };

async function assertSame({ store, index }: FileArchive, instances: number): Promise<void> {
  const { objects, entries } = await auditIndex(store, index, {
    onDifference: (difference) => assert.fail(JSON.stringify(difference)),
  });
  assert.deepEqual([objects, entries], [instances, instances]);
}

function keep(archive: Archive, sopInstanceUid: string, pixels = 64, seed = 1) {
  return archive.keep(incoming(dataSetOf({ sopInstance: sopInstanceUid }, { pixels, seed }), { sopInstanceUid }));
}

for (const durable of [true, false]) {
  Deno.test(`${durable ? "durable archive" : "archive"}: what was kept when the process ended is there and indexed`, async () => {
    using folder = temporaryFolder();
    const [one, other] = [`${folder.path}/one`, `${folder.path}/other`];
    const options = { durable, journalLength: 4 * 1024 * 1024 };
    await (await openFileArchive(one, options))[Symbol.asyncDispose]();
    const emptyIndex = Deno.readFileSync(`${one}/index.sqlite`);
    await using opened = await openFileArchive(one, options);
    const archive = createArchive({ ...opened, onExisting: "replace" });
    const lengths = [64, 300_000, 5000, 140_000];
    for (const [number, pixels] of lengths.entries()) await keep(archive, `1.2.3.${number}`, pixels);
    for (const [number, pixels] of lengths.entries()) await keep(archive, `1.2.3.${number}`, pixels + 2, 2);
    copyOfOpen(one, other);
    // Whatever of it came to the disk: the journal has it all.
    Deno.writeFileSync(`${other}/index.sqlite`, emptyIndex);
    Deno.removeSync(`${other}/index.sqlite-wal`);
    await using again = await openFileArchive(other, { ...options, rebuild: "refuse" });
    assert.equal(again.recovered, lengths.length);
    await assertSame(again, lengths.length);
    for (const [number] of lengths.entries()) {
      assert.deepEqual(await again.index.find(`1.2.3.${number}`), await opened.index.find(`1.2.3.${number}`));
    }
  });
}

Deno.test("an instance that says too much of itself for a note is kept, and is there after a crash with its attributes", async () => {
  using folder = temporaryFolder();
  const [one, other] = [`${folder.path}/one`, `${folder.path}/other`];
  await (await openFileArchive(one, SMALL))[Symbol.asyncDispose]();
  const emptyIndex = Deno.readFileSync(`${one}/index.sqlite`);
  await using opened = await openFileArchive(one, SMALL);
  const archive = createArchive({ ...opened, tasksFor: () => [{ kind: "route", detail: "" }] });
  const sopInstanceUid = "1.2.3.4";
  // JSON has six characters for each of these.
  const strange = new Uint8Array(1024).fill(1);
  const long = new Uint8Array(2048).fill(0x41);
  const dataSet = new DataSet();
  for (
    const [tag, vr, bytes] of [
      [0x0008_0005, "CS", long],
      [0x0008_0016, "UI", new TextEncoder().encode(`${CT_IMAGE_STORAGE}\0`)],
      [0x0008_0018, "UI", new TextEncoder().encode(`${sopInstanceUid}\0`)],
      [0x0008_0201, "SH", long],
      [0x0008_1030, "LO", new TextEncoder().encode("CHEST ")],
      [0x0010_0020, "LO", strange],
      [0x0020_000d, "UI", strange],
      [0x0020_000e, "UI", strange],
    ] as const
  ) dataSet.setElement(new ValueElement(tag, vr, bytes));
  await archive.keep(incoming(writeDataSet(dataSet), { sopInstanceUid }));
  await keep(archive, "1.2.3.5");
  copyOfOpen(one, other);
  Deno.writeFileSync(`${other}/index.sqlite`, emptyIndex);
  Deno.removeSync(`${other}/index.sqlite-wal`);
  await using again = await openFileArchive(other, { ...SMALL, rebuild: "refuse" });
  assert.equal(again.recovered, 2);
  await assertSame(again, 2);
  assert.deepEqual(await again.index.find(sopInstanceUid), await opened.index.find(sopInstanceUid));
  assert.equal((await again.index.tasks("route", 10)).length, 2);
  const studies = async ({ index }: FileArchive) => {
    const keys = new DataSet().setElement(new ValueElement(0x0008_1030, "LO", new Uint8Array(0)));
    const found = await Array.fromAsync(index.search(createQuery({ level: "STUDY", keys })));
    return found.map(({ attributes }) => attributes.element(0x0008_1030)).filter((element) => element !== undefined);
  };
  assert.equal((await studies(opened)).length, 1);
  assert.deepEqual(await studies(again), await studies(opened));
});

Deno.test("an instance that moved when power was lost is in one place, and its tasks were recorded once", async () => {
  using folder = temporaryFolder();
  const [one, other, third] = ["one", "other", "third"].map((name) => `${folder.path}/${name}`) as [
    string,
    string,
    string,
  ];
  await using opened = await openFileArchive(one, SMALL);
  const tasksFor = () => [{ kind: "route", detail: "" }];
  // The old object can't be removed any more before the end.
  const store = {
    ...opened.store,
    create: () => opened.store.create(),
    delete: () => Promise.reject(new Error("too late")),
  };
  store.get = (...parameters) => opened.store.get(...parameters);
  await using archive = createArchive({ store, index: opened.index, onExisting: "replace", tasksFor });
  for (const series of ["1.2.3.1", "1.2.3.2"]) {
    await archive.keep(incoming(dataSetOf({ series }, { seed: series.length + Number(series.at(-1)) })));
  }
  assert.equal(filesBelow(`${one}/instances`).length, 2);
  copyOfOpen(one, other);
  for (const path of [other, third]) {
    await using again = await openFileArchive(path === other ? other : third, { ...SMALL, rebuild: "refuse" });
    await assertSame(again, 1);
    assert.equal((await again.index.find("1.2.3.4"))?.seriesInstanceUid, "1.2.3.2");
    assert.deepEqual((await again.index.tasks("sweep", 10)).length, 0);
    assert.equal((await again.index.tasks("route", 10)).length, 2);
    if (path === other) copyOfOpen(other, third);
  }
});

/** A folder as an earlier version left it: files, and no index. */
async function earlierFolder(folder: string): Promise<void> {
  await using store = await openFileStore(folder);
  for (const [number, title] of ["CT1", "CT2", ""].entries()) {
    const sopInstanceUid = `1.2.3.${number}`;
    const meta = { sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid, transferSyntax: EXPLICIT_VR_LITTLE_ENDIAN };
    const head = fileMetaInformation({ ...meta, ...(title !== "" && { sourceAeTitle: title }) });
    const bytes = new Uint8Array([...head, ...dataSetOf({ sopInstance: sopInstanceUid }, { pixels: 100_000 })]);
    await put(store, `1.2.3/1.2.3.1/${sopInstanceUid}.dcm`, bytes);
  }
}

function told(options: FileArchiveOptions = {}): { options: FileArchiveOptions; reasons: string[] } {
  const reasons: string[] = [];
  return { options: { ...SMALL, ...options, onRebuild: (reason) => void reasons.push(reason) }, reasons };
}

Deno.test("a folder of an earlier version is taken in at the first start, duplicates and all", async () => {
  using folder = temporaryFolder();
  await earlierFolder(folder.path);
  const instances = `${folder.path}/instances`;
  Deno.mkdirSync(`${instances}/1.9/1.9.1`, { recursive: true });
  Deno.copyFileSync(`${instances}/1.2.3/1.2.3.1/1.2.3.0.dcm`, `${instances}/1.9/1.9.1/1.2.3.0.dcm`);
  Deno.utimeSync(`${instances}/1.9/1.9.1/1.2.3.0.dcm`, 1, 1);
  Deno.writeTextFileSync(`${instances}/README.txt`, "not an instance");
  const before = filesBelow(instances);
  const { options, reasons } = told();
  {
    await using opened = await openFileArchive(folder.path, options);
    assert.deepEqual({ ...opened.rebuilt }, { objects: 5, instances: 3, unreadable: 1, duplicates: 1 });
    const found = await opened.index.find("1.2.3.1");
    assert.deepEqual([found?.sourceAeTitle, found?.name], ["CT2", "1.2.3/1.2.3.1/1.2.3.1.dcm"]);
    assert.equal((await opened.index.find("1.2.3.0"))?.name, "1.9/1.9.1/1.2.3.0.dcm", "the first that was written");
    const archive = createArchive(opened);
    assert.equal((await keep(archive, "1.2.3.2", 100_000)).outcome, "identical");
  }
  assert.deepEqual(filesBelow(instances), before);
  assert.deepEqual(reasons, ["missing"]);
  await using again = await openFileArchive(folder.path, options);
  assert.deepEqual([again.rebuilt, reasons.length], [undefined, 1]);
});

Deno.test("an index that is damaged, or has vanished, is made anew from the files", async () => {
  using folder = temporaryFolder();
  await earlierFolder(folder.path);
  const path = `${folder.path}/index.sqlite`;
  await (await openFileArchive(folder.path, SMALL))[Symbol.asyncDispose]();
  const whole = Deno.readFileSync(path);
  const damages: Readonly<Record<string, () => void>> = {
    "missing": () => Deno.removeSync(path),
    "no database": () => Deno.writeFileSync(path, whole.slice().fill(0x41, 0, 4096)),
    "nothing": () => Deno.writeFileSync(path, new Uint8Array(0)),
    "cut": () => Deno.writeFileSync(path, whole.subarray(0, 4096)),
    "overwritten": () => Deno.writeFileSync(path, whole.slice().fill(0xff, 200, whole.length)),
  };
  for (const [damage, make] of Object.entries(damages)) {
    make();
    await assert.rejects(
      openFileArchive(folder.path, { ...SMALL, rebuild: "refuse" }),
      { name: "UnusableIndexError" },
      damage,
    );
    const { options, reasons } = told();
    await using opened = await openFileArchive(folder.path, options);
    assert.deepEqual(reasons, [damage === "missing" ? "missing" : "damaged"], damage);
    await assertSame(opened, 3);
  }
});

Deno.test("an index of a later version, and another's database, are not touched", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/index.sqlite`;
  await (await openFileArchive(folder.path, SMALL))[Symbol.asyncDispose]();
  const { DatabaseSync } = await import("node:sqlite");
  for (
    const [pragma, message] of [["user_version = 99", /it has version 99, expected 4$/], [
      "application_id = 7",
      /no index of Gantry$/,
    ]] as const
  ) {
    const database = new DatabaseSync(path);
    database.exec(`pragma ${pragma}`);
    database.close();
    const before = Deno.readFileSync(path);
    await assert.rejects(openFileArchive(folder.path, SMALL), { name: "UnusableIndexError", message });
    assert.deepEqual(Deno.readFileSync(path), before);
  }
});

Deno.test("a rebuild that was cut off begins again", async () => {
  using folder = temporaryFolder();
  await earlierFolder(folder.path);
  const cut = new Error("the process was told to end");
  const onProgress = () => {
    throw cut;
  };
  await assert.rejects(openFileArchive(folder.path, { ...SMALL, onProgress }), cut);
  await using opened = await openFileArchive(folder.path, SMALL);
  await assertSame(opened, 3);
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: the system says so`), { code });
}

Deno.test("a rebuild and a comparison count files that the system doesn't let them read, and go on", async () => {
  for (const code of ["EACCES", "EIO"]) {
    const memory = createMemoryStore();
    await using archive = createArchive({ store: memory });
    for (let number = 0; number < 20; number++) await keep(archive, `1.2.3.${number}`);
    const unreadable = new Set(["1.2.3/1.2.3.1/1.2.3.3.dcm", "1.2.3/1.2.3.1/1.2.3.7.dcm"]);
    const store: ObjectStore = {
      ...memory,
      async get(name) {
        const found = await memory.get(name);
        if (found === undefined || !unreadable.has(name)) return found;
        if (name.endsWith(".3.dcm")) throw systemError(code);
        return { ...found, read: () => new ReadableStream({ start: (it) => it.error(systemError(code)) }) };
      },
    };
    const index = createMemoryIndex();
    const rebuilt = await rebuildIndex(store, index, { onExisting: "keep-first" });
    assert.deepEqual({ ...rebuilt }, { objects: 20, instances: 18, unreadable: 2, duplicates: 0 });
    const differences: string[] = [];
    // What the index doesn't name has to be read.
    await auditIndex({ ...store, get: (name) => store.get(name) }, createMemoryIndex(), {
      onDifference: ({ kind, detail = "" }) => void differences.push(`${kind} ${detail}`),
    });
    assert.equal(differences.filter((text) => text.startsWith(`no-instance ${code}`)).length, 2);
    assert.equal(differences.length, 20);
  }
});

Deno.test({
  name: "a file that this user may not read is left out of a rebuilt index, and the others are in it",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: async () => {
    using folder = temporaryFolder();
    await earlierFolder(folder.path);
    Deno.chmodSync(`${folder.path}/instances/1.2.3/1.2.3.1/1.2.3.1.dcm`, 0);
    await using opened = await openFileArchive(folder.path, SMALL);
    assert.deepEqual({ ...opened.rebuilt }, { objects: 3, instances: 2, unreadable: 1, duplicates: 0 });
  },
});

Deno.test("an instance whose place a file has that can't be read is refused, and the file stays", async () => {
  const memory = createMemoryStore();
  {
    await using archive = createArchive({ store: memory });
    await keep(archive, "1.2.3.4");
  }
  const store: ObjectStore = {
    ...memory,
    async get(name, range) {
      const found = await memory.get(name, range);
      return found && { ...found, read: () => new ReadableStream({ start: (it) => it.error(systemError("EIO")) }) };
    },
  };
  await using archive = createArchive({ store, onExisting: "replace" });
  await assert.rejects(keep(archive, "1.2.3.4", 64, 2), /EIO/);
  assert.notEqual(await memory.get("1.2.3/1.2.3.1/1.2.3.4.dcm"), undefined);
});

Deno.test("a rebuild that fails ends the list of objects, and leaves the index alone from then on", async () => {
  const memory = createMemoryStore();
  for (let number = 0; number < 100; number++) await put(memory, `a/${number}`, new Uint8Array(10));
  let ended = false;
  let reading = 0;
  let read = 0;
  const store: ObjectStore = {
    ...memory,
    async *list() {
      try {
        yield* memory.list();
      } finally {
        ended = true;
      }
    },
    async get(name) {
      reading++;
      read++;
      try {
        if (name === "a/20") throw systemError("EMFILE");
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
        return await memory.get(name);
      } finally {
        reading--;
      }
    },
  };
  await assert.rejects(rebuildIndex(store, createMemoryIndex(), { onExisting: "keep-first" }), /EMFILE/);
  assert.deepEqual([ended, reading], [true, 0]);
  assert.ok(read < 50, `${read} were read`);
});

Deno.test("a note that isn't one of ours costs nothing: the object says what it is", async () => {
  using folder = temporaryFolder();
  const [one, other] = [`${folder.path}/one`, `${folder.path}/other`];
  await using store = await openFileStore(one, SMALL);
  const meta = { sopClassUid: CT_IMAGE_STORAGE, transferSyntax: EXPLICIT_VR_LITTLE_ENDIAN };
  const notes = [
    "null",
    "{}",
    `{"instance":null,"tasks":[]}`,
    `{"instance":{"sopInstanceUid":"1.2"},"tasks":[]}`,
    `{"instance":{"sopInstanceUid":"1.2"},"tasks":[null]}`,
  ];
  for (const [number, note] of notes.entries()) {
    const sopInstanceUid = `1.2.3.${number}`;
    const bytes = [...fileMetaInformation({ ...meta, sopInstanceUid }), ...dataSetOf({ sopInstance: sopInstanceUid })];
    await put(store, `1.2.3/1.2.3.1/${sopInstanceUid}.dcm`, new Uint8Array(bytes), { note });
  }
  await (await openFileArchive(other, SMALL))[Symbol.asyncDispose]();
  copyOfOpen(one, other);
  await using again = await openFileArchive(other, { ...SMALL, rebuild: "refuse" });
  assert.equal(again.recovered, notes.length);
  await assertSame(again, notes.length);
});

Deno.test("an archive closes its documents though its index can't be closed", async () => {
  using folder = temporaryFolder();
  const archive = await openFileArchive(folder.path);
  const { index, documents } = archive;
  const close = index[Symbol.asyncDispose].bind(index);
  index[Symbol.asyncDispose] = async () => {
    await close();
    throw new Error("the disk is gone");
  };
  await assert.rejects(Promise.resolve(archive[Symbol.asyncDispose]()), /the disk is gone/);
  assert.throws(() => documents.collection("words"), /not open/);
});
