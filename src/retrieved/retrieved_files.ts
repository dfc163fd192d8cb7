/**
 * Data sets from peers, held on a disk for a while: up to a number of bytes, and up to an age.
 *
 * @module
 */

import { LimitError } from "../errors.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { HeldInstance } from "../query/instance_source.ts";
import { streamOf } from "../streams/stream_of.ts";
import { Room } from "./room.ts";

/** Where files are held, and how many. */
export interface RetrievedFilesOptions {
  /** Keeps the bytes, and nothing else. The caller closes it. */
  readonly store: ObjectStore;
  /** Most bytes of all files. The files that were used last stay longest. */
  readonly maxSize: number;
  /** Highest age of a file, in milliseconds. */
  readonly maxAge: number;
  /** Bytes of the disk that stay free for others: with fewer, unused files are removed. Default: 0. */
  readonly reserve?: number;
  /** Most files, not counting those in use. Default: 200,000. */
  readonly maxFiles?: number;
  /** Called with the error when a file could not be removed. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** A file. It stays while a caller has pinned it, or reads it. */
export interface RetrievedFile {
  /** The instance whose data set the file holds. It can be read at any time, and fails once the file is gone. */
  readonly held: HeldInstance;
  /** Whether it was taken out: callers cannot pin it any more. */
  readonly isGone: boolean;
}

/** How full the files are. */
export interface RetrievedStatistics {
  /** Number of files. */
  readonly files: number;
  /** Bytes of the files, and of those that are being written. */
  readonly bytes: number;
}

class File implements RetrievedFile {
  isGone = false;
  isRemoved = false;
  pins = 1;
  readers = 0;
  readonly key: string;
  readonly name: string;
  readonly keptAt: number;
  readonly held: HeldInstance;

  constructor(key: string, name: string, keptAt: number, held: HeldInstance) {
    this.key = key;
    this.name = name;
    this.keptAt = keptAt;
    this.held = held;
  }

  get isUsed(): boolean {
    return this.pins > 0 || this.readers > 0;
  }
}

/** Most files in one folder. */
const IN_A_FOLDER = 1_000;

/** Most unused files, however small they are: each takes some memory, too. */
const MOST_FILES = 200_000;

/** Milliseconds between two looks at the disk: other programs write to it, too. */
const LOOK_EVERY = 10_000;

/** Files by key, in a store that is emptied before its first use: files of an earlier process are of no use. */
export class RetrievedFiles implements AsyncDisposable {
  readonly #options: RetrievedFilesOptions;
  readonly #now: () => number;
  /** By key; the file that was used last is last. */
  readonly #files = new Map<string, File>();
  /** The oldest is first. */
  readonly #byAge = new Set<File>();
  readonly #maxFiles: number;
  readonly #room: Room;
  /** Distinguishes the files of this process from all others, for clients that cache them. */
  readonly #epoch = crypto.randomUUID();
  #count = 0;
  #emptied: Promise<void> | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  /** Does not touch the store yet. */
  constructor(options: RetrievedFilesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#maxFiles = options.maxFiles ?? MOST_FILES;
    this.#room = new Room(options.maxSize, () => this.#evictOldest());
  }

