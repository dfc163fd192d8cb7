/**
 * Holds the command line in one file, and what a start from a checkout fetches.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { temporaryFolder } from "../support/folders.ts";
import { Process, run } from "../support/process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A registry that nobody can reach. */
const NOWHERE = "http://127.0.0.1:9";

/** Milliseconds that building and fetching may take on a busy machine. */
const PATIENCE = 120_000;

/** Environment of a machine that Gantry was never on. */
function freshMachine(folder: string, registry?: string): Record<string, string> {
  const denoDir = { DENO_DIR: `${folder}/deno`, NO_COLOR: "1" };
  return registry === undefined ? denoDir : { ...denoDir, NPM_CONFIG_REGISTRY: registry };
}

const PORTS = ["--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--log-format", "json"];

/** Starts a gateway, asks it, and stops it; answers what it wrote. */
async function startAndStop(command: string, args: readonly string[], folder: string, env: Record<string, string>) {
  const listen = [...args, "listen", ...PORTS, "--data", `${folder}/data`];
  await using gateway = new Process(command, listen, { env, cwd: folder, timeout: PATIENCE });
  const { httpPort } = JSON.parse(await gateway.line(/"event":"listening"/));
  const { status } = await (await fetch(`http://127.0.0.1:${httpPort}/health`)).json();
  assert.equal(status, "pass");
  gateway.kill("SIGTERM");
  const { code, stderr } = await gateway.exited;
  assert.equal(code, 0, stderr);
  return stderr;
}

Deno.test("the command line in one file runs without a network and without anything else, also when it is installed", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  const file = `${path}/gantry.js`;
  const script = `${root}/scripts/build/one_file.ts`;
  const built = await run(Deno.execPath(), ["run", "-A", script, file], { cwd: root, timeout: PATIENCE });
  assert.equal(built.code, 0, built.stderr);
  assert.ok(Deno.statSync(file).size < 4_000_000, "it is minified");

  const env = freshMachine(path, NOWHERE);
  const direct = ["run", "-A", "--no-config", file];
  assert.doesNotMatch(await startAndStop(Deno.execPath(), direct, path, env), /Download|npm/);
  const { stdout } = await run(Deno.execPath(), [...direct, "init", "-"], { env, cwd: path });
  assert.match(stdout, /aeTitle: GANTRY/);

  const install = ["install", "--global", "--quiet", "-A", "--no-config", "--root", path, "--name", "gantry", file];
  const installed = await run(Deno.execPath(), install, { env, cwd: path });
  assert.equal(installed.code, 0, installed.stderr);
  const version = await run(`${path}/bin/gantry`, ["--version"], { env, cwd: path });
  assert.equal(version.stdout, `gantry ${manifest.version}\n`, version.stderr);
});

Deno.test("the first start in a checkout fetches what running needs, and says nothing else of packages", async () => {
  using folder = temporaryFolder();
  const stderr = await startAndStop(
    Deno.execPath(),
    ["run", "-A", `${root}/cli.ts`],
    folder.path,
    freshMachine(folder.path),
  );
  const said = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  const fetched = said.map((line) => /^Download \S+?\/([\w-]+)(?:\/-\/\S+)?$/.exec(line)?.[1] ?? line);
  assert.deepEqual([...new Set(fetched)].sort(), ["argparse", "hono", "jose", "js-yaml", "yaml", "zod"]);
});

Deno.test("the first start by the command of the README prints nothing of packages", async () => {
  const [, flags = ""] = /^deno run (-\S+) cli\.ts listen/m.exec(Deno.readTextFileSync(`${root}/README.md`)) ?? [];
  assert.notEqual(flags, "");
  using folder = temporaryFolder();
  const args = ["run", flags, `${root}/cli.ts`];
  const stderr = await startAndStop(Deno.execPath(), args, folder.path, freshMachine(folder.path));
  assert.deepEqual(stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{")), []);
});

Deno.test("without packages and without a network a start says in one line what is missing", async () => {
  using folder = temporaryFolder();
  const args = ["run", "--quiet", "-A", `${root}/cli.ts`, "listen", ...PORTS, "--data", `${folder.path}/data`];
  const env = freshMachine(folder.path, NOWHERE);
  const { code, stderr } = await run(Deno.execPath(), args, { env, timeout: PATIENCE });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^gantry: Cannot load a package that this command needs: [^\n]*hono[^\n]*`deno install[^\n]*`[^\n]*\n$/,
  );
});
