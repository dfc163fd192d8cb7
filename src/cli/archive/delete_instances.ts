/**
 * The work of `gantry delete`.
 *
 * @module
 */

import { createArchive } from "../../archive/archive.ts";
import { createArchiveSource } from "../../archive/archive_source.ts";
import type { FileArchive } from "../../archive/file_archive.ts";
import type { IndexedInstance } from "../../index/instance_index.ts";
import type { Query } from "../../query/query.ts";
import { checkMatched } from "../peers/matched_keys.ts";

/** Instances that are deleted at a time: their index is flushed once. */
const DELETED_AT_ONCE = 100;

/** What an archive has of what a query means. */
export interface DeletableInstances {
  /** The instances, as they are now. Throws where the query has a key that the index can't match. */
  list(signal: AbortSignal): AsyncIterable<IndexedInstance>;
  /** Deletes them, and gives those that are gone from index and store. What it throws ends it. */
  delete(signal: AbortSignal): AsyncIterable<readonly IndexedInstance[]>;
}

/** What an archive in the folder `path` has of what a query means. */
export function deletableInstances(
  { store, index }: FileArchive,
  query: Query,
  path: string,
): DeletableInstances {
  const list = async function* (signal: AbortSignal) {
    await checkMatched(createArchiveSource({ store, index }), query, { signal });
    yield* index.instancesOf(query, { signal });
  };
  return {
    list,
    async *delete(signal) {
      await using archive = createArchive({ store, index });
      const folders = new Set<string>();
      let some: string[] = [];
      const deleteSome = async () => {
        const deleted = await archive.delete(some);
        some = [];
        for (const { name } of deleted) folders.add(folderOf(name));
        return deleted;
      };
      try {
        for await (const { sopInstanceUid } of list(signal)) {
          some.push(sopInstanceUid);
          if (some.length === DELETED_AT_ONCE) yield await deleteSome();
        }
        if (some.length > 0) yield await deleteSome();
      } finally {
        removeEmpty(`${path}/instances`, folders);
      }
    },
  };
}

function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

/** Removes folders that are now empty, and those above them. No other process has the archive open and might use them. */
function removeEmpty(root: string, folders: Iterable<string>): void {
  for (let folder of folders) {
    try {
      for (; folder !== ""; folder = folderOf(folder)) Deno.removeSync(`${root}/${folder}`);
    } catch {
      // There is something in it.
    }
  }
}
