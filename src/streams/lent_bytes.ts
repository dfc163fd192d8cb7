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
 * Bytes that come once, read in one of two ways: as a stream whose chunks are the reader's to keep, or by `read()`, which
 * copies nothing and lends each piece until the next call.
 */
export interface ByteBody extends LentBytes {
  /** The bytes as a stream. Cancelling it discards the rest. */
  stream(): ReadableStream<Uint8Array>;
  /** Says that no more will be read; the rest is passed over. */
  cancel(reason?: unknown): Promise<void>;
}

/** `head` in front of the bytes of `rest`, which is read when they are. */
export function prepend(head: Uint8Array, rest: ByteBody): ByteBody {
  let begun = false;
  const read = async () => {
    if (begun) return await rest.read();
    begun = true;
    return head;
  };
  const stream = () => {
    const reader = rest.stream().getReader();
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (!begun) {
          begun = true;
          controller.enqueue(head);
          return;
        }
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  };
  return { read, stream, cancel: (reason) => rest.cancel(reason) };
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

/** Bytes that are all there, as lent bytes of one piece. */
export function lendOnce(bytes: Uint8Array): LentBytes {
  let rest: Uint8Array | undefined = bytes;
  return {
    read() {
      const piece = rest;
      rest = undefined;
      return Promise.resolve(piece);
    },
  };
}
