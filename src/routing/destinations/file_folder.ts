/**
 * A folder as a destination: Part 10 files by a template of names.
 *
 * @module
 */

import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileMetaInformation } from "../../dicom/part10.ts";
import { isPrintableAscii } from "../../dicom/ascii.ts";
import type { AskOptions } from "../../query/instance_source.ts";
import type { Delivered, Destination, OutgoingInstance } from "./destination.ts";
import { isSameFile } from "./file_comparison.ts";
import { DEFAULT_NAME, nameBy, templateProblem } from "./name_template.ts";
import { DeliveryError } from "./outcomes.ts";

/** How a folder is filled. */
export interface FolderOptions {
  /** Names of files in it; the fields in braces are those of the documentation. Default: by the three UIDs. */
  readonly name?: string | undefined;
}

/** The subfolder that holds files until they are whole. */
const UNFINISHED = ".gantry-unfinished";

/** How long after its last byte a file counts as left unfinished, in milliseconds. */
const LEFT_AFTER = 86_400_000;

/** Codes of a file system that is full, read-only or gone: it may be mended. */
const OF_THE_FOLDER: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "ENXIO", "ESTALE", "ENODEV"]);

/** Codes of a folder that the gateway must not write to. */
const OF_RIGHTS: ReadonlySet<string> = new Set(["EACCES", "EPERM", "ENOENT", "ENOTDIR"]);

/**
 * A destination that is a folder. A file appears in it whole and flushed, or not at all, and never replaces another one. Where
 * a file of that name has the same content, the instance counts as delivered before; with other content, it is refused for good.
 *
 * @throws RangeError for a template that is wrong
 */
export class FolderDestination implements Destination {
  readonly #folder: string;
  readonly #template: string;
  #ready: Promise<void> | undefined;

  /** The folder has to exist: where a mount is missing, files must not fill the disk below it. */
  constructor(folder: string, { name = DEFAULT_NAME }: FolderOptions = {}) {
    const expected = templateProblem(name);
    if (expected !== undefined) {
      throw new RangeError(`Cannot name files by ${JSON.stringify(name)}: expected ${expected}`);
    }
    this.#folder = folder;
    this.#template = name;
  }

  /** Writes the instance. */
  async store(instance: OutgoingInstance, { signal }: AskOptions = {}): Promise<Delivered> {
    try {
      await this.#prepare();
      const path = `${this.#folder}/${await nameBy(this.#template, instance)}`;
      const unfinished = `${this.#folder}/${UNFINISHED}/${crypto.randomUUID()}`;
      try {
        await write(unfinished, instance, signal);
        await makeFolder(dirname(path));
        return await put(unfinished, path);
      } finally {
        await rm(unfinished, { force: true });
      }
    } catch (error) {
      throw folderError(error);
    }
  }

  /** Writes and removes a file. */
  async probe(): Promise<void> {
    try {
      await this.#prepare();
      const path = `${this.#folder}/${UNFINISHED}/${crypto.randomUUID()}`;
      const file = await open(path, "wx");
      try {
        await file.write(new Uint8Array(1));
        await file.sync();
      } finally {
        await file.close();
        await rm(path, { force: true });
      }
    } catch (error) {
      throw folderError(error);
    }
  }

  /** Deletes once the files that a crash left unfinished long ago. */
  async #prepare(): Promise<void> {
    if (!(await stat(this.#folder)).isDirectory()) {
      throw Object.assign(new Error("it is no folder"), { code: "ENOTDIR" });
    }
    this.#ready ??= this.#clear();
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
    await mkdir(`${this.#folder}/${UNFINISHED}`, { recursive: true });
  }

  async #clear(): Promise<void> {
    const unfinished = `${this.#folder}/${UNFINISHED}`;
    await mkdir(unfinished, { recursive: true });
    for (const name of await readdir(unfinished)) {
      // Another gateway may be writing here.
      const { mtimeMs } = await stat(`${unfinished}/${name}`);
      if (Date.now() - mtimeMs > LEFT_AFTER) await rm(`${unfinished}/${name}`, { force: true });
    }
  }
}

async function write(path: string, instance: OutgoingInstance, signal: AbortSignal | undefined): Promise<void> {
  const { sourceAeTitle } = instance;
  const meta = isPrintableAscii(sourceAeTitle) ? instance : { ...instance, sourceAeTitle: "" };
  const file = await open(path, "wx");
  try {
    await writeFully(file, fileMetaInformation(meta));
    for await (const piece of instance.stream()) {
      signal?.throwIfAborted();
      await writeFully(file, piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}

/** Gives a whole file its name, unless that is taken. */
async function put(unfinished: string, path: string): Promise<Delivered> {
  try {
    await link(unfinished, path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EEXIST") return await compare(unfinished, path);
    // A file system without hard links. No other program may write here.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
    if (await isThere(path)) return await compare(unfinished, path);
    await rename(unfinished, path);
  }
  await syncFolder(dirname(path));
  return {};
}

async function compare(unfinished: string, path: string): Promise<Delivered> {
  if (await isSameFile(unfinished, path)) return { duplicate: true };
  throw new DeliveryError("Cannot write the file: another with this name has other content", { class: "permanent" });
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}

/** Makes a folder, and those above it, so that they survive a loss of power. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first !== undefined) await syncFolder(dirname(first));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch {
    // Some file systems flush no folders.
  } finally {
    await folder.close();
  }
}

/** The error of a file system, without its paths: they may hold a Patient ID. */
function folderError(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" || error instanceof DeliveryError) return error;
  const outcome = OF_THE_FOLDER.has(code) ? "transport" : OF_RIGHTS.has(code) ? "configuration" : "failed";
  return new DeliveryError(`Cannot write to the folder: ${code}`, { class: outcome, status: code, cause: error });
}
