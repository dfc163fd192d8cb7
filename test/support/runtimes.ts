/**
 * Other runtimes: programs of tests are bundled, and run on Node and Bun, or inside workerd.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";
import { bundle } from "../../scripts/build/packages.ts";
import { find, testWith } from "./peers.ts";

/** The runtimes with Node's API, by their commands. */
export type NodeRuntime = "node" | "bun";

const NODE_RUNTIMES: Readonly<Record<NodeRuntime, string>> = { node: "Node 20 or later", bun: "Bun" };

/** esbuild's service process belongs to the module, not to the test. */
const BUNDLING = { sanitizeOps: false, sanitizeResources: false } as const;

/** A test for each runtime with Node's API; as `peerTest` where it is not installed. */
export function nodeRuntimeTests(
  name: string,
  fn: (command: NodeRuntime, t: Deno.TestContext) => Promise<void>,
): Deno.TestDefinition[] {
  return (["node", "bun"] as const).map((command) => {
    const runtime = NODE_RUNTIMES[command];
    const missing = isPresent(command) ? [] : [runtime];
    return testWith({ name: `${runtime}: ${name}`, missing, fn: (t) => fn(command, t), ...BUNDLING });
  });
}

/** A test of workerd; as `peerTest` where it is not installed. */
export function workerdTest(
  name: string,
  fn: (command: string, t: Deno.TestContext) => Promise<void>,
): Deno.TestDefinition {
  const command = find("workerd");
  // Where npm ran no install script this is a script, whose child would outlive it.
  const missing = command === undefined || isScript(command) ? ["workerd itself"] : [];
  return testWith({ name: `workerd: ${name}`, missing, fn: (t) => fn(command ?? "workerd", t), ...BUNDLING });
}

function isPresent(command: NodeRuntime): boolean {
  const path = find(command);
  if (path === undefined || command !== "node") return path !== undefined;
  const { stdout } = new Deno.Command(path, { args: ["--version"] }).outputSync();
  return Number(/^v(\d+)/.exec(new TextDecoder().decode(stdout))?.[1]) >= 20;
}

function isScript(path: string): boolean {
  using file = Deno.openSync(path);
  const start = new Uint8Array(2);
  file.readSync(start);
  return new TextDecoder().decode(start) === "#!";
}

/** Bundles a program and all that it imports for Node 20 and later, and for Bun. */
export function bundleForNode(program: URL, outfile: string): Promise<void> {
  return bundleProgram(program, { outfile, platform: "node", target: "node20" });
}

/**
 * Bundles a program for Node 20 and later, and for Bun, into a folder: what it imports when it needs it stays apart, and is
 * loaded then. Answers where the program is.
 */
export async function splitForNode(program: URL, folder: string): Promise<string> {
  const outExtension = { ".js": ".mjs" };
  await bundle({
    entryPoints: { program: fileURLToPath(program) },
    outdir: folder,
    outExtension,
    splitting: true,
    platform: "node",
    target: "node20",
  });
  return `${folder}/program.mjs`;
}

/** Bundles a worker's module and all that it imports. */
export function bundleForWorkerd(program: URL, outfile: string): Promise<void> {
  return bundleProgram(program, { outfile, platform: "neutral", target: "es2022" });
}

async function bundleProgram(program: URL, options: BuildOptions): Promise<void> {
  await bundle({ entryPoints: [fileURLToPath(program)], ...options });
}
