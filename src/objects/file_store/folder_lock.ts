/**
 * One process at a time: two that share a folder would remove each other's unfinished files.
 *
 * @module
 */

import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { errorCode } from "./file_system.ts";

/** Locks that this process holds by `lockByProcessId`. */
const heldHere = new Set<string>();

/**
 * Takes the lock file at `path`, or throws when another process, or another store of this one, has it. The lock ends
 * with the process, however it ends.
 *
 * @returns What gives it back
 * @throws FolderInUseError
 */
export function lockFolder(path: string): () => void {
  return typeof Deno === "undefined" ? lockByProcessId(path) : lockByFile(path);
}

/** A folder that another process, or another store of this one, has open. */
export class FolderInUseError extends Error {
  /** Name of the class. */
  override readonly name = "FolderInUseError";
}

function inUse(path: string): FolderInUseError {
  return new FolderInUseError(
    `Cannot open the archive: it is open by another process, which holds ${path}; where none runs, remove that file`,
  );
}

/** Precedes the process id of a holder that has the file lock as well, which alone counts for processes that know file locks. */
const BY_FILE = "file lock of ";

/** The operating system's own file lock. The file names its holder, for processes that don't know file locks. */
function lockByFile(path: string): () => void {
  const file = Deno.openSync(path, { create: true, read: true, write: true });
  if (!file.tryLockSync(true) || isRunning(Number(readFileSync(path, "utf8")))) {
    file.close();
    throw inUse(path);
  }
  file.truncateSync();
  file.writeSync(new TextEncoder().encode(`${BY_FILE}${process.pid}`));
  return () => {
    file.truncateSync();
    // Closing it isn't enough as long as a child that is about to begin has it as well.
    file.unlockSync();
    file.close();
  };
}

/** Node has no file locks: the file holds the owner's process id, and counts while that process runs. */
function lockByProcessId(path: string): () => void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const descriptor = openSync(path, "wx");
      writeFileSync(descriptor, String(process.pid));
      closeSync(descriptor);
      heldHere.add(path);
      return () => {
        heldHere.delete(path);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      if (heldHere.has(path) || isRunning(Number(readFileSync(path, "utf8").replace(BY_FILE, "")))) throw inUse(path);
      rmSync(path, { force: true });
    }
  }
  throw inUse(path);
}

/** Whether another process has this id, as far as this one may know. A container's processes get the same ids again after a restart. */
function isRunning(id: number): boolean {
  if (!(id > 0) || id === process.pid) return false;
  try {
    return process.kill(id, 0);
  } catch (error) {
    // Deno tells it to programs with --allow-run alone; without it, the process counts as running.
    return errorCode(error) === "EPERM" || (error as Error).name === "NotCapable";
  }
}
