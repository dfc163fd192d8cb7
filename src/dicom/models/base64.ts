/**
 * Base64 (RFC 4648), for bytes of any length.
 *
 * @module
 */

/** Bytes turned into characters at a time: a multiple of 3, so that pieces join without padding. */
const PIECE = 0x6000;

/** Encodes bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += PIECE) {
    text += btoa(String.fromCharCode.apply(null, bytes.subarray(start, start + PIECE) as unknown as number[]));
  }
  return text;
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
