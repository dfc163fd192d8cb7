/**
 * Writes one minified JavaScript file that is the whole command line for Deno: `dist/gantry.js`, or the path that is given.
 *
 * @module
 */

import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { bundle } from "./packages.ts";

const { license, version } = manifest;
const outfile = Deno.args[0] ?? fileURLToPath(new URL("../../dist/gantry.js", import.meta.url));
mkdirSync(dirname(outfile), { recursive: true });
await bundle({
  ...{ entryPoints: [fileURLToPath(new URL("../../cli.ts", import.meta.url))], outfile },
  ...{ platform: "neutral", target: "es2024", minify: true, legalComments: "eof" },
  mainFields: ["module", "main"],
  banner: { js: `#!/usr/bin/env -S deno run -A --no-config\n// Gantry ${version}, ${license}` },
});
chmodSync(outfile, 0o755);
