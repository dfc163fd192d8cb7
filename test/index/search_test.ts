/** What an index finds: the same as the matcher, whatever is asked. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTag } from "../../src/dicom/dictionary.ts";
import type { InstanceIndex } from "../../src/index/instance_index.ts";
import { AVAILABLE_TRANSFER_SYNTAX_UID } from "../../src/index/kept_attributes.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createSqliteIndex } from "../../src/index/sqlite_index.ts";
import { isBelow, QUERY_LEVELS, type QueryLevel, UNIQUE_KEYS } from "../../src/query/levels.ts";
import { MemorySource } from "../../src/query/memory_source.ts";
import type { InstanceSource } from "../../src/query/instance_source.ts";
import { createQuery, type Query } from "../../src/query/query.ts";
import { archives, keysOfLevels } from "../query/arbitraries.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";
import { MATCHING_CASES } from "../query/matching_cases.ts";
import { queryOf } from "../query/matching_query.ts";
import { temporaryFolder } from "../support/folders.ts";
import { putAll } from "./support.ts";

type Make = (path: string, attributes?: readonly number[]) => InstanceIndex;

const INDEXES: Readonly<Record<string, Make>> = {
  "memory index": (_path, attributes) => createMemoryIndex({ attributes }),
  "sqlite index": (path, attributes) => createSqliteIndex(path, { durable: false, attributes }),
};

/** Tags of all attributes that the cases have, at the top level. */
function tagsOfCases(): number[] {
  const tags = new Set<number>();
  for (const { stored, keys } of MATCHING_CASES) {
    for (const attributes of [...stored, keys]) {
      for (const name of Object.keys(attributes)) tags.add(parseTag(name.split(" ")[0]!)!);
    }
  }
  return [...tags];
}

for (const [kind, make] of Object.entries(INDEXES)) {
  Deno.test(`${kind}: answers as the table of matching says`, async () => {
    using folder = temporaryFolder();
    const wrong: string[] = [];
    const tags = tagsOfCases();
    await using index = make(`${folder.path}/index.sqlite`, tags);
    for (const row of MATCHING_CASES) {
      if (row.level === "WORKLIST") continue;
      await putAll(index, row.stored);
      const matches = await Array.fromAsync(index.search(queryOf(row)));
      if (matches.length > 0 !== row.matches) wrong.push(row.name);
      for (const { SOPInstanceUID } of row.stored) await index.delete(String(SOPInstanceUID));
      assert.equal(await index.count(), 0);
    }
    assert.deepEqual(wrong, []);
  });
}

/** What is found, told by its unique keys, and `whole` with its attributes. */
async function answers(source: Pick<InstanceSource, "find">, query: Query, whole = true): Promise<unknown[]> {
  const found: [string, unknown][] = [];
  for await (const { attributes } of source.find(query)) {
    const key = Object.values(UNIQUE_KEYS).map((tag) => attributes.getText(tag) ?? "").join(" ");
    const texts = (whole ? [...attributes] : []).map(({ tag }) => [tag, textOf(attributes, tag)]);
    found.push([key, texts.filter(([tag, text]) => text !== "" && tag !== AVAILABLE_TRANSFER_SYNTAX_UID)]);
  }
  return found.sort(([one], [other]) => one < other ? -1 : 1);
}

function textOf(attributes: Attributes | { getText(tag: number): string | undefined }, tag: number): string {
  return (attributes as { getText(tag: number): string | undefined }).getText(tag) ?? "";
}

const questions = fc.constantFrom(...QUERY_LEVELS).chain((level: QueryLevel) =>
  fc.record({
    level: fc.constant(level),
    keys: keysOfLevels(QUERY_LEVELS.filter((other) => !isBelow(other, level))),
    dialect: fc.record({ names: fc.constantFrom("literal" as const, "component-prefix" as const) }),
    matching: fc.record({
      fuzzyNames: fc.boolean(),
      combinedDateTime: fc.boolean(),
      multipleValue: fc.boolean(),
      emptyValue: fc.boolean(),
    }),
  })
);

Deno.test("indexes find what the matcher finds, with the same attributes, in 10,000 random archives and questions", async () => {
  const QUESTIONS_EACH = 50;
  let pairs = 0;
  let found = 0;
  const property = fc.asyncProperty(
    archives,
    fc.array(questions, { minLength: QUESTIONS_EACH, maxLength: QUESTIONS_EACH }),
    async (instances, asked) => {
      using folder = temporaryFolder();
      const source = new MemorySource(instances.map((instance) => dataSetOf(instance)));
      await using memory = createMemoryIndex();
      await using sqlite = createSqliteIndex(`${folder.path}/index.sqlite`, { durable: false });
      for (const index of [memory, sqlite]) await putAll(index, instances);
      for (const { keys, ...question } of asked) {
        const query = createQuery({ model: "patient-root", keys: dataSetOf(keys), ...question });
        const whole = pairs % 10 === 0;
        const expected = await answers(source, query, whole);
        for (const index of [memory, sqlite]) {
          assert.deepEqual(
            await answers({ find: (query) => index.search(query) }, query, whole),
            expected,
            JSON.stringify(keys),
          );
        }
        pairs++;
        found += expected.length;
      }
    },
  );
  await fc.assert(property, { seed: 42, numRuns: 10_000 / QUESTIONS_EACH, endOnFailure: true });
  assert.ok(pairs >= 10_000 && found > 10_000, `${pairs} ${found}`);
});

