/**
 * Streams that open their source when they are first read.
 *
 * @module
 */

/** The source of a stream. */
export interface LateStreamSource {
  /** Opens the source; called once, at the first read. */
  readonly open: () => Promise<ReadableStream<Uint8Array>>;
  /** Called at each read. */
  readonly onRead: () => void;
  /** Called once if the source was opened: at its end, when it has failed, or when it was cancelled. */
  readonly onClose: () => void;
}

/** A stream of the source. Cancelling it cancels the source, even while that is being opened. */
export function lateStream({ open, onRead, onClose }: LateStreamSource): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let isCancelled = false;
  const close = async (end?: (reader: ReadableStreamDefaultReader<Uint8Array>) => Promise<void>) => {
    if (reader === undefined) return;
    const ended = end?.(reader);
    reader = undefined;
    onClose();
    await ended?.catch(() => {}); // It may have failed.
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        reader ??= (await open()).getReader();
        if (isCancelled) return await close((opened) => opened.cancel());
        const { done, value } = await reader.read();
        onRead();
        if (isCancelled) return;
        if (!done) return controller.enqueue(value);
        await close();
        controller.close();
      } catch (error) {
        await close();
        throw error;
      }
    },
    async cancel(reason) {
      isCancelled = true;
      await close((opened) => opened.cancel(reason));
    },
  }, { highWaterMark: 0 });
}
