import assert from "node:assert/strict";
import fc from "fast-check";
import { parseJsonItems } from "../../src/dicomweb/json_items.ts";
import { LimitError } from "../../src/errors.ts";

Deno.test("parseJsonItems() gives the items of any list, and one item of anything else, as JSON.parse() does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.constantFrom("", " ", "\n\t"), fc.nat(2), async (value, space, indent) => {
      const text = space + JSON.stringify(value, null, indent) + space;
      const parsed: unknown = JSON.parse(text);
      assert.deepEqual(await parseJsonItems(text), Array.isArray(parsed) ? parsed : [parsed]);
    }),
    { seed: 42 },
  );
});

Deno.test("parseJsonItems() refuses what JSON.parse() refuses", async () => {
  const texts = [
    ...[
      "",
      " ",
      "[",
      "]",
      "[]]",
      "[1",
      "[1,",
      "[1,]",
      "[,1]",
      "[,]",
      "[1 2]",
      "[1]x",
      "[1][2]",
      "[}",
      "[{]}",
      "[{]",
      "{]",
    ],
    ...['["a]', '["a\\"]', "[\u00a0]", "[1]\u00a0", "\u00a0[1]", "[nul]", "[{},{]"],
  ];
  for (const text of texts) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    await assert.rejects(parseJsonItems(text), SyntaxError, text);
  }
  await assert.rejects(parseJsonItems(`[${"[],".repeat(4_000_000)}1]`), LimitError);
});

Deno.test("parseJsonItems() lets others have their turn, between items and within a long one", async () => {
  for (const text of [`[${"{},".repeat(999)}{}]`, `["${"x".repeat(2_000_000)}"]`, `["${'\\"'.repeat(1_000_000)}"]`]) {
    let turns = 0;
    await parseJsonItems(text, () => void turns++);
    assert.ok(turns >= 100, `${turns} turns`);
  }
});
