/** The stores on Node 20 and later. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { run } from "../support/process.ts";

/** The version of Node here, such as 20; 0 without Node. */
async function nodeVersion(): Promise<number> {
  try {
    return Number(/^v(\d+)/.exec((await run("node", ["--version"])).stdout)?.[1]);
  } catch {
    return 0;
  }
}

Deno.test({
  name: "stores work on Node, and a lock whose owner was killed there doesn't count",
  ignore: await nodeVersion() < 20,
  // esbuild's service process belongs to the module, not to the test.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    using folder = temporaryFolder();
    const program = `${folder.path}/program.mjs`;
    const entryPoint = fileURLToPath(new URL("children/node_program.ts", import.meta.url));
    await build({
      ...{ entryPoints: [entryPoint], outfile: program },
      ...{ bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "silent" },
    });
    await stop();
    for (let start = 0; start < 3; start++) {
      const { code, stderr } = await run("node", [program, `${folder.path}/data`]);
      assert.equal(stderr, "");
      assert.equal(code, 128 + 9);
    }
    assert.deepEqual(filesBelow(`${folder.path}/data/instances`), ["a/0", "a/200000", "a/300000", "a/4096"]);
    assert.deepEqual(filesBelow(`${folder.path}/data/incoming`), []);
  },
});
