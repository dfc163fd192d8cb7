/**
 * Kinds of test files, by what they import: nobody has to sort them.
 *
 * @module
 */

import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { type Module, moduleGraph } from "./module_graph.ts";

/**
 * - `unit`: runs in the process of the tests alone, and is not permitted to start another;
 * - `peers`: starts processes: real peers, Gantry itself, openssl;
 * - `runtimes`: runs on Node, Bun or workerd.
 */
export type Kind = "unit" | "peers" | "runtimes";

export const KINDS: readonly Kind[] = ["unit", "peers", "runtimes"];

/** What bundles for other runtimes. */
const RUNTIMES = new URL("runtimes.ts", import.meta.url).href;

/** What starts a process; esbuild is one. */
const STARTING = /\bDeno\.Command\b|from "((node:)?child_process|esbuild)"/;

const tests = fileURLToPath(new URL("..", import.meta.url));

/** Paths of the files below a folder that hold tests. */
async function testFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await testFiles(path));
    else if (/(^|[_.])test\.[cm]?[jt]sx?$/.test(name)) files.push(path);
  }
  return files.sort();
}

/** Modules of ours that start processes by themselves. Types that they export start nothing. */
async function startingModules(graph: readonly Module[]): Promise<Set<string>> {
  const ours = graph.map(({ specifier }) => specifier).filter((url) => url.startsWith("file:") && url.endsWith(".ts"));
  const texts = await Promise.all(ours.map(async (url) => [url, await Deno.readTextFile(new URL(url))] as const));
  return new Set(texts.filter(([, text]) => STARTING.test(text)).map(([url]) => url));
}

/** Every test file, as a path, and its kind. */
export async function kindsOfTests(): Promise<Map<string, Kind>> {
  const files = await testFiles(tests);
  const graph = await moduleGraph(files);
  const imports = new Map(graph.map(({ specifier, dependencies = [] }) => [
    specifier,
    dependencies.flatMap(({ code }) => code?.specifier ?? []),
  ]));
  const starting = await startingModules(graph);
  return new Map(files.map((file) => {
    const reached = new Set([pathToFileURL(file).href]);
    for (const url of reached) imports.get(url)?.forEach((next) => reached.add(next));
    if (reached.has(RUNTIMES)) return [file, "runtimes"];
    return [file, [...reached].some((url) => starting.has(url)) ? "peers" : "unit"];
  }));
}
