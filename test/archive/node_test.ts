/** The stores on Node 20 and later. */

import assert from "node:assert/strict";
import { openFileStore } from "../../src/archive/file_store.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { bundleForNode, onNode } from "../support/node.ts";
import { run } from "../support/process.ts";

Deno.test({
  ...onNode,
  name: "stores work on Node, and a lock whose owner was killed there doesn't count",
  fn: async () => {
    using folder = temporaryFolder();
    const program = `${folder.path}/program.mjs`;
    await bundleForNode(new URL("children/node_program.ts", import.meta.url), program);
    for (let start = 0; start < 3; start++) {
      const { code, stderr } = await run("node", [program, `${folder.path}/data`]);
      assert.equal(stderr, "");
      assert.equal(code, 128 + 9);
    }
    assert.deepEqual(filesBelow(`${folder.path}/data/instances`), ["a/0", "a/200000", "a/300000", "a/4096"]);
    assert.deepEqual(filesBelow(`${folder.path}/data/incoming`), []);
    await using _store = await openFileStore(`${folder.path}/data`);
    const { stderr } = await run("node", [program, `${folder.path}/data`]);
    assert.match(stderr, /Error: Cannot open the archive: it is open already/);
  },
});
