// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * Objects as files that any viewer opens, on a local disk; for Deno, Node and Bun.
 *
 * Below the store's folder, `instances/` holds the objects under their names, `incoming/` those that are not committed
 * yet, and `journal/` what makes small objects durable without delay.
 *
 * @module
 */

import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { checkObjectName } from "./object_store.ts";
import type {
  CommitOptions,
  CommitOutcome,
  ObjectStore,
  PendingObject,
  StoreCheck,
  StoredObject,
} from "./object_store.ts";
import { isSameContent } from "./file_store/compare.ts";
import { DiskReserve } from "./file_store/disk_reserve.ts";
import { freeBytes, syncFile, syncFolder, writeFully } from "./file_store/file_system.ts";
import { Files } from "./file_store/files.ts";
import { lockFolder } from "./file_store/folder_lock.ts";
import { Journal, recoverJournal } from "./file_store/journal.ts";
import { describeFailure } from "./file_store/not_kept.ts";
import { PendingFile, type PendingFileHost } from "./file_store/pending_file.ts";
import { readFile } from "./file_store/read_file.ts";
import type { TemporaryFile } from "./file_store/temporary_file.ts";
import { Turns } from "./turns.ts";

/** How a file store works. */
export interface FileStoreOptions {
  /**
   * Whether a committed object survives the loss of power. Without it, it survives the end of the process alone.
   * Default: true.
   */
  readonly durable?: boolean;
  /** Length of each of the two journal files, in bytes. Default: 16 MiB. */
  readonly journalLength?: number;
  /**
   * Room on the disk, in bytes, that is left alone: with less of it the store refuses to write (out-of-resources). The
   * disk is looked at once a second. Default: 0, none.
   */
  readonly reserve?: number;
  /** Tells the room that is left on the disk, in bytes; undefined when it can't be known. Default: asks the file system. */
  readonly room?: () => number | undefined;
}

/**
 * Opens the store in `folder`, which is made where there is none; removes what a crash left unfinished, and puts in its
 * place what was committed.
 *
 * @throws Error when another process has it open, or the file system refuses
 */
export async function openFileStore(folder: string, options: FileStoreOptions = {}): Promise<ObjectStore> {
  const { durable = true, journalLength = 16 * 1024 * 1024, reserve = 0, room = () => freeBytes(folder) } = options;
  const firstMade = mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(`${folder}/lock`);
  try {
    for (const part of ["instances", "incoming", "journal"]) mkdirSync(`${folder}/${part}`, { recursive: true });
    for (const leftover of readdirSync(`${folder}/incoming`)) {
      rmSync(`${folder}/incoming/${leftover}`, { recursive: true });
    }
    const files = new Files(folder);
    const disk = new DiskReserve(room, reserve);
    await recoverJournal(`${folder}/journal`, files);
    if (!durable) return new FileStore(files, disk, unlock);
    const journal = await Journal.open(`${folder}/journal`, { length: journalLength }, files);
    await syncFolder(folder);
    if (firstMade !== undefined) await syncFolder(dirname(firstMade));
    return new FileStore(files, disk, unlock, journal);
  } catch (error) {
    unlock();
    throw error;
  }
}

class FileStore implements ObjectStore, PendingFileHost {
  readonly durable: boolean;
  readonly #files: Files;
  readonly #disk: DiskReserve;
  readonly #unlock: () => void;
  readonly #journal: Journal | undefined;
  readonly #turns = new Turns();

  constructor(files: Files, disk: DiskReserve, unlock: () => void, journal?: Journal) {
    this.durable = journal !== undefined;
    this.#files = files;
    this.#disk = disk;
    this.#unlock = unlock;
    this.#journal = journal;
  }

  create(): PendingObject {
    return new PendingFile(this);
  }

  takeRoom(bytes: number): void {
    this.#disk.take(bytes);
  }

  shortage(): string | undefined {
    return this.#disk.shortage;
  }

  openTemporary(): TemporaryFile {
    return this.#files.openTemporary();
  }

  commit(file: PendingFile, name: string, options: CommitOptions): Promise<CommitOutcome> {
    return this.#turns.take(name, async () => {
      const descriptor = file.complete();
      const path = this.#files.pathOf(name);
      const exists = existsSync(path);
      const same = exists && await isSameContent(path, descriptor, file.size, options.compared ?? WHOLE);
      if (same || (exists && options.onExisting === "keep-first")) {
        await this.#makeDurable(name);
        return same ? "identical" : "kept-first";
      }
      await this.#put(file, name, path, exists);
      return exists ? "replaced" : "created";
    });
  }

  /** Puts a file in its place, and makes it durable when that is wanted. */
  async #put(file: PendingFile, name: string, path: string, replaces: boolean): Promise<void> {
    const publish = () => this.#files.place(file.temporary, name);
    const journal = this.#journal;
    if (journal === undefined) return publish();
    const { content } = file;
    if (content !== undefined && content.length <= journal.maximumContent) return journal.keep(name, content, publish);
    await file.sync();
    await journal.release(name);
    publish();
    try {
      await this.#files.persistEntries([name]);
    } catch (error) {
      // What it replaced can't come back; what was not there is not there again.
      if (!replaces) rmSync(path, { force: true });
      throw error;
    }
  }

  /** What stands there already may come from an attempt that failed halfway, or from a time without durability. */
  async #makeDurable(name: string): Promise<void> {
    if (this.#journal !== undefined && !this.#journal.holds(name)) await this.#files.persist([name]);
  }

  async get(name: string): Promise<StoredObject | undefined> {
    checkObjectName(name);
    const path = this.#files.pathOf(name);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    return size === undefined ? undefined : { size, stream: () => readFile(path, size) };
  }

  async check(): Promise<StoreCheck> {
    const room = this.#disk.room;
    const free = room === undefined ? {} : { freeBytes: room };
    const problem = this.shortage();
    if (problem !== undefined) return { writable: false, problem, ...free };
    try {
      const probe = this.openTemporary();
      try {
        writeFully(probe.descriptor, new Uint8Array(1), null);
        if (this.durable) await syncFile(probe.descriptor);
      } finally {
        probe.discard();
      }
      return { writable: true, ...free };
    } catch (error) {
      return { writable: false, problem: describeFailure(error), ...free };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.all();
    try {
      await this.#journal?.close();
    } finally {
      this.#unlock();
    }
  }
}

/** Compares objects from their first bytes on. */
const WHOLE = { start: 0, startInExisting: () => 0 };
