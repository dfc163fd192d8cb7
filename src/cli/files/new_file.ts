/**
 * Files that are there as a whole or not at all, and take the place of no other.
 *
 * @module
 */

import type { LentBytes } from "../../streams/lent_bytes.ts";

/**
 * Writes bytes into a file that doesn't exist yet, and its folders where they don't. Until all bytes are there it has another
 * name beside its own, which goes where writing fails. Throws where the file exists. `onBytes` hears of each piece.
 */
export async function writeNewFile(path: string, bytes: LentBytes, onBytes: (length: number) => void): Promise<void> {
  if (exists(path)) throw existsAlready();
  const folder = path.slice(0, path.lastIndexOf("/"));
  Deno.mkdirSync(folder, { recursive: true });
  const pending = `${folder}/.${crypto.randomUUID()}.part`;
  try {
    using file = Deno.openSync(pending, { write: true, createNew: true });
    for (let piece = await bytes.read(); piece !== undefined; piece = await bytes.read()) {
      for (let written = 0; written < piece.length;) written += file.writeSync(piece.subarray(written));
      onBytes(piece.length);
    }
    giveName(pending, path);
  } finally {
    remove(pending);
  }
}

/** Gives a file its name. A link fails if another process made that file in the meantime; not every file system has links. */
function giveName(pending: string, path: string): void {
  try {
    Deno.linkSync(pending, path);
  } catch (error) {
    if (exists(path)) throw existsAlready();
    if (error instanceof Deno.errors.NotFound) throw error;
    Deno.renameSync(pending, path);
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function existsAlready(): Error {
  return new Error("Cannot write the file: one with its new name exists already, and none is replaced");
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