  /** How full it is. */
  get statistics(): RetrievedStatistics {
    return { files: this.#files.size, bytes: this.#room.taken };
  }

  /** Removes the files of an earlier process. Resolves at once when that was done. */
  empty(): Promise<void> {
    return this.#emptied ??= this.#empty();
  }

  /** The file of a key, which the caller unpins; undefined if no file is young enough. */
  pin(key: string): RetrievedFile | undefined {
    const file = this.#files.get(key);
    if (file === undefined) return undefined;
    if (this.#now() - file.keptAt >= this.#options.maxAge) {
      this.#takeOut(file);
      return undefined;
    }
    this.#use(file);
    file.pins++;
    return file;
  }

  /** Pins a file once more; false if it is gone. */
  pinAgain(file: RetrievedFile): boolean {
    if (file.isGone) return false;
    (file as File).pins++;
    return true;
  }

  /** Undoes one `pin()`, `pinAgain()` or `keep()`. */
  unpin(file: RetrievedFile): void {
    (file as File).pins--;
    this.#left(file as File);
  }

  /**
   * Writes the data set of an instance, which it reads once, and resolves with its file, which the caller unpins. The file exists
   * as a whole or not at all, and replaces an earlier file of the key. Without room, it waits as long as other callers read the
   * files that take the room.
   *
   * @throws LimitError `maxSize` without room; what the stream and the store throw, and the signal's reason
   */
  async keep(key: string, instance: HeldInstance, signal: AbortSignal): Promise<RetrievedFile> {
    await this.empty();
    await this.#leaveRoom(instance.length ?? 0);
    const { store } = this.#options;
    const pending = store.create();
    const number = this.#count++;
    const name = `${Math.floor(number / IN_A_FOLDER)}/${number}`;
    let length = 0;
    try {
      for await (const piece of instance.stream()) {
        signal.throwIfAborted();
        if (length + piece.length > this.#options.maxSize) throw tooLong(this.#options.maxSize);
        await this.#room.take(piece.length, signal);
        length += piece.length;
        await pending.write(piece);
      }
      if (instance.length !== undefined && instance.length !== length) {
        throw new Error(`Cannot hold an instance: found ${length} bytes, expected ${instance.length}`);
      }
      await pending.commit(name);
    } catch (error) {
      await pending.discard();
      this.#room.give(length);
      throw error;
    }
    const file: File = new File(key, name, this.#now(), this.#held(() => file, instance, { name, length }));
    const before = this.#files.get(key);
    if (before !== undefined) this.#takeOut(before);
    this.#files.set(key, file);
    this.#byAge.add(file);
    if (this.#files.size > this.#maxFiles) this.#evictOldest();
    this.#expireLater();
    return file;
  }

  /** Takes out the file of a key: the instance may be different at its source now. */
  forget(key: string): void {
    const file = this.#files.get(key);
    if (file !== undefined) this.#takeOut(file);
  }

  /** Removes all files, even pinned ones, and forgets their ages. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#expiry);
    for (const file of [...this.#files.values()]) this.#takeOut(file, true);
    await this.#room.idle();
  }

  async #empty(): Promise<void> {
    const { store } = this.#options;
    for await (const { name } of store.list()) await store.delete(name);
  }

  #held(
    fileOf: () => File,
    { sopClassUid, sopInstanceUid, transferSyntax }: HeldInstance,
    { name, length }: { readonly name: string; readonly length: number },
  ): HeldInstance {
    const part = (start: number, end: number) => {
      const file = fileOf();
      this.#use(file);
      return this.#read(file, start, end);
    };
    const stream = () => streamOf(part(0, length));
    return { sopClassUid, sopInstanceUid, transferSyntax, length, stream, part, version: `${this.#epoch}-${name}` };
  }

  async *#read(file: File, start: number, end: number): AsyncGenerator<Uint8Array, void, void> {
    if (file.isGone && !file.isUsed) throw gone();
    file.readers++;
    try {
      const found = await this.#options.store.get(file.name, { start, end });
      if (found === undefined) throw gone();
      for await (const piece of found.read()) {
        this.#room.progress();
        yield piece;
      }
    } finally {
      file.readers--;
      this.#left(file);
    }
  }

  #use(file: File): void {
    if (file.isGone) return;
    this.#files.delete(file.key);
    this.#files.set(file.key, file);
  }

  #left(file: File): void {
    this.#room.progress();
    if (file.isGone && !file.isUsed) this.#remove(file);
  }

  /** Takes out the unused file that was used longest ago. Returns whether one existed. */
  #evictOldest(): boolean {
    for (const file of this.#files.values()) {
      if (file.isUsed) continue;
      this.#takeOut(file);
      return true;
    }
    return false;
  }

  #takeOut(file: File, atOnce = false): void {
    if (this.#files.get(file.key) === file) this.#files.delete(file.key);
    this.#byAge.delete(file);
    if (file.isGone) return;
    file.isGone = true;
    if (atOnce || !file.isUsed) this.#remove(file);
  }

  /** Removes a file, whose bytes count until that is done. */
  #remove(file: File): void {
    if (file.isRemoved) return;
    file.isRemoved = true;
    const { store, onError = () => {} } = this.#options;
    this.#room.giveAfter(store.delete(file.name).catch(onError), file.held.length ?? 0);
  }

  #expireLater(): void {
    const [oldest] = this.#byAge;
    if (this.#expiry !== undefined || oldest === undefined) return;
    const left = oldest.keptAt + this.#options.maxAge - this.#now();
    this.#expiry = setTimeout(() => this.#expire(), Math.max(0, Math.min(left, LOOK_EVERY)));
  }

  #expire(): void {
    this.#expiry = undefined;
    const before = this.#now() - this.#options.maxAge;
    for (const file of this.#byAge) {
      if (file.keptAt > before) break;
      this.#takeOut(file);
    }
    void this.#leaveRoom(0);
    this.#expireLater();
  }

  /** Removes files when the disk gets full: the gateway can retrieve them again, unlike the files of others. */
  async #leaveRoom(wanted: number): Promise<void> {
    const { store, reserve = 0 } = this.#options;
    if (reserve === 0) return;
    while ((store.room?.() ?? Infinity) < reserve + wanted && this.#evictOldest()) await this.#room.idle();
  }
}

function gone(): Error {
  return new Error("Cannot read the instance: it is no longer held");
}

function tooLong(maximum: number): LimitError {
  const found = `more than ${maximum} bytes, which is all that may be held`;
  return new LimitError(`Cannot hold an instance: it has ${found}`, { limit: "maxSize", maximum });
}
