/**
 * Digests for entity tags and boundaries.
 *
 * @module
 */

/** The first bytes of the SHA-256 of a text or bytes, as hexadecimal digits. */
export async function hexDigest(content: string | Uint8Array<ArrayBuffer>, length = 16): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.subarray(0, length), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
