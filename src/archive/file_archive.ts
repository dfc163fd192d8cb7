/**
 * A file store and its SQLite index in one folder, as `gantry listen` has them; for Deno, Bun, and Node from 22 on.
 *
 * @module
 */

import { existsSync, renameSync, rmSync } from "node:fs";
import type { DocumentStore } from "../documents/document_store.ts";
import { openSqliteDocuments } from "../documents/sqlite_documents.ts";
import type { InstanceIndex } from "../index/instance_index.ts";
import { OF_EVERY_LEVEL, UID_FIELDS } from "../index/kept_attributes.ts";
import { createSqliteIndex, openSqliteIndex, UnusableIndexError, type UnusableReason } from "../index/sqlite_index.ts";
import { type FileStoreOptions, openFileStore } from "../objects/file_store.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import { openSqliteQueue } from "../queue/sqlite_queue.ts";
import { catchUp } from "./catch_up.ts";
import { rebuildIndex, type RebuildOptions, type RebuildProgress } from "./rebuild.ts";

export { FolderInUseError } from "../objects/file_store.ts";

/** How to open an archive's folder. */
export interface FileArchiveOptions extends Omit<FileStoreOptions, "account">, Partial<RebuildOptions> {
  /**
   * What to do if the index is missing or damaged: `rebuild` it from the files, or `refuse` to open the archive.
   * `always` makes it anew whatever it is like. Default: `rebuild`.
   */
  readonly rebuild?: "rebuild" | "refuse" | "always";
  /**
   * Tags of attributes that the index keeps besides the usual ones. Those that an index was not made for, it does not keep
   * before it is made anew: `FileArchive.missingAttributes`. Default: none.
   */
  readonly attributes?: readonly number[];
  /** Whether to make a queue if none exists, since instances are sent on. Default: false. */
  readonly queue?: boolean;
  /** Called before an index is rebuilt from existing files, with the reason. */
  readonly onRebuild?: (reason: UnusableReason | "asked", message: string) => void;
}

/** Store, index and documents of a folder, for `createGateway`. Disposing of it closes them. */
export interface FileArchive extends AsyncDisposable {
  /** The files. */
  readonly store: ObjectStore;
  /** What knows them. */
  readonly index: InstanceIndex;
  /** What else has to be remembered. */
  readonly documents: DocumentStore;
  /** What has still to be sent, where that was ever asked for. */
  readonly queue?: JobQueue;
  /** What the rebuild found, where there was one. */
  readonly rebuilt?: RebuildProgress;
  /** Tags of `attributes` that the index is not made for. */
  readonly missingAttributes: readonly number[];
  /** How many instances the index learnt of from the journal. */
  readonly recovered: number;
}

/**
 * Opens the archive in `folder`, and makes it if it does not exist. What a crash left is put in order first: that takes as
 * long as the journal is, however many instances there are.
 *
 * @throws FolderInUseError when another process has it open; Error when the file system refuses; `UnusableIndexError` when
 * the index is not to be made anew, or is of a later version
 */
export async function openFileArchive(folder: string, options: FileArchiveOptions = {}): Promise<FileArchive> {
  let opened: { index: InstanceIndex; rebuilt?: RebuildProgress } | undefined;
  let recovered = 0;
  let queue: JobQueue | undefined;
  const queuePath = `${folder}/queue.sqlite`;
  const openQueue = () => queue ??= openSqliteQueue(queuePath, options);
  try {
    const store = await openFileStore(folder, {
      ...options,
      account: {
        async catchUp(store, unsettled) {
          opened = await openIndex(`${folder}/index.sqlite`, store, options);
          if (options.queue || existsSync(queuePath)) openQueue();
          recovered = await catchUp(store, opened.index, unsettled, openQueue);
          await queue?.sync();
        },
        async sync() {
          // Nothing that has still to be sent may be in the index alone, which can be made anew.
          await queue?.sync();
          await opened?.index.sync();
        },
      },
    });
    const documents = await openDocuments(folder, store, options);
    return {
      store,
      documents,
      ...opened!,
      ...(queue !== undefined && { queue }),
      missingAttributes: (options.attributes ?? []).filter((tag) => !isKept(opened!.index, tag)),
      recovered,
      async [Symbol.asyncDispose]() {
        // The store says last what the index has to know.
        await closeAll([store, queue, opened!.index, documents]);
      },
    };
  } catch (error) {
    await queue?.[Symbol.asyncDispose]();
    await opened?.index[Symbol.asyncDispose]();
    throw error;
  }
}

/** Closes each, also where another can't be; then throws the first error. */
async function closeAll(parts: readonly (AsyncDisposable | undefined)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of parts) await part?.[Symbol.asyncDispose]().then(undefined, (error) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

async function openDocuments(
  folder: string,
  store: ObjectStore,
  { durable = true }: FileArchiveOptions,
): Promise<DocumentStore> {
  try {
    return openSqliteDocuments(`${folder}/documents.sqlite`, { durable });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function openIndex(
  path: string,
  store: ObjectStore,
  options: FileArchiveOptions,
): Promise<{ index: InstanceIndex; rebuilt?: RebuildProgress }> {
  const { rebuild = "rebuild", durable = true, onRebuild = () => {} } = options;
  if (rebuild === "always") onRebuild("asked", `Making the index ${path} anew`);
  else {
    try {
      return { index: openSqliteIndex(path, { durable }) };
    } catch (error) {
      if (!(error instanceof UnusableIndexError) || error.reason === "other") throw error;
      const isFirstStart = error.reason === "missing" && await isEmpty(store);
      if (rebuild === "refuse" && !isFirstStart) throw error;
      if (!isFirstStart) onRebuild(error.reason, error.message);
    }
  }
  const rebuilt = await makeIndex(path, store, options);
  return { index: openSqliteIndex(path, { durable }), rebuilt };
}

function isKept({ kept }: InstanceIndex, tag: number): boolean {
  return kept.has(tag) || UID_FIELDS.has(tag) || OF_EVERY_LEVEL.has(tag);
}

async function isEmpty(store: ObjectStore): Promise<boolean> {
  for await (const _object of store.list()) return false;
  return true;
}

/** Makes the index beside the one that may be there, and then takes that one's place: at any moment one is whole. */
async function makeIndex(path: string, store: ObjectStore, options: FileArchiveOptions): Promise<RebuildProgress> {
  const unfinished = `${path}.new`;
  removeDatabase(unfinished);
  const index = createSqliteIndex(unfinished, { durable: false, attributes: options.attributes });
  let progress: RebuildProgress;
  try {
    progress = await rebuildIndex(store, index, { onExisting: "keep-first", ...options });
  } finally {
    await index[Symbol.asyncDispose]();
  }
  removeDatabase(path);
  renameSync(unfinished, path);
  return progress;
}

function removeDatabase(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]) if (existsSync(file)) rmSync(file);
}
