/**
 * Processes for codecs on Deno.
 *
 * @module
 */

import { CodecPool, type CodecPoolOptions } from "./codec_pool.ts";
import type { ChildProcess } from "./codec_process.ts";
import { PROGRAM } from "./deno_program_url.ts";

/** Megabytes of JavaScript's heap, and pages of 64 KiB that WebAssembly may have: 2 GiB. */
const HEAP = 1024;
const PAGES = 32768;

/**
 * The command of Deno that this process has permission to run: the path of its own program, or `deno`. Deno compares paths
 * without following links, so a permission for `deno` does not cover its own path where `deno` in the PATH is a link, as in
 * npm's package of Deno. Undefined without either permission.
 */
export function permittedDeno(): string | undefined {
  const permitted = (command: string) => Deno.permissions.querySync({ name: "run", command }).state === "granted";
  return [Deno.execPath(), "deno"].find(permitted);
}

/**
 * A pool of processes for codecs on Deno, each without any permission. The process requires permission to run Deno itself:
 * `--allow-run` with `deno`, or with the path that `Deno.execPath()` gives.
 */
export function denoCodecPool(options: CodecPoolOptions = {}): CodecPool {
  return new CodecPool(() => startDenoCodecProcess(), options);
}

/**
 * Starts a process of Deno that has no permission: it can't read files, connect or start others. Throws
 * `Deno.errors.NotCapable` without permission to run Deno itself.
 */
export function startDenoCodecProcess(program = PROGRAM): ChildProcess {
  const child = new Deno.Command(permittedDeno() ?? Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-check", "--unstable-raw-imports"],
      `--v8-flags=--max-old-space-size=${HEAP},--wasm-max-mem-pages=${PAGES}`,
      program,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.getReader();
  input.closed.catch(() => {});
  return {
    read: async () => (await output.read()).value,
    write: (bytes) => input.write(bytes),
    close: () => {
      input.close().catch(() => {});
      output.cancel().catch(() => {});
    },
    kill: () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
    },
    ended: child.status.then(() => {}),
  };
}
