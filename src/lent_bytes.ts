/**
 * Bytes on their way through, without a copy for each who passes them on.
 *
 * @module
 */

/**
 * Bytes that are pulled piece by piece. A piece is lent: it is to be left alone when the next one is asked for, because
 * the same memory then takes other bytes.
 */
export interface LentBytes {
  /** The next piece, undefined at the end. One call at a time. */
  read(): Promise<Uint8Array | undefined>;
  /** Says that no more will be read, before the end or after it. Ends a read that waits where the source can do that. */
  cancel?(reason?: unknown): Promise<void>;
}

/**
 * A stream as lent bytes; lent bytes as they are. A stream stays locked: making the error that a released reader holds
 * takes as long as reading a small instance.
 */
export function lend(source: ReadableStream<Uint8Array> | LentBytes): Required<LentBytes> {
  if (!(source instanceof ReadableStream)) {
    return { read: () => source.read(), cancel: async (reason) => await source.cancel?.(reason) };
  }
  const reader = source.getReader();
  reader.closed.catch(() => {}); // Every read tells it.
  return { read: async () => (await reader.read()).value, cancel: (reason) => reader.cancel(reason) };
}
