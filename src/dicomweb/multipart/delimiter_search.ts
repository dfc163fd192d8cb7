/**
 * Finds the delimiter between the parts of a multipart message.
 *
 * @module
 */

/** Searches for some bytes without reading most of the others (Boyer, Moore and Horspool). */
export class DelimiterSearch {
  /** The bytes to find. */
  readonly delimiter: Uint8Array;
  /** How far to advance, by the byte under the delimiter's last one. */
  readonly #steps = new Uint8Array(256);

  /** A search for at most 255 bytes. */
  constructor(delimiter: Uint8Array) {
    this.delimiter = delimiter;
    const last = delimiter.length - 1;
    this.#steps.fill(delimiter.length);
    for (let index = 0; index < last; index++) this.#steps[delimiter[index]!] = last - index;
  }

  /** Where the delimiter begins in `bytes`; -1 if they do not hold all of it. */
  find(bytes: Uint8Array): number {
    const { delimiter } = this;
    const steps = this.#steps;
    const last = delimiter.length - 1;
    for (let end = last; end < bytes.length; end += steps[bytes[end]!]!) {
      let index = last;
      while (index >= 0 && bytes[end - last + index] === delimiter[index]) index--;
      if (index < 0) return end - last;
    }
    return -1;
  }

  /** How many bytes at the end of `bytes` may be the beginning of a delimiter. */
  beginningAtEnd(bytes: Uint8Array): number {
    const { delimiter } = this;
    const longest = Math.min(delimiter.length - 1, bytes.length);
    for (let length = longest; length > 0; length--) {
      const start = bytes.length - length;
      let index = 0;
      while (index < length && bytes[start + index] === delimiter[index]) index++;
      if (index === length) return length;
    }
    return 0;
  }
}
