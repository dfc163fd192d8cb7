import assert from "node:assert/strict";
import fc from "fast-check";
import { isBelow, QUERY_LEVELS, type QueryLevel, UNIQUE_KEYS } from "../../src/query/levels.ts";
import { MemorySource } from "../../src/query/memory_source.ts";
import { createQuery } from "../../src/query/query.ts";
import { archives, keysOfLevels } from "./arbitraries.ts";
import { type Attributes, dataSetOf } from "./data_sets.ts";

/** The unique keys of level `of` in all that is found at `level`. */
async function found(source: MemorySource, level: QueryLevel, keys: Attributes, of: QueryLevel): Promise<string[]> {
  const query = createQuery({ model: "patient-root", level, keys: dataSetOf(keys) });
  const uids = new Set<string>();
  for await (const { attributes } of source.find(query)) uids.add(attributes.getText(UNIQUE_KEYS[of]) ?? "");
  return [...uids].sort();
}

for (const level of QUERY_LEVELS.slice(0, -1)) {
  Deno.test(`keys of ${level} and above find the same at that level as at all below`, async () => {
    const keys = keysOfLevels(QUERY_LEVELS.filter((other) => !isBelow(other, level)));
    let answers = 0;
    const property = fc.asyncProperty(archives, keys, async (instances, keys) => {
      const source = new MemorySource(instances.map((instance) => dataSetOf(instance)));
      const expected = await found(source, level, keys, level);
      answers += expected.length;
      for (const below of QUERY_LEVELS.filter((other) => isBelow(other, level))) {
        assert.deepEqual(await found(source, below, keys, level), expected);
      }
    });
    await fc.assert(property, { seed: 42, numRuns: 300 });
    assert.ok(answers > 100, String(answers));
  });
}

Deno.test("more keys never find more", async () => {
  const property = fc.asyncProperty(archives, keysOfLevels(QUERY_LEVELS), async (instances, keys) => {
    const source = new MemorySource(instances.map((instance) => dataSetOf(instance)));
    const all = new Set(await found(source, "IMAGE", keys, "IMAGE"));
    for (const [keyword, key] of Object.entries(keys)) {
      const alone = new Set(
        await found(source, "IMAGE", { SpecificCharacterSet: "ISO_IR 192", [keyword]: key }, "IMAGE"),
      );
      assert.ok(all.isSubsetOf(alone), keyword);
    }
  });
  await fc.assert(property, { seed: 42, numRuns: 300 });
});
