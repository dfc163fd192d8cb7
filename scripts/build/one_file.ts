/**
 * Writes one minified JavaScript file that is the whole command line for Deno: `dist/gantry.js`, or the path that is given.
 *
 * @module
 */

import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import type { Plugin } from "esbuild";
import { bundle } from "./packages.ts";
import { runtimePackages } from "./runtime_packages.ts";

const { license, version } = manifest;
const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const outfile = Deno.args[0] ?? fileURLToPath(new URL("../../dist/gantry.js", import.meta.url));
mkdirSync(dirname(outfile), { recursive: true });
await bundle({
  ...{ entryPoints: [path("cli.ts")], outfile, plugins: [codecProgram(await bundledCodecProgram())] },
  ...{ platform: "neutral", target: "es2024", minify: true, legalComments: "eof" },
  mainFields: ["module", "main"],
  banner: { js: `#!/usr/bin/env -S deno run -A --no-config\n// Gantry ${version}, ${license}` },
});
chmodSync(outfile, 0o755);

/** The program of the processes for codecs: the codecs themselves stay packages, which Deno fetches when they are needed. */
async function bundledCodecProgram(): Promise<string> {
  const packages: Plugin = {
    name: "packages of codecs",
    setup({ onResolve }) {
      onResolve({ filter: /^@cornerstonejs\// }, ({ path }) => {
        const [scope, name, subpath] = path.split("/");
        return { path: `${runtimePackages.get(`${scope}/${name}`)}/${subpath}`, external: true };
      });
    },
  };
  const { outputFiles } = await bundle({
    ...{ entryPoints: [path("src/pixel_data/pool/deno_codec_program.ts")], write: false, outfile: "program.js" },
    ...{ platform: "neutral", target: "esnext", minify: true, plugins: [packages] },
  });
  return outputFiles![0]!.text;
}

/** Puts that program in the place of its URL. */
function codecProgram(program: string): Plugin {
  return {
    name: "program of codecs",
    setup({ onLoad }) {
      onLoad({ filter: /deno_program_url\.ts$/ }, () => {
        const url = `data:text/javascript,${encodeURIComponent(program)}`;
        return { contents: `export const PROGRAM = ${JSON.stringify(url)};` };
      });
    },
  };
}
