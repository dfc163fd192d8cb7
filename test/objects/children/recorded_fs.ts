/**
 * Stands in for `node:fs` in the file store: does the same, and tells a simulated disk. Flushes reach that one alone.
 *
 * @module
 */

import * as fs from "node:fs";
import { dirname } from "node:path";
import { setImmediate } from "node:timers";
import type { SimulatedDisk } from "./simulated_disk.ts";

export * from "node:fs";

let root = "";
let disk: SimulatedDisk | undefined;

/** What is open below the root: a file and the place in it, or a folder. */
const open = new Map<number, { file: number; position: number } | { folder: string }>();

/** Tells `to` of what is done below a folder from now on; nobody when it is left out. */
export function record(folder: string, to?: SimulatedDisk): void {
  root = folder;
  disk = to;
  open.clear();
}

function isRecorded(path: string): boolean {
  return disk !== undefined && path.startsWith(`${root}/`) || path === root;
}

export function openSync(path: string, flags: string): number {
  const existed = fs.existsSync(path);
  const descriptor = fs.openSync(path, flags);
  if (disk === undefined || !isRecorded(path)) return descriptor;
  if (fs.fstatSync(descriptor).isDirectory()) open.set(descriptor, { folder: path });
  else {
    const file = existed && flags.startsWith("r") ? disk.fileAt(path) : disk.create(path);
    if (file === undefined) throw new Error(`Cannot record ${path}: nobody made it`);
    open.set(descriptor, { file, position: 0 });
  }
  return descriptor;
}

export function closeSync(descriptor: number): void {
  fs.closeSync(descriptor);
  open.delete(descriptor);
}

export function writeSync(
  descriptor: number,
  bytes: Uint8Array,
  start: number,
  length: number,
  position: number | null,
): number {
  const count = fs.writeSync(descriptor, bytes, start, length, position);
  const opened = open.get(descriptor);
  if (opened !== undefined && "file" in opened) {
    disk?.write(opened.file, position ?? opened.position, bytes.subarray(start, start + count));
    if (position === null) opened.position += count;
  }
  return count;
}

export function mkdirSync(path: string, options: { recursive: true }): string | undefined {
  const made: string[] = [];
  for (let folder = path; !fs.existsSync(folder); folder = dirname(folder)) made.unshift(folder);
  for (const folder of made) if (isRecorded(folder)) disk?.makeFolder(folder);
  return fs.mkdirSync(path, options);
}

export function renameSync(from: string, to: string): void {
  fs.renameSync(from, to);
  if (isRecorded(to)) disk?.rename(from, to);
}

export function rmSync(path: string, options?: { force?: boolean; recursive?: boolean }): void {
  const existed = fs.existsSync(path);
  fs.rmSync(path, options);
  if (existed && isRecorded(path)) disk?.remove(path);
}

/** Begins a flush; answers what ends it. */
function flush(descriptor: number): () => void {
  const opened = open.get(descriptor);
  const recorded = disk;
  const since = recorded?.length ?? 0;
  return () => {
    if (opened === undefined) return;
    if ("file" in opened) recorded?.flush(opened.file, since);
    else recorded?.flushFolder(opened.folder, since);
  };
}

export function fsyncSync(descriptor: number): void {
  flush(descriptor)();
}

export function fsync(descriptor: number, done: (error: Error | null) => void): void {
  const end = flush(descriptor);
  setImmediate(() => {
    end();
    done(null);
  });
}

export const fdatasyncSync = fsyncSync;
export const fdatasync = fsync;

function notRecorded(): never {
  throw new Error("Cannot record this way to change files: teach recorded_fs.ts");
}

export {
  notRecorded as appendFileSync,
  notRecorded as copyFileSync,
  notRecorded as createWriteStream,
  notRecorded as ftruncateSync,
  notRecorded as linkSync,
  notRecorded as promises,
  notRecorded as rename,
  notRecorded as rmdirSync,
  notRecorded as truncateSync,
  notRecorded as unlinkSync,
  notRecorded as write,
  notRecorded as writeFile,
  notRecorded as writeFileSync,
  notRecorded as writev,
  notRecorded as writevSync,
};
