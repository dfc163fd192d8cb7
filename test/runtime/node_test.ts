import assert from "node:assert/strict";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { bundleForNode, onNode } from "../support/node.ts";

/** Milliseconds for the whole program; one that leaks does not end by itself. */
const patience = 60_000;

Deno.test({
  ...onNode,
  name: "the core and its transport run on Node 20 and later",
  fn: async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-node-" });
    try {
      const program = `${folder}/program.mjs`;
      await bundleForNode(new URL("node_program.ts", import.meta.url), program);
      const args = [program];
      if (opensslPresent) {
        args.push(`${folder}/certificates.json`);
        await Deno.writeTextFile(`${folder}/certificates.json`, JSON.stringify(await certificates()));
      }
      const { code, stdout, stderr } = await new Deno.Command("node", {
        args,
        signal: AbortSignal.timeout(patience),
      }).output();
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      const results: { what: string; error?: string }[] = lines.map((line) => JSON.parse(line));
      for (const { what, error } of results) {
        await t.step(what, () => error === undefined ? undefined : assert.fail(error));
      }
      assert.equal(code, 0, new TextDecoder().decode(stderr));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
