/**
 * The archive's folder, opened; and what to do where that can't be.
 *
 * @module
 */

import { openFileStore } from "../archive/file_store.ts";
import type { ObjectStore } from "../archive/object_store.ts";
import type { ArchiveConfig } from "../config.ts";
import { escapeText } from "./escape.ts";
import { currentUser, describeSystemError, systemCode } from "./system_error.ts";

const ELSEWHERE = "name another folder (--data, or archive.path)";

/** What to do, by what the system said. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: `let that user write there, or ${ELSEWHERE}`,
  EPERM: `let that user write there, or ${ELSEWHERE}`,
  EROFS: `mount it to be written to, or ${ELSEWHERE}`,
  ENOSPC: `make room, or ${ELSEWHERE}`,
  EDQUOT: `make room, or ${ELSEWHERE}`,
  EEXIST: `move that file away, or ${ELSEWHERE}`,
  ENOTDIR: `move that file away, or ${ELSEWHERE}`,
};

/** What the system says in too few words. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EEXIST: "a file stands where a folder is expected",
  ENOTDIR: "a file stands where a folder is expected",
};

/** Opens the file store of a configuration. Throws an Error that says which file, whose right, and what to do. */
export async function openArchive({ path, durable, reserve }: ArchiveConfig): Promise<ObjectStore> {
  try {
    return await openFileStore(path, { durable, reserve });
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new Error(await folderProblem(path, error as Error, code));
  }
}

/** Why a folder can't be that of the archive, and what to do. */
export async function folderProblem(folder: string, error: Error, code: string): Promise<string> {
  const { reason, path = folder } = describeSystemError(error);
  const where = path === folder ? "" : ` (${escapeText(path)})`;
  const what = `use the folder ${escapeText(folder)} for instances as ${await currentUser()}`;
  return `Cannot ${what}: ${PROBLEMS[code] ?? reason}${where}; ${ADVICE[code] ?? ELSEWHERE}`;
}
