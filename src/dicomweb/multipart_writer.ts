/**
 * Multipart bodies (RFC 2046 5.1) that even simple clients can read: `Content-Type` is the first header of each part, in exactly
 * these letters, and boundaries are long and random.
 *
 * @module
 */

/** Characters of a boundary: none of them needs quotes (RFC 2045 5.1). */
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BOUNDARY_LENGTH = 48;

/** A boundary that occurs in no part: 48 random characters. */
export function makeBoundary(): string {
  const random = crypto.getRandomValues(new Uint8Array(BOUNDARY_LENGTH));
  return Array.from(random, (byte) => LETTERS[byte % LETTERS.length]).join("");
}

/** The bytes before the body of a part; `Content-Type` comes first. The first part has no line break in front. */
export function partHead(boundary: string, headers: Readonly<Record<string, string>>, isFirst: boolean): string {
  const { "Content-Type": type, ...others } = headers;
  const lines = Object.entries({ "Content-Type": type, ...others }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${isFirst ? "" : "\r\n"}--${boundary}\r\n${lines.join("")}\r\n`;
}

/** The bytes behind the last part; or the whole body, if it has no parts. */
export function partsEnd(boundary: string, isEmpty = false): string {
  return `${isEmpty ? "" : "\r\n"}--${boundary}--\r\n`;
}
