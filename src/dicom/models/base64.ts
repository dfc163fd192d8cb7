/**
 * Base64 (RFC 4648), for bytes of any length.
 *
 * @module
 */

const ALPHABET = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 0x3d;
const decoder = new TextDecoder();

/** Characters that so many bytes take. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** Writes bytes in Base64 into others, a character a byte, from `offset` on; returns the offset behind them. */
export function encodeBase64(bytes: Uint8Array, into: Uint8Array, offset: number): number {
  let at = offset;
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const triple = bytes[index]! << 16 | (left > 1 ? bytes[index + 1]! << 8 : 0) | (left > 2 ? bytes[index + 2]! : 0);
    into[at++] = ALPHABET[triple >> 18]!;
    into[at++] = ALPHABET[triple >> 12 & 0x3f]!;
    into[at++] = left > 1 ? ALPHABET[triple >> 6 & 0x3f]! : PADDING;
    into[at++] = left > 2 ? ALPHABET[triple & 0x3f]! : PADDING;
  }
  return at;
}

/** Bytes turned into Base64 at a time: a multiple of 3, so that pieces join without padding. */
const PIECE = 0x2400;

/** Bytes in Base64, piece by piece. */
export function* base64Pieces(bytes: Uint8Array): Generator<string, void> {
  const characters = new Uint8Array(base64Length(PIECE));
  for (let start = 0; start < bytes.length; start += PIECE) {
    const end = encodeBase64(bytes.subarray(start, start + PIECE), characters, 0);
    yield decoder.decode(characters.subarray(0, end));
  }
}

/** Decodes a text. Throws TypeError when it is no Base64. */
export function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new TypeError("Cannot decode Base64: a character or the length is wrong", { cause });
  }
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
