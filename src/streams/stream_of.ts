/**
 * Generators of bytes as streams.
 *
 * @module
 */

/**
 * A stream of what a generator gives, which goes on only when more is asked for. `held` are iterators that the generator would
 * end: one that is left before its beginning never comes to that.
 */
export function streamOf(
  chunks: AsyncGenerator<Uint8Array, void>,
  ...held: readonly Pick<AsyncIterator<unknown>, "return">[]
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return();
      for (const iterator of held) await iterator.return?.();
    },
  }, { highWaterMark: 0 });
}
