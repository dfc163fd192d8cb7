/**
 * Errors of the system by their classes, as Deno has them, from Node's codes.
 *
 * @module
 */

/** The classes that the commands ask for. */
export const errors = {
  NotFound: class NotFound extends Error {},
  PermissionDenied: class PermissionDenied extends Error {},
  AlreadyExists: class AlreadyExists extends Error {},
  NotADirectory: class NotADirectory extends Error {},
  AddrInUse: class AddrInUse extends Error {},
  WouldBlock: class WouldBlock extends Error {},
  BrokenPipe: class BrokenPipe extends Error {},
  /** Node has no permissions that would be lacking. */
  NotCapable: class NotCapable extends Error {},
};

const BY_CODE: Readonly<Record<string, keyof typeof errors>> = {
  ENOENT: "NotFound",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  EEXIST: "AlreadyExists",
  ENOTDIR: "NotADirectory",
  EADDRINUSE: "AddrInUse",
  EAGAIN: "WouldBlock",
  EPIPE: "BrokenPipe",
};

/** The same error, an instance of the class of its code as well; other values as they are. */
function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const name = BY_CODE[(error as NodeJS.ErrnoException).code ?? ""];
  if (name !== undefined) Object.setPrototypeOf(error, errors[name].prototype);
  return error;
}

/** What `work` answers; what it throws, translated. */
export function translating<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translate(error);
  }
}

/** What `work` resolves to; what it rejects with, translated. */
export async function translatingLater<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw translate(error);
  }
}
