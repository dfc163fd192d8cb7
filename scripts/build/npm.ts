/**
 * Writes the npm package from the same source: `dist/npm`, or the folder that is given, and its tarball beside it.
 *
 * Each module of the package becomes an ES module, with what they share in chunks, so that no class exists twice. Packages
 * stay dependencies. `./deno` is left out: for Deno the package is on JSR.
 *
 * @module
 */

import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { bundle } from "./packages.ts";
import { runtimePackages } from "./runtime_packages.ts";
import { writeDeclarations } from "./declarations.ts";
import { forNode } from "./for_node.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const out = Deno.args[0] ?? join(root, "dist/npm");

/** Subpaths of the package, each with its source. */
const entries = Object.entries(manifest.exports).filter(([subpath]) => !["./deno", "./cli"].includes(subpath));

/** Packages that are needed at run time, by name, with their ranges. Codecs can be left out: their frames are refused then. */
const packages = [...runtimePackages].map(([name, specifier]) => [name, specifier.slice(`npm:${name}@`.length)] as const);
const isCodec = (name: string) => name.startsWith("@cornerstonejs/");
const dependencies = Object.fromEntries(packages.filter(([name]) => !isCodec(name)));
const optionalDependencies = Object.fromEntries(packages.filter(([name]) => isCodec(name)));

/** What the processes of codecs run: no module for users. */
const CODEC_PROGRAM = "src/pixel_data/pool/node_codec_program.ts";

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await writeModules();
writeDeclarations({ root, entries: entries.map(([, path]) => path), out: join(out, "types") });
writeFileSync(join(out, "package.json"), `${JSON.stringify(packageManifest(), undefined, 2)}\n`);
for (const page of ["README.md", "LICENSE", "SECURITY.md"]) cpSync(join(root, page), join(out, page));
await pack();

async function writeModules(): Promise<void> {
  const options = { bundle: true, splitting: true, outdir: out, chunkNames: "chunks/[name]-[hash]" } as const;
  const programs = { gantry: join(root, "src/cli/node/main.ts") };
  await bundle({
    ...{ ...options, platform: "node", target: ["es2022", "node20"] },
    entryPoints: {
      ...Object.fromEntries(entries.map(([subpath, path]) => [nameOf(subpath), join(root, path)])),
      ...programs,
      "codec-program": join(root, CODEC_PROGRAM),
    },
    plugins: [forNode(root)],
  }, packages.map(([name]) => name));
  chmodSync(join(out, "gantry.js"), 0o755);
}

/** Name of the file of a subpath, without its ending. */
function nameOf(subpath: string): string {
  return subpath === "." ? "mod" : subpath.slice(2);
}

function packageManifest(): object {
  const exports = Object.fromEntries(entries.map(([subpath, path]) => [subpath, {
    types: `./types/${path.slice(2).replace(/\.ts$/, ".d.ts")}`,
    default: `./${nameOf(subpath)}.js`,
  }]));
  const { name, version, license } = manifest;
  return {
    ...{ name, version, license, type: "module" },
    description: "DICOM over Web Streams: a gateway and the library that it is made of",
    keywords: ["dicom", "gateway", "pacs", "dimse", "medical-imaging"],
    engines: { node: ">=20" },
    sideEffects: false,
    exports: { ...exports, "./codec-program": "./codec-program.js", "./package.json": "./package.json" },
    bin: { gantry: "./gantry.js" },
    ...{ dependencies, optionalDependencies },
  };
}

async function pack(): Promise<void> {
  const npm = new Deno.Command("npm", {
    args: ["pack", "--silent", "--ignore-scripts", "--pack-destination", dirname(out)],
    cwd: out,
    stdout: "piped",
    stderr: "inherit",
  });
  const { success, stdout } = await npm.output();
  if (!success) throw new Error("Cannot make the tarball: npm pack failed");
  const tarball = basename(new TextDecoder().decode(stdout).trim());
  console.log(`${join(dirname(out), tarball)} (${readFileSync(join(dirname(out), tarball)).length} bytes)`);
}
