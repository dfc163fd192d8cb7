/**
 * Multipart messages for tests.
 *
 * @module
 */

/** Bytes of text in Latin-1. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A stream of these chunks, which counts how many were pulled and hears of its cancelling. */
export function streamOfChunks(chunks: Iterable<Uint8Array>): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly pulled: () => number;
  readonly cancelled: () => boolean;
} {
  const iterator = chunks[Symbol.iterator]();
  let [pulled, cancelled] = [0, false];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = iterator.next();
      if (done) return controller.close();
      pulled++;
      controller.enqueue(value);
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { stream, pulled: () => pulled, cancelled: () => cancelled };
}

/** Bytes cut at these lengths, again and again. */
export function* inPieces(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let start = 0, index = 0; start < bytes.length; index++) {
    const end = start + (lengths[index % lengths.length] ?? bytes.length);
    yield bytes.slice(start, end);
    start = end;
  }
}

/** Bytes one after the other. */
export function joined(...pieces: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const all = pieces.map((piece) => typeof piece === "string" ? latin1(piece) : piece);
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of all) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
