import assert from "node:assert/strict";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { temporaryFolder } from "../support/folders.ts";
import { run } from "../support/process.ts";
import { bundleForNode, nodeRuntimeTests } from "../support/runtimes.ts";
import { tell } from "./outcomes.ts";

const tests = nodeRuntimeTests("the core and its transport work", async (command, t) => {
  using folder = temporaryFolder();
  const program = `${folder.path}/program.mjs`;
  await bundleForNode(new URL("program.ts", import.meta.url), program);
  const args = [program];
  if (opensslPresent) {
    args.push(`${folder.path}/certificates.json`);
    await Deno.writeTextFile(`${folder.path}/certificates.json`, JSON.stringify(await certificates()));
  }
  // One that leaks does not end by itself.
  const { code, stdout, stderr } = await run(command, args, { timeout: 300_000 });
  await tell(t, stdout);
  assert.equal(code, 0, stderr);
});
for (const test of tests) Deno.test(test);
