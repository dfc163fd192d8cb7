/**
 * The command line for Node: the same source, with Node's platform for Deno's and with what stands in for `Deno`.
 *
 * @module
 */

import { join } from "node:path";
import type { Plugin } from "esbuild";
import { readFileSync } from "node:fs";

/** Modules of Deno, and what the command line has in their place on Node. */
const REPLACED: Readonly<Record<string, string>> = {
  "src/hosts/deno.ts": "src/hosts/node.ts",
  "src/hosts/deno_platform.ts": "src/cli/node/platform.ts",
};

/** A plugin of esbuild for sources below `root`. */
export function forNode(root: string): Plugin {
  const replaced = new Map(Object.entries(REPLACED).map(([from, to]) => [join(root, from), join(root, to)]));
  const commands = join(root, "src/cli/");
  return {
    name: "for Node",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/deno(_platform)?\.ts$/ }, ({ path, resolveDir }) => {
        const to = replaced.get(join(resolveDir, path));
        return to === undefined ? undefined : { path: to };
      });
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (!path.startsWith(commands) || path.startsWith(join(commands, "node/"))) return undefined;
        const contents = readFileSync(path, "utf8");
        if (!/\bDeno\./.test(contents)) return undefined;
        const module = JSON.stringify(join(commands, "node/deno.ts"));
        return { contents: `import { Deno } from ${module};\n${contents}`, loader: "ts" };
      });
    },
  };
}
