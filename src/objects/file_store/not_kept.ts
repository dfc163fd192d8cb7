/**
 * The meaning of a file system's error for the sender of an instance.
 *
 * @module
 */

import { InstanceNotKeptError } from "../../errors.ts";
import { errorCode } from "./file_system.ts";

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "access is denied",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be larger than this system allows",
  EIO: "the disk reports an input or output error",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOENT: "its folder has vanished",
  ENOSPC: "no space is left",
  ENOTDIR: "a file stands where a folder is expected",
  EPERM: "the operation is not permitted",
  EXDEV: "its folders are on different file systems",
  EROFS: "the file system is read-only",
  ESTALE: "the network file system has lost it",
};

/** Says in words why the store can't be written to, and nothing of the instance. */
export function describeFailure(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined) return `${CAUSES[code] ?? "the file system refuses"} (${code})`;
  return isPermissionError(error) ? "this process has no permission to write there" : "the file system refuses";
}

/** Deno's answer where the process was not given the permission. */
function isPermissionError(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}

/** Turns a file system's error into an `InstanceNotKeptError` (`out-of-resources`); passes any other through. */
export function notKept(error: unknown): unknown {
  if (errorCode(error) === undefined && !isPermissionError(error)) return error;
  return new InstanceNotKeptError(`Cannot write to the archive: ${describeFailure(error)}`, {
    reason: "out-of-resources",
    cause: error,
  });
}
