/**
 * Keys of documents as bytes: they distinguish keys and put them in order.
 *
 * @module
 */

/** The UTF-8 of a key. Half of a surrogate pair, which has none, counts as U+FFFD. */
export function bytesOfKey(key: string): Uint8Array {
  return new TextEncoder().encode(key);
}

/** The key that has these bytes. */
export function keyOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
