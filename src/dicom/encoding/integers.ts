/**
 * Unsigned integers as they are encoded, in either byte ordering (PS3.5 7.3).
 *
 * @module
 */

/** One of 16 bits. */
export function uint16(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return littleEndian ? bytes[offset]! | bytes[offset + 1]! << 8 : bytes[offset]! << 8 | bytes[offset + 1]!;
}

/** One of 32 bits. */
export function uint32(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return littleEndian
    ? (bytes[offset]! | bytes[offset + 1]! << 8 | bytes[offset + 2]! << 16 | bytes[offset + 3]! << 24) >>> 0
    : (bytes[offset]! << 24 | bytes[offset + 1]! << 16 | bytes[offset + 2]! << 8 | bytes[offset + 3]!) >>> 0;
}

/** A tag: two of 16 bits, the group first. */
export function tagAt(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return littleEndian
    ? (bytes[offset + 1]! << 24 | bytes[offset]! << 16 | bytes[offset + 3]! << 8 | bytes[offset + 2]!) >>> 0
    : uint32(bytes, offset, false);
}
