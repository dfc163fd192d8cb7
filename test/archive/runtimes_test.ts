/** The archive in files, with its index, on Node from 22 on and on Bun. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { run } from "../support/process.ts";
import { bundleForNode, nodeRuntimeTests } from "../support/runtimes.ts";

const tests = nodeRuntimeTests("an archive in files knows after each kill what it had kept", async (command) => {
  using folder = temporaryFolder();
  const program = `${folder.path}/program.mjs`;
  await bundleForNode(new URL("children/archive_program.ts", import.meta.url), program);
  for (let start = 0; start < 3; start++) {
    const { code, stdout, stderr } = await run(command, [program, `${folder.path}/data`]);
    // Node 20 has no SQLite.
    if (command === "node" && stderr.includes("ERR_UNKNOWN_BUILTIN_MODULE")) return;
    assert.equal(stdout, `${start}\n`, stderr);
    assert.equal(code, 128 + 9);
  }
});
for (const test of tests) Deno.test(test);
