/**
 * Where the file store's files are, and how they become durable.
 *
 * @module
 */

import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { checkObjectName } from "../object_store.ts";
import { errorCode, syncFile, syncFolder, writeFully } from "./file_system.ts";
import type { JournalHost } from "./journal.ts";
import { TemporaryFile } from "./temporary_file.ts";

/** How many files are flushed at the same time: they share what the file system does for each. */
const FLUSHED_AT_ONCE = 8;

/** How many folders are remembered. */
const MAXIMUM_SETTLED = 10_000;

/** How to open a file that is to be flushed; Windows flushes only for those who may write. */
const SYNCABLE = process.platform === "win32" ? "r+" : "r";

/** The files below a store's folder. */
export class Files implements JournalHost {
  readonly folder: string;
  /** Folders of objects whose own entries are durable, up to the top. */
  readonly #settled = new Set<string>();
  #foldersMade = 0;
  #temporaries = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the object of a name is. */
  pathOf(name: string): string {
    return `${this.folder}/instances/${name}`;
  }

  /** Makes a new temporary file. */
  openTemporary(): TemporaryFile {
    return new TemporaryFile(`${this.folder}/incoming/${++this.#temporaries}.part`);
  }

  /** Puts a file under a name, at once, in the place of what stands there. */
  place(file: TemporaryFile, name: string): void {
    const path = this.pathOf(name);
    file.moveTo(path, () => {
      this.#settled.delete(dirname(path));
      this.#foldersMade++;
    });
  }

  async persist(names: Iterable<string>): Promise<void> {
    const all = [...names];
    await forEach(all, (name) => this.#persistFile(name));
    await this.persistEntries(all);
  }

  /** Makes the entries of objects in their folders durable, and those of the folders above. */
  async persistEntries(names: Iterable<string>): Promise<void> {
    const top = `${this.folder}/instances`;
    const leaves = new Set(Array.from(names, (name) => dirname(this.pathOf(name))));
    const folders = new Set(leaves);
    const unsettled = [...leaves].filter((leaf) => !this.#settled.has(leaf));
    for (const leaf of unsettled) {
      for (let path = leaf; path.length > top.length; path = dirname(path)) folders.add(path);
      folders.add(top);
    }
    const foldersMade = this.#foldersMade;
    await forEach([...folders], syncFolder);
    // Some may be new ones of the same name.
    if (this.#foldersMade !== foldersMade) return;
    if (this.#settled.size > MAXIMUM_SETTLED) this.#settled.clear();
    for (const leaf of unsettled) this.#settled.add(leaf);
  }

  async restore(name: string, content: Uint8Array, isWanted: () => boolean): Promise<void> {
    checkObjectName(name);
    const temporary = this.openTemporary();
    try {
      writeFully(temporary.descriptor, content, null);
      await syncFile(temporary.descriptor);
      if (isWanted()) this.place(temporary, name);
    } finally {
      temporary.discard();
    }
  }

  async #persistFile(name: string): Promise<void> {
    const descriptor = openSync(this.pathOf(name), SYNCABLE);
    try {
      await syncFile(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Does something for each, a few at a time; tells the first failure when nothing runs any more. */
async function forEach(items: readonly string[], work: (item: string) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await ifThere(() => work(items[next++]!));
  };
  const workers = Array.from({ length: Math.min(FLUSHED_AT_ONCE, items.length) }, worker);
  for (const result of await Promise.allSettled(workers)) if (result.status === "rejected") throw result.reason;
}

/** What was removed meanwhile needn't become durable. */
async function ifThere(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
