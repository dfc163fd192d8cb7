/**
 * Text of the default repertoire as bytes (PS3.5 6.1.1).
 *
 * @module
 */

import { ASCII, plainText } from "./charsets/plain_text.ts";

const SPACE = 0x20;

/** The characters of a value without the spaces and NULs that pad it. Bytes above 7FH come out as Latin-1. */
export function asciiText(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0 || bytes[end - 1] === SPACE)) end--;
  const plain = plainText(bytes, 0, end, ASCII);
  if (plain !== undefined) return plain;
  let text = "";
  for (let index = 0; index < end; index++) text += String.fromCharCode(bytes[index]!);
  return text;
}

/** Whether every character is printable ASCII. */
export function isPrintableAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Writes the characters from `offset` on, one byte each, and returns the offset behind them. */
export function writeAscii(bytes: Uint8Array, offset: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[offset + index] = text.charCodeAt(index);
  return offset + text.length;
}
