/**
 * Whether two objects hold the same bytes.
 *
 * @module
 */

/** Reads both as far as they are the same. */
export async function isSameContent(
  one: AsyncIterable<Uint8Array>,
  other: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const [left, right] = [one[Symbol.asyncIterator](), other[Symbol.asyncIterator]()];
  try {
    let [a, b] = [EMPTY, EMPTY];
    for (;;) {
      // Both are read at the same time.
      if (a.length === 0 && b.length === 0) [a, b] = await Promise.all([nextOf(left), nextOf(right)]);
      else if (a.length === 0) a = await nextOf(left);
      else if (b.length === 0) b = await nextOf(right);
      if (a.length === 0 || b.length === 0) return a.length === b.length;
      const length = Math.min(a.length, b.length);
      if (!startTheSame(a, b, length)) return false;
      [a, b] = [a.subarray(length), b.subarray(length)];
    }
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}

/** Whether the first `length` bytes are the same: four at a time where both begin at a multiple of four, as whole pieces do. */
function startTheSame(one: Uint8Array, other: Uint8Array, length: number): boolean {
  let compared = 0;
  if (one.byteOffset % 4 === 0 && other.byteOffset % 4 === 0) {
    const words = Math.floor(length / 4);
    const left = new Int32Array(one.buffer, one.byteOffset, words);
    const right = new Int32Array(other.buffer, other.byteOffset, words);
    for (let index = 0; index < words; index++) if (left[index] !== right[index]) return false;
    compared = words * 4;
  }
  for (let index = compared; index < length; index++) if (one[index] !== other[index]) return false;
  return true;
}

const EMPTY: Uint8Array = new Uint8Array(0);

/** The next bytes; none at the end. */
async function nextOf(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done === true) return EMPTY;
    if (value.length > 0) return value;
  }
}
