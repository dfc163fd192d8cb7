/**
 * Where the file store's files are, and how they become durable.
 *
 * @module
 */

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { checkObjectName, type ObjectAccount } from "../object_store.ts";
import { errorCode, inFolder, readAt, syncFile, syncFolder, writeFully } from "./file_system.ts";
import type { JournalHost } from "./journal.ts";
import type { RecoveryHost } from "./recovery.ts";
import { TemporaryFile } from "./temporary_file.ts";

/** How many files are flushed at the same time: they share what the file system does for each. */
const FLUSHED_AT_ONCE = 8;

/** How many folders are remembered. */
const MAXIMUM_SETTLED = 10_000;

/** Bytes of a file that are copied at a time. */
const PIECE_LENGTH = 1024 * 1024;

/** How to open a file that is to be flushed; Windows flushes only files that are open for writing. */
const SYNCABLE = process.platform === "win32" ? "r+" : "r";

/** The files below a store's folder. */
export class Files implements JournalHost, RecoveryHost {
  readonly folder: string;
  readonly #account: ObjectAccount | undefined;
  /** Folders of objects whose own entries are durable, up to the top. */
  readonly #settled = new Set<string>();
  #foldersMade = 0;
  /** What a crash left may still be there. */
  readonly #life = Math.random().toString(36).slice(2);
  #temporaries = 0;

  constructor(folder: string, account?: ObjectAccount) {
    this.folder = folder;
    this.#account = account;
  }

  pathOf(name: string): string {
    return `${this.folder}/instances/${name}`;
  }

  pathOfStaged(file: string): string {
    checkObjectName(file);
    return `${this.folder}/incoming/${file}`;
  }

  /** Makes a new temporary file. */
  openTemporary(): TemporaryFile {
    return new TemporaryFile(`${this.folder}/incoming`, `${this.#life}-${++this.#temporaries}.part`);
  }

  /** Puts a file under a name, at once, in the place of what stands there. */
  place(file: TemporaryFile, name: string): void {
    const path = this.pathOf(name);
    file.moveTo(path, () => this.#folderMade(path));
  }

  placeStaged(file: string, name: string): void {
    checkObjectName(name);
    const path = this.pathOf(name);
    inFolder(path, () => renameSync(this.pathOfStaged(file), path), () => this.#folderMade(path));
  }

  #folderMade(path: string): void {
    this.#settled.delete(dirname(path));
    this.#foldersMade++;
  }

  /** Removes an object, durably if that is wanted. */
  async remove(name: string, durable: boolean): Promise<void> {
    const path = this.pathOf(name);
    rmSync(path, { force: true });
    if (durable) await ifThere(() => syncFolder(dirname(path)));
  }

  async persist(names: Iterable<string>): Promise<void> {
    const all = [...names];
    await forEach(all, (name) => this.#persistFile(name));
    await this.#persistEntries(all);
  }

  /**
   * Makes the folder of an object, and makes it durable: what is moved from one folder into another is nowhere when the
   * other one is lost.
   */
  async settle(name: string): Promise<void> {
    const leaf = dirname(this.pathOf(name));
    if (this.#settled.has(leaf) && existsSync(leaf)) return;
    if (mkdirSync(leaf, { recursive: true }) !== undefined) this.#folderMade(this.pathOf(name));
    await this.#persistFolders([leaf], new Set());
  }

  /** Makes the entries of objects in their folders durable, and those of the folders above. */
  async #persistEntries(names: readonly string[]): Promise<void> {
    const leaves = new Set(names.map((name) => dirname(this.pathOf(name))));
    await this.#persistFolders([...leaves], leaves);
  }

  /** Flushes `folders`, and those above each of `leaves` that is not known to be durable. */
  async #persistFolders(leaves: readonly string[], folders: Set<string>): Promise<void> {
    const top = `${this.folder}/instances`;
    const unsettled = leaves.filter((leaf) => !this.#settled.has(leaf));
    for (const leaf of unsettled) {
      for (let path = leaf; path.length > top.length; path = dirname(path)) folders.add(dirname(path));
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

  async restoreAll(objects: readonly { readonly name: string; readonly content: Uint8Array }[]): Promise<void> {
    const missing = objects.filter(({ name, content }) => !this.#isThere(name, content));
    await forEach(missing, ({ name, content }) => this.restore(name, content, () => true));
  }

  /** Whether an object is in its place already, as after the end of the process alone. */
  #isThere(name: string, content: Uint8Array): boolean {
    checkObjectName(name);
    const path = this.pathOf(name);
    if (statSync(path, { throwIfNoEntry: false })?.size !== content.length) return false;
    const bytes: Uint8Array = readFileSync(path);
    return bytes.length === content.length && bytes.every((byte, index) => byte === content[index]);
  }

  async renew(name: string, isWanted: () => boolean): Promise<void> {
    const path = this.pathOf(name);
    if (!existsSync(path)) return;
    const temporary = this.openTemporary();
    const old = openSync(path, "r");
    try {
      const piece = new Uint8Array(PIECE_LENGTH);
      for (let at = 0, count = PIECE_LENGTH; count === PIECE_LENGTH; at += PIECE_LENGTH) {
        count = readAt(old, piece, at);
        writeFully(temporary.descriptor, piece.subarray(0, count), null);
      }
      await syncFile(temporary.descriptor);
      if (isWanted()) this.place(temporary, name);
    } finally {
      closeSync(old);
      temporary.discard();
    }
  }

  async syncAccount(): Promise<void> {
    await this.#account?.sync();
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
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await ifThere(() => work(items[next++]!));
  };
  const workers = Array.from({ length: Math.min(FLUSHED_AT_ONCE, items.length) }, worker);
  for (const result of await Promise.allSettled(workers)) if (result.status === "rejected") throw result.reason;
}

/** A file that was removed meanwhile needn't become durable. */
async function ifThere(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
