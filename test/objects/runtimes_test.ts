/** The stores on Node and Bun. */

import assert from "node:assert/strict";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { run } from "../support/process.ts";
import { bundleForNode, nodeRuntimeTests } from "../support/runtimes.ts";

const tests = nodeRuntimeTests("stores work, and a lock whose owner was killed doesn't count", async (command) => {
  using folder = temporaryFolder();
  const program = `${folder.path}/program.mjs`;
  await bundleForNode(new URL("children/store_program.ts", import.meta.url), program);
  for (let start = 0; start < 3; start++) {
    const { code, stderr } = await run(command, [program, `${folder.path}/data`]);
    assert.equal(stderr, "");
    assert.equal(code, 128 + 9);
  }
  assert.deepEqual(filesBelow(`${folder.path}/data/instances`), ["a/0", "a/200000", "a/300000", "a/4096"]);
  assert.deepEqual(filesBelow(`${folder.path}/data/incoming`), []);
});
for (const test of tests) Deno.test(test);
