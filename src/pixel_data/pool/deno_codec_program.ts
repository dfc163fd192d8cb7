/**
 * The program of a codec's process on Deno. It runs without a permission: it can read its input and write its output.
 *
 * @module
 */

import { type CodecModules, instantiate, type LoadCodecModule } from "../codecs/emscripten.ts";
import type { Pipe } from "./messages.ts";
import { serveTasks } from "./serve_tasks.ts";

/** What a package has: the glue, and the bytes of its WebAssembly. They are imported when they are needed. */
const SOURCES: Readonly<Record<keyof CodecModules, () => Promise<[{ default: unknown }, { default: Uint8Array }]>>> = {
  charls: () =>
    Promise.all([
      import("@cornerstonejs/codec-charls/wasmjs"),
      import("@cornerstonejs/codec-charls/wasm", { with: { type: "bytes" } }),
    ]),
  openjpeg: () =>
    Promise.all([
      import("@cornerstonejs/codec-openjpeg/wasmjs"),
      import("@cornerstonejs/codec-openjpeg/wasm", { with: { type: "bytes" } }),
    ]),
  openjph: () =>
    Promise.all([
      import("@cornerstonejs/codec-openjph/wasmjs"),
      import("@cornerstonejs/codec-openjph/wasm", { with: { type: "bytes" } }),
    ]),
};

const load: LoadCodecModule = async (name) => {
  const [glue, wasm] = await SOURCES[name]();
  return await instantiate(glue.default, wasm.default);
};

const input = Deno.stdin.readable.getReader();
const output = Deno.stdout.writable.getWriter();

const pipe: Pipe = {
  read: async () => (await input.read()).value,
  write: (bytes) => output.write(bytes),
};

await serveTasks(pipe, load);
