/**
 * Bundling by esbuild, with packages where Deno has them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type BuildResult, type Plugin, stop } from "esbuild";
import { packagesOfLinks } from "./runtime_packages.ts";

/**
 * Packages are where Deno has them. Those that `external` names, and those that Deno does not have, are
 * left to the runtime.
 */
function packagesOfDeno(external: readonly string[] = []): Plugin {
  return {
    name: "packages of Deno",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path }) => {
        if (path.startsWith("node:") || external.some((name) => path === name || path.startsWith(`${name}/`))) {
          return { external: true };
        }
        try {
          return { path: fileURLToPath(import.meta.resolve(packagesOfLinks[path] ?? path)) };
        } catch {
          return { external: true };
        }
      });
    },
  };
}

/** Bundles as ES modules; the process of esbuild has ended when this resolves. */
export async function bundle(
  { plugins = [], ...rest }: BuildOptions,
  external: readonly string[] = [],
): Promise<BuildResult> {
  try {
    return await build({
      ...{ bundle: true, format: "esm", logLevel: "silent", ...rest },
      plugins: [...plugins, packagesOfDeno(external)],
    });
  } finally {
    await stop();
  }
}
