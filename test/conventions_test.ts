/** Holds what every file of tests has in common. */

import assert from "node:assert/strict";
import { kindsOfTests } from "./support/kinds.ts";

const root = new URL("../", import.meta.url);

/** TypeScript below these folders, by its path from the root. */
function sources(...folders: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(`${folder}/`, root))) {
      const path = `${folder}/${name}`;
      if (isDirectory) sources(path).forEach((text, path) => found.set(path, text));
      else if (name.endsWith(".ts")) found.set(path, Deno.readTextFileSync(new URL(path, root)));
    }
  }
  return found;
}

/** What a file does with assertions other than to import all of them, the strict ones, as `assert`. */
function otherAssertions(text: string): string[] {
  const imports =
    /^import\s[^;]*?from\s*"((?:node:)?assert(?:\/strict)?|(?:jsr:|npm:)?(?:@std\/assert|chai)[^"]*)";?/gm;
  const unpacked = /^ *(?:const|let|var)\s*\{[^}]*\}\s*=\s*assert\b.*/gm;
  return [...text.matchAll(imports), ...text.matchAll(unpacked)]
    .map(([line]) => line).filter((line) => line !== 'import assert from "node:assert/strict";');
}

Deno.test("assert.equal and assert.deepEqual are the strict ones, in every file", () => {
  assert.throws(() => assert.equal(1, "1"), assert.AssertionError);
  assert.throws(() => assert.deepEqual([1], ["1"]), assert.AssertionError);
  const files = sources("test", "bench", "scripts", "examples");
  assert.ok([...files.values()].filter((text) => text.includes("assert.equal(")).length > 100);
  files.delete("test/support/assert.ts"); // It is what all others import.
  assert.deepEqual([...files].flatMap(([path, text]) => otherAssertions(text).map((line) => `${path}: ${line}`)), []);
});

Deno.test("assertions that come under another name are found", () => {
  const cases = [
    'import { deepStrictEqual as equal } from "node:assert/strict";',
    'import {\n  deepEqual,\n} from "node:assert";',
    'import assert from "node:assert";',
    'import assert from "assert";',
    'import * as assert from "node:assert/strict";',
    'import { assertEquals } from "jsr:@std/assert@1";',
    "const { equal } = assert;",
  ];
  for (const line of cases) assert.equal(otherAssertions(`${line}\nequal(1, 1);\n`).length, 1, line);
  assert.deepEqual(otherAssertions('import assert from "node:assert/strict";\nimport fc from "fast-check";\n'), []);
});

Deno.test("tests are declared by the files that hold them, so that a failure names that file", () => {
  const declares = /^ *Deno\.test(\.\w+)?\(/m;
  const helpers = [...sources("test")].filter(([path, text]) => !path.endsWith("_test.ts") && declares.test(text));
  assert.deepEqual(helpers.map(([path]) => path), []);
});

Deno.test("every file of tests has a kind, by what it starts", async () => {
  const kinds = await kindsOfTests();
  const kindOf = (name: string) => [...kinds].find(([path]) => path.endsWith(name))?.[1];
  assert.equal(kindOf("/test/dicom/tag_test.ts"), "unit");
  assert.equal(kindOf("/test/interop/orthanc_test.ts"), "peers");
  assert.equal(kindOf("/test/cli/main_test.ts"), "peers");
  assert.equal(kindOf("/test/transport/turns_test.ts"), "peers");
  assert.equal(kindOf("/test/sizes_test.ts"), "peers");
  assert.equal(kindOf("/test/runtime/workerd_test.ts"), "runtimes");
  const tests = [...sources("test").keys()].filter((path) => path.endsWith("_test.ts"));
  assert.equal(kinds.size, tests.length);
});
