// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * Objects as files that any viewer opens, on a local disk; for Deno, Node and Bun.
 *
 * Below the store's folder, `instances/` holds the objects under their names, `incoming/` those that are not committed
 * yet, and `journal/` what makes objects durable without delay.
 *
 * @module
 */

import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { KeyedMutex } from "../scheduling/keyed_mutex.ts";
import { DiskReserve } from "./file_store/disk_reserve.ts";
import { freeBytes, syncFile, syncFolder, writeFully } from "./file_store/file_system.ts";
import { Files } from "./file_store/files.ts";
import { lockFolder } from "./file_store/folder_lock.ts";
import { Journal } from "./file_store/journal.ts";
import { listFiles } from "./file_store/list_files.ts";
import { describeFailure, notKept } from "./file_store/not_kept.ts";
import { PendingFile, type PendingFileHost } from "./file_store/pending_file.ts";
import { readFile } from "./file_store/read_file.ts";
import { MAXIMUM_JOURNAL_LENGTH, recoverJournal } from "./file_store/recovery.ts";
import { SharedFlush } from "./file_store/shared_flush.ts";
import type { TemporaryFile } from "./file_store/temporary_file.ts";
import { checkObjectName, clampRange } from "./object_store.ts";
import type {
  ByteRange,
  CommitOptions,
  ListedObject,
  ObjectAccount,
  ObjectStore,
  PendingObject,
  StoreCheck,
  StoredObject,
} from "./object_store.ts";

export { FolderInUseError } from "./file_store/folder_lock.ts";

/** How a file store works. */
export interface FileStoreOptions {
  /**
   * Whether a committed object survives the loss of power. Without it, it survives the end of the process alone.
   * Default: true.
   */
  readonly durable?: boolean;
  /** The keeper of the objects' account, such as an index. Default: none, and notes are forgotten. */
  readonly account?: ObjectAccount;
  /** Length of each of the two journal files, in bytes, 64 KiB to 1 GiB. Default: 16 MiB. */
  readonly journalLength?: number;
  /**
   * Room on the disk, in bytes, that is left alone: with less of it the store refuses to write (out-of-resources). The
   * disk is looked at once a second. Default: 0, none.
   */
  readonly reserve?: number;
  /** Tells the room that is left on the disk, in bytes; undefined when it can't be known. Default: asks the file system. */
  readonly room?: () => number | undefined;
}

/** Shortest file of a journal, in bytes: every record fits in. */
const MINIMUM_JOURNAL_LENGTH = 64 * 1024;

/** Instances are of patients: not every user of the machine may read a new folder. */
const FOLDER_MODE = 0o750;

/**
 * Opens the store in `folder`, and makes the folder if it does not exist, for its owner and its group alone. Puts objects
 * that were committed before a crash in their places, gives their notes to the account, and removes unfinished files.
 *
 * @throws FolderInUseError when another process has it open; Error when the file system refuses
 */
export async function openFileStore(folder: string, options: FileStoreOptions = {}): Promise<ObjectStore> {
  const { durable = true, account, reserve = 0, room = () => freeBytes(folder) } = options;
  const { journalLength = 16 * 1024 * 1024 } = options;
  if (!(journalLength >= MINIMUM_JOURNAL_LENGTH && journalLength <= MAXIMUM_JOURNAL_LENGTH)) {
    const expected = `${MINIMUM_JOURNAL_LENGTH} to ${MAXIMUM_JOURNAL_LENGTH} bytes`;
    throw new RangeError(`Cannot open the archive: journalLength is ${journalLength}, expected ${expected}`);
  }
  const firstMade = mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const unlock = lockFolder(`${folder}/lock`);
  try {
    for (const part of ["instances", "incoming", "journal"]) mkdirSync(`${folder}/${part}`, { recursive: true });
    const files = new Files(folder, account);
    const recovered = await recoverJournal(`${folder}/journal`, files);
    for (const leftover of readdirSync(`${folder}/incoming`)) {
      rmSync(`${folder}/incoming/${leftover}`, { recursive: true });
    }
    const store = new FileStore(files, { durable, disk: new DiskReserve(room, reserve), unlock });
    await account?.catchUp(store, recovered.unsettled);
    // Before the journal is forgotten: what was made just now, the account's files too, has to be there after a crash.
    if (durable) await syncFolder(folder);
    if (durable && firstMade !== undefined) await syncFolder(dirname(firstMade));
    recovered.forget();
    if (durable || account !== undefined) {
      store.journal = await Journal.open(`${folder}/journal`, { length: journalLength, durable }, files);
    }
    return store;
  } catch (error) {
    unlock();
    throw error;
  }
}

