import assert from "node:assert/strict";

const PAGE = Deno.readTextFileSync(new URL("../SECURITY.md", import.meta.url));

/** Links to tests, each with a part of the test's name: `[x_test.ts](test/x_test.ts) "what holds"`. */
const NAMED = [...PAGE.matchAll(/\[([a-z_]+\.ts)\]\((test\/[a-z_/]+\.ts)\)\s+"([^"]+)"/g)]
  .map(([, label = "", path = "", name = ""]) => ({ label, path, name: name.replaceAll(/\s+/g, " ") }));

Deno.test("SECURITY.md names tests that exist", () => {
  assert.ok(NAMED.length > 20);
  for (const { label, path, name } of NAMED) {
    assert.ok(path.endsWith(`/${label}`), `${label} is not ${path}`);
    const source = Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
    assert.ok(source.includes(name), `${path} has no test "${name}"`);
  }
});

Deno.test("SECURITY.md names a test for every threat", () => {
  const [, threats = ""] = PAGE.split(/^## Threats$/m);
  const entries = threats.split(/^## /m)[0]!.split(/^- /m).slice(1);
  assert.ok(entries.length > 10);
  for (const entry of entries) {
    assert.match(entry, /^\*\*[^*]+\*\* [^]+?\n {2}- \[[a-z_]+\.ts\]\(test\/[^)]+\)\s+"[^"]+"/);
  }
});
