import assert from "node:assert/strict";
import { compileQuery } from "../../src/query/compile.ts";
import { MemorySource } from "../../src/query/memory_source.ts";
import { dataSetOf } from "./data_sets.ts";
import { MATCHING_CASES } from "./matching_cases.ts";
import { queryOf } from "./matching_query.ts";

Deno.test("the table of matching has at least 150 cases, each with a name of its own, of either result", () => {
  assert.ok(MATCHING_CASES.length >= 150, String(MATCHING_CASES.length));
  assert.equal(new Set(MATCHING_CASES.map(({ name }) => name)).size, MATCHING_CASES.length);
  for (const result of [true, false]) assert.ok(MATCHING_CASES.filter(({ matches }) => matches === result).length > 80);
});

Deno.test("the memory source answers as the table of matching says", async () => {
  const wrong: string[] = [];
  for (const row of MATCHING_CASES) {
    const source = new MemorySource(row.stored.map((instance) => dataSetOf(instance)));
    const matches = await Array.fromAsync(source.find(queryOf(row)));
    if (matches.length > 0 !== row.matches) wrong.push(row.name);
  }
  assert.deepEqual(wrong, []);
});

Deno.test("the matcher, asked of one instance as it is, answers as the table says where nothing is computed", () => {
  const wrong: string[] = [];
  for (const row of MATCHING_CASES) {
    const computed = ["Modal", "Number", "SOPClass"].some((start) =>
      Object.keys(row.keys).some((key) => key.startsWith(start))
    );
    if (row.stored.length !== 1 || (row.level === "STUDY" && computed) || row.keys["NumberOfSeriesRelatedInstances"]) {
      continue;
    }
    const { matches } = compileQuery(queryOf(row));
    if (matches(dataSetOf(row.stored[0]!)) !== row.matches) wrong.push(row.name);
  }
  assert.deepEqual(wrong, []);
});
