/**
 * Where the archive reads an instance's bytes from.
 *
 * @module
 */

/** Gives bytes piece by piece. A piece is in use until the next one is asked for. */
export interface ByteSource {
  /** The next piece, undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
}

/** A source that is told when no more of it is wanted. */
export interface EndableSource extends ByteSource {
  /** May be called more than once. */
  end(reason?: unknown): void;
}

/**
 * A stream, or another source, as one that can be ended. A stream is cancelled then, and when the signal is aborted. It
 * stays locked: making the error that a released reader holds takes as long as all the reading of a small instance.
 */
export function endable(source: ReadableStream<Uint8Array> | ByteSource, signal?: AbortSignal): EndableSource {
  if (!(source instanceof ReadableStream)) return { read: () => source.read(), end: () => {} };
  const reader = source.getReader();
  const end = (reason: unknown) => {
    signal?.removeEventListener("abort", giveUp);
    reader.cancel(reason).catch(() => {}); // A read that waits ends as well.
  };
  const giveUp = () => end(signal?.reason);
  signal?.addEventListener("abort", giveUp);
  return { read: async () => (await reader.read()).value, end };
}
