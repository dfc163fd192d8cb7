/**
 * What a file system's refusal means to the sender of an instance.
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
  EROFS: "the file system is read-only",
  ESTALE: "the network file system has lost it",
};

/** Says in words why the store can't be written to, and nothing of the instance. */
export function describeFailure(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined) return `${CAUSES[code] ?? "the file system refuses"} (${code})`;
  return error instanceof Error && error.name === "NotCapable"
    ? "this process has no permission to write there"
    : "the file system refuses";
}

/** Turns a file system error into an `InstanceNotKeptError` (`out-of-resources`); passes one through as it is. */
export function notKept(error: unknown): InstanceNotKeptError {
  if (error instanceof InstanceNotKeptError) return error;
  return new InstanceNotKeptError(`Cannot write to the archive: ${describeFailure(error)}`, {
    reason: "out-of-resources",
    cause: error,
  });
}
