/**
 * Keys as they are kept in files and in the environment.
 *
 * @module
 */

/** The longest key that is read, in bytes; the rest of a file would only be a mistake. */
const LONGEST = 4096;

const SPACE: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20]);

/** The key in a text, or in the bytes of a file: all of it but white space at its end. Throws `RangeError` for a long one. */
export function readKey(content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  let end = bytes.length;
  while (end > 0 && SPACE.has(bytes[end - 1]!)) end--;
  if (end > LONGEST) throw new RangeError(`Cannot use a key of ${end} bytes: expected at most ${LONGEST}`);
  return bytes.slice(0, end);
}
