/**
 * Programs of tests that run on Node.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { build, type Plugin, stop } from "esbuild";
import { run } from "./process.ts";

/** Whether Node 20 or later is here. */
export const nodePresent: boolean = await (async () => {
  try {
    return Number(/^v(\d+)/.exec((await run("node", ["--version"])).stdout)?.[1]) >= 20;
  } catch {
    return false;
  }
})();

/**
 * Options of a test that bundles a program for Node: it is skipped without Node; and esbuild's service process belongs to
 * the module, not to the test.
 */
export const onNode = { ignore: !nodePresent, sanitizeOps: false, sanitizeResources: false } as const;

/** Packages are where Deno has them; those that it has for other packages alone are left to Node. */
const packagesOfDeno: Plugin = {
  name: "packages of Deno",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) => {
      if (path.startsWith("node:")) return { external: true };
      try {
        return { path: fileURLToPath(import.meta.resolve(path)) };
      } catch {
        return { external: true };
      }
    });
  },
};

/** Bundles a program and all that it imports for Node 20 and later. */
export async function bundleForNode(program: URL, outfile: string): Promise<void> {
  try {
    await build({
      ...{ entryPoints: [fileURLToPath(program)], outfile, plugins: [packagesOfDeno] },
      ...{ bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "silent" },
    });
  } finally {
    await stop();
  }
}
