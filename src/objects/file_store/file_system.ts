/**
 * The file system calls that the file store shares: what Node, Deno and Bun all have.
 *
 * @module
 */

import { closeSync, fdatasync, fsync, mkdirSync, openSync, readSync, statfsSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import process from "node:process";

/** Writes a file's bytes, and what is needed to find them again, to the disk. */
export function syncFile(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => fdatasync(descriptor, (error) => error ? reject(error) : resolve()));
}

/** Writes a folder's entries to the disk. Windows has no such call, and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const descriptor = openSync(path, "r");
  try {
    await new Promise<void>((resolve, reject) => fsync(descriptor, (error) => error ? reject(error) : resolve()));
  } finally {
    closeSync(descriptor);
  }
}

/** The code of a file system's error, such as `ENOENT`; undefined for other errors. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  // Deno leaves the code out where it has no class of its own for the error.
  const number = Number(/\(os error (\d+)\)$/.exec(error.message)?.[1]);
  return Object.entries(constants.errno).find(([, value]) => value === number)?.[0];
}

/** Writes all of `bytes`, which one call needn't do. */
export function writeFully(descriptor: number, bytes: Uint8Array, position: number | null): void {
  for (let start = 0; start < bytes.length;) {
    start += writeSync(descriptor, bytes, start, bytes.length - start, position === null ? null : position + start);
  }
}

/** Fills `into` from a place in a file; returns how many bytes there were, fewer only at the file's end. */
export function readAt(descriptor: number, into: Uint8Array, position: number): number {
  let end = 0;
  while (end < into.length) {
    const count = readSync(descriptor, into, end, into.length - end, position + end);
    if (count === 0) break;
    end += count;
  }
  return end;
}

/** Does what needs the folder of `path`; makes the folder, and calls `whenMade`, when it isn't there. */
export function inFolder<T>(path: string, work: () => T, whenMade?: () => void): T {
  try {
    return work();
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    whenMade?.();
    return work();
  }
}

/** Room that is left for this process on the disk of `path`, in bytes; undefined when it may not be known. */
export function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
