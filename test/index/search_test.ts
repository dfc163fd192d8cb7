/** What an index finds: the same as the matcher, whatever is asked. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTag } from "../../src/dicom/dictionary.ts";
import type { InstanceIndex } from "../../src/index/instance_index.ts";
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

/** What is found, told by its unique keys, with its attributes. */
async function answers(source: Pick<InstanceSource, "find">, query: Query): Promise<unknown[]> {
  const found: [string, unknown][] = [];
  for await (const { attributes } of source.find(query)) {
    const key = Object.values(UNIQUE_KEYS).map((tag) => attributes.getText(tag) ?? "").join(" ");
    const texts = [...attributes].map(({ tag }) => [tag, textOf(attributes, tag)]);
    found.push([key, texts.filter(([, text]) => text !== "")]);
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
        const expected = await answers(source, query);
        for (const index of [memory, sqlite]) {
          assert.deepEqual(
            await answers({ find: (query) => index.search(query) }, query),
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
