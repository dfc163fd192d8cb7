/**
 * Files as the commands use them on Deno, by Node's API.
 *
 * @module
 */

import * as fs from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { translating, translatingLater } from "./errors.ts";

/** What `Deno.SeekMode` is. */
export const SeekMode = { Start: 0, Current: 1, End: 2 } as const;

/** What the commands ask about a file. */
export interface FileInfo {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
  readonly isFifo: boolean;
  readonly isSocket: boolean;
  readonly isCharDevice: boolean;
  readonly isBlockDevice: boolean;
  readonly size: number;
}

function infoOf(stats: fs.Stats): FileInfo {
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    isSymlink: stats.isSymbolicLink(),
    isFifo: stats.isFIFO(),
    isSocket: stats.isSocket(),
    isCharDevice: stats.isCharacterDevice(),
    isBlockDevice: stats.isBlockDevice(),
    size: stats.size,
  };
}

/** An open file. Node reads and writes at a position, so this one keeps it. */
export class FsFile implements Disposable {
  readonly #descriptor: number;
  #position = 0;

  /** Takes the descriptor over. */
  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Reads on; null at the end. */
  readSync(into: Uint8Array): number | null {
    if (into.length === 0) return 0;
    const read = translating(() => fs.readSync(this.#descriptor, into, 0, into.length, this.#position));
    this.#position += read;
    return read === 0 ? null : read;
  }

  /** Writes on; answers how many bytes were written. */
  writeSync(bytes: Uint8Array): number {
    const written = translating(() => fs.writeSync(this.#descriptor, bytes, 0, bytes.length, this.#position));
    this.#position += written;
    return written;
  }

  /** Goes to an offset from the start, the position, or the end. */
  seekSync(offset: number, whence: number): number {
    const base = whence === SeekMode.Start ? 0 : whence === SeekMode.Current ? this.#position : this.statSync().size;
    return this.#position = base + Number(offset);
  }

  /** What the system knows of the file. */
  statSync(): FileInfo {
    return translating(() => infoOf(fs.fstatSync(this.#descriptor)));
  }

  /** Gives the file back. */
  close(): void {
    fs.closeSync(this.#descriptor);
  }

  /** The same. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Removes a file, or a folder in which there is nothing. */
function remove(path: string): void {
  if (fs.lstatSync(path).isDirectory()) fs.rmdirSync(path);
  else fs.unlinkSync(path);
}

/** The functions of `Deno` by these names, for what the commands ask of them. */
export const files = {
  /** Opens a file to be read, or with `createNew` one that isn't there yet, to be written. */
  openSync: (path: string, { createNew = false } = {}): FsFile =>
    translating(() => new FsFile(fs.openSync(path, createNew ? "wx" : "r"))),
  /** Opens a file to be written from its beginning, whether it exists or not. */
  open: (path: string, _options: { write: true; create: true; truncate: true }): Promise<FsFile> =>
    translatingLater(Promise.resolve().then(() => new FsFile(fs.openSync(path, "w")))),
  mkdir: async (path: string, { recursive = false } = {}): Promise<void> => {
    await translatingLater(mkdir(path, { recursive }));
  },
  rename: (path: string, to: string): Promise<void> => translatingLater(rename(path, to)),
  remove: (path: string): Promise<void> => translatingLater(Promise.resolve().then(() => remove(path))),
  mkdirSync: (path: string, { recursive = false } = {}): void =>
    translating(() => void fs.mkdirSync(path, { recursive })),
  linkSync: (path: string, link: string): void => translating(() => fs.linkSync(path, link)),
  renameSync: (path: string, to: string): void => translating(() => fs.renameSync(path, to)),
  removeSync: (path: string): void => translating(() => remove(path)),
  readFileSync: (path: string): Uint8Array => translating(() => fs.readFileSync(path)),
  statSync: (path: string): FileInfo => translating(() => infoOf(fs.statSync(path))),
  lstatSync: (path: string): FileInfo => translating(() => infoOf(fs.lstatSync(path))),
  *readDirSync(path: string): Generator<{ name: string; isFile: boolean; isDirectory: boolean; isSymlink: boolean }> {
    for (const entry of translating(() => fs.readdirSync(path, { withFileTypes: true }))) {
      const { name } = entry;
      yield { name, isFile: entry.isFile(), isDirectory: entry.isDirectory(), isSymlink: entry.isSymbolicLink() };
    }
  },
  readTextFileSync: (path: string): string => translating(() => fs.readFileSync(path, "utf8")),
  readTextFile: (path: string): Promise<string> => translatingLater(readFile(path, "utf8")),
  writeTextFile: (path: string, text: string, { createNew = false } = {}): Promise<void> =>
    translatingLater(writeFile(path, text, { flag: createNew ? "wx" : "w" })),
};
