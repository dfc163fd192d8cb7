import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";
import { certificates, opensslPresent } from "../support/certificates.ts";

/** Milliseconds for the whole program; one that leaks does not end by itself. */
const patience = 60_000;

/** The version of Node here, such as 20; undefined without Node. */
async function nodeVersion(): Promise<number | undefined> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    return Number(/^v(\d+)/.exec(new TextDecoder().decode(stdout))?.[1]);
  } catch {
    return undefined;
  }
}

const version = await nodeVersion();

/** Bundles a program of this folder for Node 20 and later. */
async function bundle(program: string, outfile: string): Promise<void> {
  const entryPoint = fileURLToPath(new URL(program, import.meta.url));
  try {
    await build({
      ...{ entryPoints: [entryPoint], outfile },
      ...{ bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "silent" },
    });
  } finally {
    await stop();
  }
}

Deno.test({
  name: "the core and its transport run on Node 20 and later",
  ignore: version === undefined || version < 20,
  // esbuild's service process belongs to the module, not to the test.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-node-" });
    try {
      const program = `${folder}/program.mjs`;
      await bundle("node_program.ts", program);
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
