/**
 * Streams that can lend their bytes, and reading them in the way that takes least memory.
 *
 * @module
 */

import type { LentBytes } from "./lent_bytes.ts";

/** A stream of bytes, from a transport that may be able to lend them as well. */
export interface LendingStream extends ReadableStream<Uint8Array> {
  /** The stream's bytes, for who can do with less memory. The stream itself is then to be cancelled only. */
  readonly lent?: LentBytes;
}

/** Where bytes come from. The stream can be read by others after `release`. */
export interface Source extends LentBytes {
  cancel(reason?: unknown): Promise<void>;
  release(): void;
}

/**
 * What a stream gives, in the way that takes least memory: a piece is to be left alone when the next one is asked for.
 * Throws TypeError when somebody else reads the stream.
 */
export function sourceOf(readable: LendingStream): Source {
  const { lent } = readable;
  if (lent !== undefined && !readable.locked) {
    return { read: () => lent.read(), cancel: (reason) => readable.cancel(reason), release() {} };
  }
  const reader = readable.getReader();
  reader.closed.catch(() => {}); // Every read tells it.
  return {
    read: async () => (await reader.read()).value,
    cancel: (reason) => reader.cancel(reason),
    release: () => reader.releaseLock(),
  };
}
