import assert from "node:assert/strict";
import { stop } from "esbuild";
import { PROGRAMS, sizeOf } from "../bench/sizes.ts";

for (const program of PROGRAMS) {
  const { name, maximum = Infinity } = program;
  if (maximum === Infinity) continue;
  Deno.test({
    name: `a bundled program that ${name} has at most ${maximum} bytes, and no dictionary`,
    // esbuild's service process belongs to the module, not to the test.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      try {
        const { bytes, parts } = await sizeOf(program);
        const largest = parts.slice(0, 10).map((part) => `${part.path}: ${part.bytes}`);
        assert.ok(bytes <= maximum, `it has ${bytes}:\n${largest.join("\n")}`);
        const tables = parts.filter(({ path }) => /(dictionary|uids)_data/.test(path));
        assert.deepEqual(tables.filter(({ bytes }) => bytes > 0), []);
      } finally {
        await stop();
      }
    },
  });
}

Deno.test({
  name: "sizeOf() tells what a program consists of: one that has the dictionary is larger than it",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    try {
      const source = `import { findAttribute } from "gantry/data-set"; globalThis.find = findAttribute;`;
      const { bytes, parts } = await sizeOf({ name: "finds attributes", source });
      assert.match(parts[0]!.path, /dictionary_data/);
      assert.ok(parts[0]!.bytes > 300_000 && bytes > parts[0]!.bytes);
    } finally {
      await stop();
    }
  },
});
