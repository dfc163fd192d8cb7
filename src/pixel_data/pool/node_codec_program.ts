/**
 * The program of a codec's process on Node and Bun. On Node it may read its own packages and do nothing else with files or
 * processes.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import process from "node:process";
import { type CodecModules, instantiate, type LoadCodecModule } from "../codecs/emscripten.ts";
import type { Pipe } from "./messages.ts";
import { serveTasks } from "./serve_tasks.ts";

/** The packages by their names in this project. */
const PACKAGES: Readonly<Record<keyof CodecModules, string>> = {
  charls: "@cornerstonejs/codec-charls",
  openjpeg: "@cornerstonejs/codec-openjpeg",
  openjph: "@cornerstonejs/codec-openjph",
};

const require = createRequire(import.meta.url);

const load: LoadCodecModule = async (name) => {
  const wasm = await readFile(require.resolve(`${PACKAGES[name]}/wasm`));
  return await instantiate(require(`${PACKAGES[name]}/wasmjs`), wasm);
};

const input = process.stdin[Symbol.asyncIterator]();

const pipe: Pipe = {
  read: async () => (await input.next()).value,
  write: (bytes) =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => error ? reject(error) : resolve());
    }),
};

await serveTasks(pipe, load);