class FileStore implements ObjectStore, PendingFileHost {
  readonly durable: boolean;
  readonly crc32: typeof crc32 = crc32;
  journal: Journal | undefined;
  readonly #files: Files;
  readonly #disk: DiskReserve;
  readonly #unlock: () => void;
  readonly #names = new KeyedMutex();
  /** Makes the names of staged files durable. */
  readonly #incoming: SharedFlush;

  constructor(files: Files, { durable, disk, unlock }: { durable: boolean; disk: DiskReserve; unlock: () => void }) {
    this.durable = durable;
    this.#files = files;
    this.#disk = disk;
    this.#unlock = unlock;
    this.#incoming = new SharedFlush(() => syncFolder(`${files.folder}/incoming`));
  }

  create(): PendingObject {
    return new PendingFile(this);
  }

  takeRoom(bytes: number): void {
    this.#disk.take(bytes);
  }

  room(): number | undefined {
    return this.#disk.room;
  }

  shortage(): string | undefined {
    return this.#disk.shortage;
  }

  openTemporary(): TemporaryFile {
    return this.#files.openTemporary();
  }

  commit(
    file: PendingFile,
    name: string,
    { note = "", flush: waits = true, whenInPlace }: CommitOptions,
  ): Promise<void> {
    return this.#names.run(name, async () => {
      const temporary = file.complete();
      let isInPlace = false;
      const publish = () => {
        this.#files.place(temporary, name);
        isInPlace = true;
        return whenInPlace?.();
      };
      const { journal } = this;
      if (journal === undefined) return await publish();
      const { content } = file;
      try {
        if (content !== undefined && content.length <= journal.maximumContent) {
          return await journal.keep(name, note, content, publish, { flush: waits });
        }
        const flush = async () => {
          await Promise.all([syncFile(temporary.descriptor), this.#incoming.flush(), this.#files.settle(name)]);
        };
        const staged = { file: temporary.name, length: file.size, ...await file.tail(), flush };
        await journal.stage(name, note, staged, publish, { flush: waits });
      } catch (error) {
        // If the disk does not take even that, it is unknown what a crash leaves.
        if (!isInPlace) await journal.withdraw(name).catch(() => {});
        throw error;
      }
    });
  }

  async get(name: string, range: ByteRange = {}): Promise<StoredObject | undefined> {
    checkObjectName(name);
    const path = this.#files.pathOf(name);
    // Asked first: where nothing is, as for most instances that come, statSync takes 30 µs on Deno, and this 4.
    if (!existsSync(path)) return undefined;
    const found = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (!found?.isFile()) return undefined;
    const size = Number(found.size);
    return { size, read: () => readFile(path, found, clampRange(range, size)) };
  }

  list(prefix = ""): AsyncIterable<ListedObject> {
    return listFiles(`${this.#files.folder}/instances`, prefix);
  }

  async delete(name: string): Promise<void> {
    checkObjectName(name);
    await this.#names.run(name, async () => {
      const remove = () => this.#files.remove(name, this.durable);
      try {
        if (this.journal === undefined) await remove();
        else await this.journal.remove(name, remove);
      } catch (error) {
        throw notKept(error);
      }
    });
  }

  async persist(name: string): Promise<void> {
    checkObjectName(name);
    if (!this.durable) return;
    try {
      if (this.journal?.holds(name)) return await this.journal.flushed(name);
      await this.#files.persist([name]);
    } catch (error) {
      throw notKept(error);
    }
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
    await this.#names.idle();
    try {
      await this.journal?.close();
    } finally {
      this.#unlock();
    }
  }
}
