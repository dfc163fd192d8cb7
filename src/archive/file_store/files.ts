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

/** How many files are made durable at the same time: they share what the file system does for each. */
const PERSISTED_AT_ONCE = 16;

/** How to open a file that is to be flushed; Windows flushes only for those who may write. */
const SYNCABLE = process.platform === "win32" ? "r+" : "r";

/** The files below a store's folder. */
export class Files implements JournalHost {
  readonly folder: string;
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

  async persist(names: Iterable<string>): Promise<void> {
    const all = [...names];
    let next = 0;
    const worker = async () => {
      while (next < all.length) await ifThere(() => this.#persistFile(all[next++]!));
    };
    const workers = await Promise.allSettled(Array.from({ length: Math.min(PERSISTED_AT_ONCE, all.length) }, worker));
    for (const result of workers) if (result.status === "rejected") throw result.reason;
    await this.persistFolders(all);
  }

  /** Makes the entries of all folders durable that lead to the objects of these names. */
  async persistFolders(names: Iterable<string>): Promise<void> {
    const top = `${this.folder}/instances`;
    const folders = new Set<string>();
    for (const name of names) {
      for (let path = dirname(this.pathOf(name)); path.length > top.length; path = dirname(path)) folders.add(path);
    }
    folders.add(top);
    await Promise.all([...folders].map((path) => ifThere(() => syncFolder(path))));
  }

  async restore(name: string, content: Uint8Array, isWanted: () => boolean): Promise<void> {
    checkObjectName(name);
    const temporary = this.openTemporary();
    try {
      writeFully(temporary.descriptor, content, null);
      await syncFile(temporary.descriptor);
      if (isWanted()) temporary.moveTo(this.pathOf(name));
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

/** What was removed meanwhile needn't become durable. */
async function ifThere(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