/** Instances of three studies of two patients, which come, come again otherwise, and go. */
const changes = fc.array(
  fc.record({
    instance: fc.nat(11),
    goes: fc.boolean(),
    changed: fc.boolean(),
    syncs: fc.boolean(),
  }),
  { maxLength: 60, size: "max" },
);

function changing(number: number, changed: boolean): Attributes {
  const [study, series] = [Math.floor(number / 4), Math.floor(number / 2)];
  return {
    PatientID: study < 2 ? "P0" : "",
    PatientName: "DOE^JANE",
    StudyInstanceUID: `1.${study}`,
    SeriesInstanceUID: `1.${study}.${series}`,
    Modality: series % 2 === 0 ? "CT" : "SR",
    SOPClassUID: `1.9.${number % 3}`,
    SOPInstanceUID: `1.${study}.${series}.${number}`,
    InstanceNumber: changed ? "2" : "1",
    AccessionNumber: `A${study}`,
  };
}

Deno.test("whatever comes, is replaced and goes, numbers and lists of what is left are right in every index", async () => {
  const property = fc.asyncProperty(changes, async (steps) => {
    using folder = temporaryFolder();
    const model = new Map<number, Attributes>();
    await using memory = createMemoryIndex();
    await using sqlite = createSqliteIndex(`${folder.path}/index.sqlite`, { durable: false });
    for (const [serial, { instance, goes, changed, syncs }] of steps.entries()) {
      const attributes = changing(instance, changed);
      if (goes) model.delete(instance);
      else model.set(instance, attributes);
      for (const index of [memory, sqlite]) {
        if (goes) await index.delete(String(attributes["SOPInstanceUID"]));
        else await putAll(index, [attributes], serial + 1);
        if (syncs) await index.sync();
      }
    }
    const source = new MemorySource(Array.from(model.values(), (attributes) => dataSetOf(attributes)));
    for (const level of QUERY_LEVELS) {
      const query = createQuery({ model: "patient-root", level, keys: dataSetOf({}) });
      const expected = await answers(source, query);
      for (const index of [memory, sqlite]) {
        assert.deepEqual(await answers({ find: (query) => index.search(query) }, query), expected);
      }
    }
  });
  await fc.assert(property, { seed: 42, numRuns: 100 });
});

for (const [kind, make] of Object.entries(INDEXES)) {
  Deno.test(`${kind}: a study has the first value of an attribute that comes, and that of what takes another's place`, async () => {
    using folder = temporaryFolder();
    await using index = make(`${folder.path}/index.sqlite`);
    const instance = (number: number, rest: Attributes): Attributes => ({
      ...{ PatientID: "P", StudyInstanceUID: "1", SeriesInstanceUID: "1.1", SOPInstanceUID: `1.1.${number}` },
      ...rest,
    });
    const found = async () => {
      const query = createQuery({ level: "STUDY", keys: dataSetOf({ StudyInstanceUID: "1" }) });
      const [match] = await Array.fromAsync(index.search(query));
      return ["StudyDescription", "AccessionNumber", "PatientName"].map((keyword) =>
        match?.attributes.getText(keyword as "PatientName") ?? ""
      );
    };
    await putAll(index, [instance(1, { SpecificCharacterSet: "ISO_IR 100", StudyDescription: "Schädel" })]);
    await putAll(index, [instance(2, { StudyDescription: "other", AccessionNumber: "A1" })]);
    await putAll(index, [instance(3, { SpecificCharacterSet: "ISO_IR 192", PatientName: "山田^太郎" })]);
    assert.deepEqual(await found(), ["Schädel", "A1", "山田^太郎"]);
    await putAll(index, [instance(1, { StudyDescription: "new" })], 4);
    if (kind === "sqlite index") assert.deepEqual(await found(), ["new", "A1", "山田^太郎"]);
  });

  Deno.test(`${kind}: names that a pattern of SQL would take forever for cost nothing`, async () => {
    using folder = temporaryFolder();
    await using index = make(`${folder.path}/index.sqlite`);
    const name = "A".repeat(64);
    await putAll(index, [{ StudyInstanceUID: "1", SeriesInstanceUID: "1", SOPInstanceUID: "1", PatientName: name }]);
    const keys = dataSetOf({ PatientName: `${"*A".repeat(60)}*B`, StudyDescription: `${"*a".repeat(500)}?` });
    const begun = performance.now();
    assert.deepEqual(await Array.fromAsync(index.search(createQuery({ level: "STUDY", keys }))), []);
    assert.ok(performance.now() - begun < 1000);
  });
}

