/**
 * Whether two streams hold the same bytes.
 *
 * @module
 */

/** Reads both as far as they are the same. */
export async function isSameContent(
  one: ReadableStream<Uint8Array>,
  other: ReadableStream<Uint8Array>,
): Promise<boolean> {
  const [left, right] = [one.getReader(), other.getReader()];
  try {
    let [a, b] = [EMPTY, EMPTY];
    for (;;) {
      if (a.length === 0) a = await nextOf(left);
      if (b.length === 0) b = await nextOf(right);
      if (a.length === 0 || b.length === 0) return a.length === b.length;
      const length = Math.min(a.length, b.length);
      for (let index = 0; index < length; index++) if (a[index] !== b[index]) return false;
      [a, b] = [a.subarray(length), b.subarray(length)];
    }
  } finally {
    await Promise.all([left.cancel(), right.cancel()]);
  }
}

const EMPTY: Uint8Array = new Uint8Array(0);

/** The next bytes; none at the end. */
async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return EMPTY;
    if (value.length > 0) return value;
  }
}
