/**
 * The objects below a folder.
 *
 * @module
 */

import { type Dir, opendirSync, type Stats, statSync } from "node:fs";
import { setImmediate } from "node:timers";
import { isObjectName, type ListedObject } from "../object_store.ts";
import { errorCode } from "./file_system.ts";

/** After how many files others get their turn. */
const FILES_AT_ONCE = 64;

/** Files below `top` whose names can be those of objects and begin with `prefix`, folder by folder. */
export async function* listFiles(top: string, prefix: string): AsyncGenerator<ListedObject> {
  let seen = 0;
  const folders = [prefix.slice(0, prefix.lastIndexOf("/") + 1)];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { name, isFolder } of entriesOf(`${top}/${folder}`)) {
      const path = folder + name;
      if (isFolder) {
        if (`${path}/`.startsWith(prefix) || prefix.startsWith(`${path}/`)) folders.push(`${path}/`);
        continue;
      }
      if (!path.startsWith(prefix) || !isObjectName(path)) continue;
      if (++seen % FILES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      const found = statOf(`${top}/${path}`);
      if (found?.isFile()) yield { name: path, size: found.size, writtenAt: found.mtimeMs };
    }
  }
}

/** What stands at a path; undefined when it has gone, as for a link that leads nowhere, or in a circle. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === "ELOOP") return undefined;
    throw error;
  }
}

/** Entries of a folder, none when it has gone; a folder of any size takes little memory. */
function* entriesOf(path: string): Generator<{ name: string; isFolder: boolean }> {
  const folder = openFolder(path);
  if (folder === undefined) return;
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      yield { name: entry.name, isFolder: entry.isDirectory() };
    }
  } finally {
    folder.closeSync();
  }
}

function openFolder(path: string): Dir | undefined {
  try {
    return opendirSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
