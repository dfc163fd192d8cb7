/**
 * Processes for codecs on Node and Bun.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { CodecPool, type CodecPoolOptions } from "./codec_pool.ts";
import type { ChildProcess } from "./codec_process.ts";

/** Packages that the program may read. */
const PACKAGES = ["charls", "openjpeg", "openjph"].map((name) => `@cornerstonejs/codec-${name}`);

/** Megabytes of JavaScript's heap, and pages of 64 KiB that WebAssembly may have: 2 GiB. */
const LIMITS = ["--max-old-space-size=1024", "--wasm-max-mem-pages=32768"];

/** Where the program of the processes is. */
export interface NodeCodecPoolOptions extends CodecPoolOptions {
  /** The program; by default that of the npm package. Set it when you bundle Gantry. */
  readonly program?: URL;
}

/** A pool of processes for codecs on Node and Bun. On Node they can read their packages alone; Bun knows no permissions. */
export function nodeCodecPool({ program, ...options }: NodeCodecPoolOptions = {}): CodecPool {
  return new CodecPool(() => startNodeCodecProcess(program ?? new URL(packaged())), options);
}

/** An export of the npm package that its build makes. */
function packaged(): string {
  return import.meta.resolve("@gantry/dicom/codec-program");
}

/**
 * Starts a process of Node that can read its packages alone, or one of Bun, which knows no permissions. Its environment is
 * empty. Throws where that can't be done.
 */
export function startNodeCodecProcess(program: URL): ChildProcess {
  const path = fileURLToPath(program);
  const flags = process.versions.bun === undefined ? [...LIMITS, ...permissions(path)] : [];
  const child = spawn(process.execPath, [...flags, path], { stdio: ["pipe", "pipe", "ignore"], env: {} });
  child.stdin.on("error", () => {}); // Its end is seen in what it answers.
  const output = child.stdout[Symbol.asyncIterator]();
  return {
    read: async () => (await output.next()).value,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        child.stdin.write(bytes, (error) => error ? reject(error) : resolve());
      }),
    close: () => {
      child.stdin.end();
      child.stdout.destroy();
    },
    kill: () => void child.kill("SIGKILL"),
    ended: new Promise((resolve) => {
      child.once("close", () => resolve());
      child.once("error", () => resolve());
    }),
  };
}

/** Node's permission model, by the name that this version has for it. */
function permissions(program: string): string[] {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isStable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  const require = createRequire(program);
  const folders = PACKAGES.flatMap((name) => {
    try {
      return [dirname(dirname(require.resolve(`${name}/wasm`)))];
    } catch {
      return []; // Its frames will be refused.
    }
  });
  return [
    isStable ? "--permission" : "--experimental-permission",
    ...[dirname(program), ...folders].map((folder) => `--allow-fs-read=${folder}/*`),
  ];
}
