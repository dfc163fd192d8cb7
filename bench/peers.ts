/**
 * The programs that are compared, as command lines.
 *
 * @module
 */

import type { CommandLine } from "./processes.ts";
import { dataFolder } from "./processes.ts";

/** A program that takes C-STORE and answers C-ECHO. */
export interface Receiver {
  readonly name: string;
  /** Makes it listen, and keep what comes in `folder`. */
  start(port: number, folder: string): CommandLine;
  /** The folder below `folder` into which it puts what it keeps, one file an instance. */
  readonly keeps: "files" | "instances" | "nothing";
}

/** A program that sends. */
export interface Sender {
  readonly name: string;
  send(port: number, files: readonly string[]): CommandLine;
}

const host = "127.0.0.1";

function script(path: string, ...args: string[]): CommandLine {
  return [Deno.execPath(), "run", "-A", "--quiet", new URL(path, import.meta.url).pathname, ...args];
}

/** DCMTK; it writes what comes as it is, which is its quickest way. */
export const storescp: Receiver = {
  name: "storescp +B",
  start: (port, folder) => ["storescp", "+B", "-od", `${folder}/files`, String(port)],
  keeps: "files",
};

/** The same with a process for each association; otherwise it takes one after the other. */
export const storescpFork: Receiver = {
  name: "storescp +B --fork",
  start: (port, folder) => ["storescp", "+B", "--fork", "-od", `${folder}/files`, String(port)],
  keeps: "files",
};

/** DCMTK, keeping nothing: what is left is the sender's time. */
export const storescpIgnore: Receiver = {
  name: "storescp +B --ignore",
  start: (port, folder) => ["storescp", "+B", "--ignore", "-od", `${folder}/nothing`, String(port)],
  keeps: "nothing",
};

/** `gantry listen` as it comes. */
export const gantry: Receiver = {
  name: "gantry",
  start: (port, folder) => script("../cli.ts", "listen", "--port", String(port), "--http-port", "0", "--data", folder),
  keeps: "instances",
};

/** `gantry listen` that leaves it to the system when files reach the disk, as other receivers do. */
export const gantryNotDurable: Receiver = {
  name: "gantry, durable: false",
  start(port, folder) {
    const config = `${dataFolder}/not_durable.yaml`;
    Deno.writeTextFileSync(config, "archive: { durable: false }\n");
    return [...gantry.start(port, folder), "--config", config];
  },
  keeps: "instances",
};

/** The one other DIMSE implementation in JavaScript. */
export const dcmjsDimse: Receiver = {
  name: "dcmjs-dimse",
  start: (port, folder) => script("dcmjs_dimse_receiver.ts", String(port), `${folder}/files`),
  keeps: "files",
};

/** DCMTK's sender. */
export const dcmsend: Sender = {
  name: "dcmsend",
  send: (port, files) => ["dcmsend", host, String(port), ...files],
};

/** `gantry send`, started anew each time as the other is. */
export const gantrySend: Sender = {
  name: "gantry send",
  send: (port, files) => script("../cli.ts", "send", `ANY-SCP@${host}:${port}`, ...files),
};

/** DCMTK's C-ECHO, so many times on one association. */
export function echoscu(times: number): Sender {
  return { name: "echoscu", send: (port) => ["echoscu", "--repeat", String(times), host, String(port)] };
}
