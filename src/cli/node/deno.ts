/**
 * What the commands use of `Deno`, on Node: the build of the npm package puts this in its place, so that the commands start
 * on Deno without Node's modules, whose first import alone takes some 20 ms there.
 *
 * @module
 */

import process from "node:process";
import { errors } from "./errors.ts";
import { files, SeekMode } from "./files.ts";
import { stderr, stdin, stdout } from "./streams.ts";

/** Stands in for the global of that name. */
export const Deno = {
  ...files,
  ...{ errors, SeekMode, stdin, stdout, stderr },
  build: { os: process.platform === "win32" ? "windows" : process.platform },
  env: { get: (name: string): string | undefined => process.env[name] },
  noColor: (process.env.NO_COLOR ?? "") !== "",
  consoleSize: (): { columns: number; rows: number } => ({
    columns: stdout.columns() ?? stderr.columns() ?? 80,
    rows: process.stdout.rows ?? 25,
  }),
  cwd: (): string => process.cwd(),
  execPath: (): string => process.execPath,
  memoryUsage: () => process.memoryUsage(),
  addSignalListener: (name: NodeJS.Signals, handle: () => void): void => void process.on(name, handle),
  removeSignalListener: (name: NodeJS.Signals, handle: () => void): void => void process.off(name, handle),
};
