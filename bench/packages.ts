/**
 * `deno task bench:packages`: how large the packages are, and how long imports take.
 *
 * Times are of processes of their own, with caches filled by one before: the import alone, as the process measures it. Deno
 * has read the sources and found what they import before that begins. A bundle for Node is one of several files, so that what
 * is loaded late stays apart; one file has to be compiled as a whole.
 *
 * @module
 */

import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { bundle } from "../scripts/build/packages.ts";
import manifest from "../deno.json" with { type: "json" };

const root = fileURLToPath(new URL("..", import.meta.url));

/** Processes that are measured for a number. */
const ROUNDS = 15;

/** Most milliseconds that the import of `@gantry/dicom` is to take. */
const LIMITS = { deno: 35, node: 45 } as const;

const folder = Deno.makeTempDirSync({ prefix: "gantry-bench-" });
try {
  await printSizes();
  await printTimes();
} finally {
  Deno.removeSync(folder, { recursive: true });
}

async function printSizes(): Promise<void> {
  await run(Deno.execPath(), "run", "-A", `${root}/scripts/build/npm.ts`, `${folder}/npm`);
  await run(Deno.execPath(), "run", "-A", `${root}/scripts/build/one_file.ts`, `${folder}/gantry.js`);
  const file = Deno.readFileSync(`${folder}/gantry.js`);
  const rows: [what: string, bytes: number][] = [
    ["npm package, as a tarball", Deno.statSync(`${folder}/gantry-dicom-${manifest.version}.tgz`).size],
    ["npm package, unpacked", sizeOf(`${folder}/npm`)],
    ["its declarations", sizeOf(`${folder}/npm/types`)],
    ["the command line in one file", file.length],
    ["the same, compressed by gzip", gzipSync(file).length],
  ];
  for (const [what, bytes] of rows) console.log(`${what.padEnd(36)} ${(bytes / 1e3).toFixed(0).padStart(8)} kB`);
}

function sizeOf(path: string): number {
  return [...Deno.readDirSync(path)].reduce((size, { name, isDirectory }) => {
    const below = `${path}/${name}`;
    return size + (isDirectory ? sizeOf(below) : Deno.statSync(below).size);
  }, 0);
}

async function printTimes(): Promise<void> {
  for (const [subpath, path] of Object.entries(manifest.exports)) {
    if (subpath === "./cli") continue;
    const options = ["run", "-A", "--config", `${root}/deno.json`];
    const time = await importTime(Deno.execPath(), options, `${root}/${path}`);
    print(`import ${subpath} on Deno`, time, subpath === "." ? LIMITS.deno : undefined);
  }
  const options = { platform: "node", target: "node20", minify: true } as const;
  const entryPoints = { mod: `${root}/mod.ts` };
  const outExtension = { ".js": ".mjs" };
  await bundle({ ...options, entryPoints, outExtension, outdir: `${folder}/split`, splitting: true });
  await bundle({ ...options, entryPoints, outExtension, outdir: `${folder}/one` });
  print("import . on Node, bundled", await importTime("node", [], `${folder}/split/mod.mjs`), LIMITS.node);
  print("import . on Node, in one file", await importTime("node", [], `${folder}/one/mod.mjs`), LIMITS.node);
}

function print(what: string, milliseconds: number, limit: number | undefined): void {
  const goal = limit === undefined ? "" : `   to reach: ${limit} ms`;
  console.log(`${what.padEnd(36)} ${milliseconds.toFixed(1).padStart(8)} ms${goal}`);
}

/** Median of what an import takes, in milliseconds. */
async function importTime(command: string, options: readonly string[], path: string): Promise<number> {
  const program = `${folder}/import.mjs`;
  const url = JSON.stringify(pathToFileURL(path).href);
  Deno.writeTextFileSync(
    program,
    `const start = performance.now(); await import(${url}); console.log(performance.now() - start);`,
  );
  const times: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const time = Number(await run(command, ...options, program));
    if (round >= 0) times.push(time);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
}

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd: root }).output();
  if (!success) throw new Error(`Cannot run ${command} ${args[0]}:\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
