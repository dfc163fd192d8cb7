/**
 * Bytes that are given piece by piece, as streams.
 *
 * @module
 */

/** What has to end with a stream that is cancelled. */
export interface StreamOfOptions {
  /** Called first: what the generator waits for can be ended so, since it ends itself no sooner than that comes. */
  readonly onCancel?: (reason: unknown) => void;
  /** Iterators that the generator would end: one that is left before its beginning never comes to that. */
  readonly held?: readonly Pick<AsyncIterator<unknown>, "return">[];
}

/** A stream of what a generator, or another iterable, gives, which goes on only when more is asked for. */
export function streamOf(
  pieces: AsyncIterable<Uint8Array>,
  { onCancel = () => {}, held = [] }: StreamOfOptions = {},
): ReadableStream<Uint8Array> {
  const chunks = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      onCancel(reason);
      await chunks.return?.();
      for (const iterator of held) await iterator.return?.();
    },
  }, { highWaterMark: 0 });
}