Deno.test("sqlite index: as many patterns, names and UIDs as a query may have are looked for", async () => {
  using folder = temporaryFolder();
  await using index = createSqliteIndex(`${folder.path}/index.sqlite`, { durable: false });
  await putAll(index, [{
    ...{ StudyInstanceUID: "1.999", SeriesInstanceUID: "1", SOPInstanceUID: "1", PatientName: "N999^X" },
    StudyDescription: "D999 x",
  }]);
  const list = (count: number, make: (number: number) => string) => Array.from({ length: count }, (_, n) => make(n));
  const keys = dataSetOf({
    PatientName: list(1000, (number) => `N${number}^*`).join("\\"),
    StudyDescription: list(1000, (number) => `*D${number}*x`).join("\\"),
    StudyInstanceUID: list(100_000, (number) => `1.${number}`).join("\\"),
  });
  assert.equal((await Array.fromAsync(index.search(createQuery({ level: "STUDY", keys })))).length, 1);
});

Deno.test("sqlite index: odd values are found by what the matcher says of them", async () => {
  using folder = temporaryFolder();
  await using index = createSqliteIndex(`${folder.path}/index.sqlite`, { durable: false });
  const odd: Attributes = {
    ...{ StudyInstanceUID: "1", SeriesInstanceUID: "1.1", SOPInstanceUID: "1.1.1", PatientID: "P1\\P2" },
    ...{ PatientName: "ONE^A\\TWO^B", StudyDate: "20250101\\20260101", SeriesNumber: "1\\2", Modality: "CT" },
  };
  await putAll(index, [odd]);
  const finds = async (level: QueryLevel, keys: Attributes) =>
    (await Array.fromAsync(index.search(createQuery({ model: "patient-root", level, keys: dataSetOf(keys) })))).length;
  for (const level of QUERY_LEVELS) {
    for (const keys of [{ PatientID: "P2" }, { PatientName: "TWO*" }] as Attributes[]) {
      assert.equal(await finds(level, keys), 1, `${level} ${JSON.stringify(keys)}`);
    }
    assert.equal(await finds(level, { PatientID: "P3" }), 0);
  }
  assert.equal(await finds("STUDY", { StudyDate: "2026" }), 1);
  assert.equal(await finds("IMAGE", { SeriesNumber: "2", SOPInstanceUID: "1.1.1" }), 1);
});

Deno.test("sqlite index: others have their turn while instances of one study are listed, and while keys are matched", async () => {
  using folder = temporaryFolder();
  await using index = createSqliteIndex(`${folder.path}/index.sqlite`, { durable: false });
  const instances = Array.from({ length: 8_000 }, (_, n) => ({
    ...{ StudyInstanceUID: "1", SeriesInstanceUID: `1.${n % 2}`, SOPInstanceUID: `1.1.${n}`, SOPClassUID: "1.2" },
    ...{ PatientID: "P", StudyDescription: "a".repeat(64) },
  }));
  await putAll(index, instances);
  const studies = Array.from({ length: 90 }, (_, n) => ({
    ...{ StudyInstanceUID: `2.${n}`, SeriesInstanceUID: `2.${n}`, SOPInstanceUID: `2.${n}`, SOPClassUID: "1.2" },
    ...{ PatientID: "Q", StudyDescription: "a".repeat(64) },
  }));
  await putAll(index, studies);
  let turns = 0;
  const turn = setInterval(() => turns++);
  try {
    const list = (level: QueryLevel, keys: Attributes) =>
      Array.fromAsync(index.instancesOf(createQuery({ level, keys: dataSetOf(keys) })));
    for (const keys of [{ StudyInstanceUID: "1" }, { PatientID: "P" }]) {
      turns = 0;
      const listed = await list("STUDY", keys);
      assert.ok(turns > 1, "nobody had a turn while instances were listed");
      assert.equal(new Set(listed.map(({ sopInstanceUid }) => sopInstanceUid)).size, instances.length);
    }
    turns = 0;
    const patterns = Array.from({ length: 1000 }, (_, n) => `*${"?a".repeat(15)}?${n}`).join("\\");
    assert.deepEqual(await list("STUDY", { StudyDescription: patterns }), []);
    assert.ok(turns > 10, `others had ${turns} turns while keys were matched`);
  } finally {
    clearInterval(turn);
  }
});

for (const [kind, make] of Object.entries(INDEXES)) {
  Deno.test(`${kind}: an instance says which transfer syntax it is kept in, and is found by it`, async () => {
    using folder = temporaryFolder();
    await using index = make(`${folder.path}/index.sqlite`);
    await putAll(index, [{
      StudyInstanceUID: "1.1",
      SeriesInstanceUID: "1.2",
      SOPInstanceUID: "1.3",
      SOPClassUID: "1.4",
    }]);
    for (const [syntax, count] of [["1.2.840.10008.1.2.1", 1], ["1.2.840.10008.1.2", 0], ["", 1]] as const) {
      const query = createQuery({ level: "IMAGE", keys: dataSetOf({ AvailableTransferSyntaxUID: syntax }) });
      const found = await Array.fromAsync(index.search(query));
      assert.deepEqual(
        found.map(({ attributes }) => attributes.getText("AvailableTransferSyntaxUID")),
        Array(count).fill("1.2.840.10008.1.2.1"),
      );
    }
  });
}
