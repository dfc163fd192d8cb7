import assert from "node:assert/strict";
import fc from "fast-check";
import { isPattern, isUniversalPattern, wildcardTest } from "../../src/query/wildcard.ts";

/** What a pattern means, as a regular expression: right, and slow on purpose-made patterns. */
function reference(pattern: string): RegExp {
  const source = [...pattern].map((character) => {
    if (character === "*") return "[^]*";
    return character === "?" ? "[^]" : character.replace(/[\\^$.|+()[\]{}/-]/u, "\\$&");
  });
  return new RegExp(`^${source.join("")}$`, "u");
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "^", ".", "ä", "𠮷"), maxLength: 12 });
const pattern = fc.string({ unit: fc.constantFrom("a", "b", "^", ".", "𠮷", "*", "?"), maxLength: 8 });

Deno.test("wildcardTest() is a regular expression of any and one", () => {
  fc.assert(
    fc.property(pattern, text, (pattern, text) => wildcardTest(pattern)(text) === reference(pattern).test(text)),
    { seed: 42, numRuns: 20_000 },
  );
});

Deno.test("wildcardTest() finds a text by itself with any part of it replaced", () => {
  const run = fc.tuple(text, fc.nat({ max: 12 }), fc.nat({ max: 12 }), fc.constantFrom("*", "**", "*?"));
  fc.assert(
    fc.property(run, ([text, from, length, wild]) => {
      const characters = [...text];
      const start = from % (characters.length + 1);
      const replaced = characters.splice(start, length, wild);
      if (wild.includes("?") && replaced.length === 0) return;
      assert.ok(wildcardTest(characters.join(""))(text), `${characters.join("")} ${text}`);
    }),
    { seed: 42 },
  );
});

Deno.test("isPattern() and isUniversalPattern() tell wild cards from values", () => {
  assert.deepEqual(["", "a", "a*", "?", "*"].map(isPattern), [false, false, true, true, true]);
  assert.deepEqual(["", "*", "**", "*?", "?"].map(isUniversalPattern), [false, true, true, false, false]);
});

Deno.test("wildcardTest() takes no more time than the product of both lengths", () => {
  const long = "a".repeat(10_240);
  const patterns = [`${"*a".repeat(511)}b`, `${"a*".repeat(511)}b`, `${"*a?".repeat(341)}b`, `${"?*".repeat(511)}b`];
  const start = performance.now();
  for (const pattern of patterns) assert.equal(wildcardTest(pattern)(long), false);
  // Backtracking would take longer than the world exists.
  assert.ok(performance.now() - start < 5000);
});
