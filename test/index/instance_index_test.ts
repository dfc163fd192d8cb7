/** What holds for every index. */

import fc from "fast-check";
import assert from "node:assert/strict";
import type { IndexedInstance, InstanceIndex } from "../../src/index/instance_index.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createSqliteIndex, openSqliteIndex } from "../../src/index/sqlite_index.ts";
import { hashOf } from "../../src/index/sqlite/schema.ts";
import type { Attributes } from "../query/data_sets.ts";
import { temporaryFolder } from "../support/folders.ts";
import { putAll } from "./support.ts";

/** How to make an index, and to open it again; memory can't. */
const INDEXES: Readonly<Record<string, { make(path: string): InstanceIndex; open?(path: string): InstanceIndex }>> = {
  "memory index": { make: () => createMemoryIndex() },
  "sqlite index": { make: (path) => createSqliteIndex(path), open: (path) => openSqliteIndex(path) },
  "sqlite index without durability": {
    make: (path) => createSqliteIndex(path, { durable: false }),
    open: (path) => openSqliteIndex(path, { durable: false }),
  },
};

/** An instance of a number; `serial` is its version. */
export function instanceOf(number: number, serial = 1, rest: Partial<IndexedInstance> = {}): IndexedInstance {
  const studyInstanceUid = `1.2.${number % 7}`;
  const seriesInstanceUid = `${studyInstanceUid}.${number % 3}`;
  const sopInstanceUid = `${seriesInstanceUid}.${number}`;
  return {
    patientId: `PATIENT ${number % 7}`,
    studyInstanceUid,
    seriesInstanceUid,
    sopInstanceUid,
    sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
    transferSyntax: `1.2.840.10008.1.2.${number % 2}`,
    name: `${studyInstanceUid}/${seriesInstanceUid}/${sopInstanceUid}.dcm`,
    size: 1000 + number,
    dataSetOffset: 300,
    receivedAt: 1_700_000_000_000 + number,
    sourceAeTitle: `CT${number % 4}`,
    serial,
    ...rest,
  };
}

