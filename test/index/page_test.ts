/** Pages of an index: the same as all that is found, in their order, whatever is asked. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { InstanceIndex } from "../../src/index/instance_index.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createSqliteIndex } from "../../src/index/sqlite_index.ts";
import type { Match, PageRequest } from "../../src/query/instance_source.ts";
import { isBelow, QUERY_LEVELS, type QueryLevel, UNIQUE_KEYS } from "../../src/query/levels.ts";
import { createQuery, type Query } from "../../src/query/query.ts";
import { archives, keysOfLevels } from "../query/arbitraries.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { temporaryFolder } from "../support/folders.ts";
import { putAll } from "./support.ts";

function keyOf({ attributes }: Match): string {
  return Object.values(UNIQUE_KEYS).map((tag) => attributes.getText(tag) ?? "").join(" ");
}

async function read(index: InstanceIndex, query: Query, request: PageRequest = {}) {
  const { matches, total, next } = await index.page(query, request);
  return { keys: (await Array.fromAsync(matches)).map(keyOf), total, next };
}

const INDEXES: Readonly<Record<string, (path: string) => InstanceIndex>> = {
  "memory index": () => createMemoryIndex(),
  "sqlite index": (path) => createSqliteIndex(path, { durable: false }),
};

const questions = fc.constantFrom(...QUERY_LEVELS).chain((level: QueryLevel) =>
  fc.record({
    level: fc.constant(level),
    keys: keysOfLevels(QUERY_LEVELS.filter((other) => !isBelow(other, level))),
    size: fc.integer({ min: 1, max: 4 }),
  })
);

for (const [kind, make] of Object.entries(INDEXES)) {
  Deno.test(`${kind}: pages by cursor and by offset are all that is found, each once, in one order`, async () => {
    let pages = 0;
    const property = fc.asyncProperty(
      archives,
      fc.array(questions, { minLength: 20, maxLength: 20 }),
      async (instances, asked) => {
        using folder = temporaryFolder();
        await using index = make(`${folder.path}/index.sqlite`);
        await putAll(index, instances);
        for (const { level, keys, size } of asked) {
          const query = createQuery({ model: "patient-root", level, keys: dataSetOf(keys) });
          const found = (await Array.fromAsync(index.search(query))).map(keyOf).sort();
          const whole = await read(index, query);
          assert.deepEqual([...whole.keys].sort(), found, JSON.stringify(keys));
          assert.equal(whole.total, found.length);
          const [byCursor, byOffset]: [string[], string[]] = [[], []];
          for (let after: string | undefined;;) {
            const page = await read(index, query, { limit: size, after });
            assert.equal(page.total, found.length);
            byCursor.push(...page.keys);
            pages++;
            if ((after = page.next) === undefined) break;
            assert.equal(page.keys.length, size);
          }
          for (let offset = 0; offset <= found.length; offset += size) {
            byOffset.push(...(await read(index, query, { limit: size, offset })).keys);
          }
          assert.deepEqual(byCursor, whole.keys, JSON.stringify(keys));
          assert.deepEqual(byOffset, whole.keys, JSON.stringify(keys));
        }
      },
    );
    await fc.assert(property, { seed: 42, numRuns: 60, endOnFailure: true });
    assert.ok(pages > 1000, String(pages));
  });

  Deno.test(`${kind}: the latest study comes first, one without a date last; what comes in between moves no page`, async () => {
    using folder = temporaryFolder();
    await using index = make(`${folder.path}/index.sqlite`);
    const study = (uid: string, StudyDate: string, StudyTime = "") => ({
      ...{ StudyInstanceUID: `1.${uid}`, SeriesInstanceUID: `1.${uid}.1`, SOPInstanceUID: `1.${uid}.1.1` },
      ...{ SOPClassUID: "1.2", PatientID: "P", StudyDate, StudyTime },
    });
    await putAll(index, [
      study("1", "20240101", "10"),
      study("2", ""),
      study("3", "20250101"),
      study("4", "20250101", "0930"),
      study("5", "20250101", "1015"),
      study("6", "", "12"),
    ]);
    const query = createQuery({ level: "STUDY", keys: dataSetOf({ StudyInstanceUID: "" }) });
    const order = async (request: PageRequest = {}) => {
      const { keys, next, total } = await read(index, query, request);
      return { studies: keys.map((key) => key.split(" ")[1]!.slice(2)).join(""), next, total };
    };
    assert.equal((await order()).studies, "543162");
    const first = await order({ limit: 2 });
    assert.equal(first.studies, "54");
    await putAll(index, [study("7", "20260101"), study("8", "20241231")], 10);
    assert.deepEqual(await order({ limit: 3, after: first.next }), { ...await order({ offset: 3, limit: 3 }) });
    assert.equal((await order({ limit: 3, after: first.next })).studies, "381");
    assert.equal((await order({ offset: 100 })).studies, "");
    assert.deepEqual(await order({ limit: 0 }), { studies: "", next: undefined, total: 8 });
  });

  Deno.test(`${kind}: a page without conditions counts all of its level, and no longer what went`, async () => {
    using folder = temporaryFolder();
    await using index = make(`${folder.path}/index.sqlite`);
    const instance = (patient: number, study: number, series: number, number: number) => ({
      ...{ PatientID: `P${patient}`, StudyInstanceUID: `1.${study}`, SeriesInstanceUID: `1.${study}.${series}` },
      ...{ SOPInstanceUID: `1.${study}.${series}.${number}`, SOPClassUID: "1.2" },
    });
    await putAll(index, [
      ...[instance(1, 1, 1, 1), instance(1, 1, 1, 2), instance(1, 1, 1, 3), instance(1, 1, 2, 1)],
      ...[instance(1, 2, 1, 1), instance(2, 3, 1, 1), instance(2, 3, 2, 1)],
    ]);
    const totals = () =>
      Promise.all(QUERY_LEVELS.map(async (level) => {
        const query = createQuery({
          model: "patient-root",
          level,
          keys: dataSetOf({}),
          matching: { relational: true },
        });
        const { total } = await read(index, query, { limit: 1 });
        assert.equal((await read(index, query)).keys.length, total, level);
        return total;
      }));
    assert.deepEqual(await totals(), [2, 3, 5, 7]);
    for (const uid of ["1.1.1.1", "1.1.2.1", "1.2.1.1"]) await index.delete(uid);
    assert.deepEqual(await totals(), [2, 2, 3, 4]);
    for (const uid of ["1.3.1.1", "1.3.2.1"]) await index.delete(uid);
    assert.deepEqual(await totals(), [1, 1, 1, 2]);
  });

  Deno.test(`${kind}: a cursor that is none is refused`, async () => {
    using folder = temporaryFolder();
    await using index = make(`${folder.path}/index.sqlite`);
    const query = createQuery({ level: "STUDY", keys: dataSetOf({ StudyInstanceUID: "" }) });
    for (const after of ["", "x", "%%", btoa("[1]"), btoa('["a","b",{}]'), btoa("null"), btoa("1;drop table study")]) {
      await assert.rejects(index.page(query, { after }), { name: "IdentifierError" });
    }
  });
}