for (const [kind, { make, open }] of Object.entries(INDEXES)) {
  const test = (what: string, body: (index: InstanceIndex, path: string) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      using folder = temporaryFolder();
      const path = `${folder.path}/index.sqlite`;
      await using index = make(path);
      await body(index, path);
    });

  test("finds what was put, at once, and nothing else", async (index) => {
    for (let number = 0; number < 200; number++) {
      const instance = instanceOf(number);
      assert.equal(await index.find(instance.sopInstanceUid), undefined);
      await index.put(instance);
      assert.deepEqual(await index.find(instance.sopInstanceUid), instance);
    }
    assert.equal(await index.count(), 200);
    for (let number = 0; number < 200; number++) {
      assert.deepEqual(await index.find(instanceOf(number).sopInstanceUid), instanceOf(number));
    }
    const all = await Array.fromAsync(index.list());
    assert.deepEqual(new Set(all.map(({ sopInstanceUid }) => sopInstanceUid)).size, 200);
  });

  test("takes any text for a UID, a title or a name", async (index) => {
    const odd = ["", "'; drop table instance; --", "\n", "\u00e9\u{1f600}", "x".repeat(2000)];
    for (const text of odd) {
      const instance = instanceOf(1, 1, {
        sopInstanceUid: text,
        studyInstanceUid: text,
        seriesInstanceUid: text,
        patientId: text,
        sourceAeTitle: text,
        sopClassUid: text,
        name: `odd/${odd.indexOf(text)}`,
      });
      await index.put(instance);
      await index.sync();
      assert.deepEqual(await index.find(text), instance);
    }
    assert.equal(await index.count(), odd.length);
  });

  test("an instance takes the place of the one with its SOP Instance UID, in whatever series", async (index) => {
    const [first, second] = [
      instanceOf(1),
      instanceOf(1, 2, { seriesInstanceUid: "1.9", name: "1/1.9/x.dcm", size: 5 }),
    ];
    for (const syncs of [false, true]) {
      await index.put(first);
      if (syncs) await index.sync();
      await index.put(second);
      assert.deepEqual(await index.find(first.sopInstanceUid), second);
      await index.sync();
      assert.deepEqual(await index.find(first.sopInstanceUid), second);
      assert.equal(await index.count(), 1);
    }
    await index.delete(first.sopInstanceUid);
    assert.equal(await index.find(first.sopInstanceUid), undefined);
    assert.equal(await index.count(), 0);
    await index.put(first);
    assert.deepEqual(await index.find(first.sopInstanceUid), first);
  });

  test("keeps tasks in their order until they are done", async (index) => {
    await index.put(instanceOf(1), [{ kind: "a", detail: "1" }, { kind: "b", detail: "2" }]);
    await index.put(instanceOf(2), [{ kind: "a", detail: "3" }]);
    const details = async (kind: string, limit = 10) => (await index.tasks(kind, limit)).map(({ detail }) => detail);
    assert.deepEqual([await details("a"), await details("b"), await details("c")], [["1", "3"], ["2"], []]);
    assert.deepEqual(await details("a", 1), ["1"]);
    const [first] = await index.tasks("a", 1);
    assert.equal(first?.sopInstanceUid, instanceOf(1).sopInstanceUid);
    await index.finish(first);
    assert.deepEqual(await details("a"), ["3"]);
  });

  test("takes an instance out with tasks, and records them where there is none", async (index) => {
    const { sopInstanceUid } = instanceOf(1);
    await index.put(instanceOf(1));
    await index.delete(sopInstanceUid, [{ kind: "a", detail: "1" }]);
    await index.delete(sopInstanceUid, [{ kind: "a", detail: "2" }]);
    assert.equal(await index.find(sopInstanceUid), undefined);
    const tasks = await index.tasks("a", 10);
    assert.deepEqual(tasks.map((task) => [task.sopInstanceUid, task.detail]), [
      [sopInstanceUid, "1"],
      [sopInstanceUid, "2"],
    ]);
  });

  test("counts what it has of what, those with most instances first", async (index) => {
    const nothing = await index.statistics();
    assert.deepEqual([nothing.patients, nothing.instances, nothing.bytes, nothing.modalities], [0, 0, 0, []]);
    const instances: Attributes[] = [
      { PatientID: "A", StudyInstanceUID: "1", SeriesInstanceUID: "1.1", Modality: "CT", SOPInstanceUID: "1.1.1" },
      { PatientID: "A", StudyInstanceUID: "1", SeriesInstanceUID: "1.1", Modality: "CT", SOPInstanceUID: "1.1.2" },
      { PatientID: "A", StudyInstanceUID: "1", SeriesInstanceUID: "1.2", SOPInstanceUID: "1.2.1" },
      { PatientID: "A", StudyInstanceUID: "2", SeriesInstanceUID: "2.1", Modality: "CT", SOPInstanceUID: "2.1.1" },
      { PatientID: "B", StudyInstanceUID: "3", SeriesInstanceUID: "3.1", Modality: "MR", SOPInstanceUID: "3.1.1" },
      { PatientID: "B", StudyInstanceUID: "3", SeriesInstanceUID: "3.1", Modality: "MR", SOPInstanceUID: "3.1.2" },
    ].map((attributes) => ({ SOPClassUID: attributes.Modality === "MR" ? "1.5" : "1.4", ...attributes }));
    await putAll(index, instances);
    await index.delete("3.1.2");
    const { indexBytes: _, ...found } = await index.statistics();
    const amount = (value: string, series: number, count: number) => ({
      ...{ value, series, instances: count },
      bytes: 1000 * count,
    });
    assert.deepEqual(found, {
      ...{ patients: 2, studies: 3, series: 4, instances: 5, bytes: 5000 },
      modalities: [amount("CT", 2, 3), amount("", 1, 1), amount("MR", 1, 1)],
      sopClasses: [amount("1.4", 3, 4), amount("1.5", 1, 1)],
      transferSyntaxes: [amount("1.2.840.10008.1.2.1", 4, 5)],
    });
  });

  test("knows the highest serial, even of what was taken out", async (index) => {
    assert.equal(await index.highestSerial(), 0);
    await index.put(instanceOf(1, 17));
    await index.put(instanceOf(2, 5));
    await index.delete(instanceOf(1).sopInstanceUid);
    assert.equal(await index.highestSerial(), 17);
  });

  test("says that it can be used", async (index) => assert.deepEqual(await index.check(), { usable: true }));

  if (open === undefined) continue;
  test("has everything when it is opened again", async (index, path) => {
    for (let number = 0; number < 100; number++) {
      await index.put(instanceOf(number, number), [{ kind: "a", detail: "" }]);
    }
    await index[Symbol.asyncDispose]();
    {
      await using again = open(path);
      assert.deepEqual([await again.count(), await again.highestSerial()], [100, 99]);
      assert.equal((await again.tasks("a", 1000)).length, 100);
      assert.deepEqual(await again.find(instanceOf(7).sopInstanceUid), instanceOf(7, 7));
    }
  });
}

Deno.test("every index does the same, whatever the sequence", async () => {
  const step = fc.record({
    number: fc.nat(8),
    serial: fc.integer({ min: 1, max: 1000 }),
    do: fc.constantFrom("put", "put", "find", "delete", "sync", "task"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 200, size: "max" }), async (steps) => {
      using folder = temporaryFolder();
      await using one = createMemoryIndex();
      await using other = createSqliteIndex(`${folder.path}/index.sqlite`, { durable: false });
      for (const { number, serial, ...rest } of steps) {
        const instance = instanceOf(number, serial);
        const results = [];
        for (const index of [one, other]) {
          if (rest.do === "put") await index.put(instance);
          if (rest.do === "task") await index.put(instance, [{ kind: "a", detail: `${serial}` }]);
          if (rest.do === "delete") await index.delete(instance.sopInstanceUid);
          if (rest.do === "sync") await index.sync();
          results.push([await index.find(instance.sopInstanceUid), await index.highestSerial()]);
        }
        assert.deepEqual(results[0], results[1]);
      }
      const all = async (index: InstanceIndex) =>
        new Set((await Array.fromAsync(index.list())).map((instance) => JSON.stringify(instance)));
      assert.deepEqual(await all(one), await all(other));
      assert.deepEqual(await one.tasks("a", 500), await other.tasks("a", 500));
    }),
    { seed: 42, numRuns: 30 },
  );
});

Deno.test("UIDs have numbers of their own that SQLite can hold", () => {
  const numbers = new Set(Array.from({ length: 100_000 }, (_, index) => hashOf(`1.2.840.113619.2.55.3.${index}`)));
  assert.equal(numbers.size, 100_000);
  for (const number of numbers) assert.ok(Number.isSafeInteger(number) && number >= 0);
});
