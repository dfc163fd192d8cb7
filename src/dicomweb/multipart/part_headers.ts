/**
 * The headers of a part.
 *
 * @module
 */

import { parseMediaRange } from "../media_range.ts";

/** Headers by name in lower case. */
export type PartHeaders = ReadonlyMap<string, string>;

const CR = 0x0d;
const LF = 0x0a;
/** What `readPartHeaders()` returns for too many headers. */
export const TOO_MANY = "too many headers";

const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100})[ \t]*:[ \t]*([^\0\r\n]*)$/;

/** Where the header lines end, -1 while that is unknown, and where the bytes behind the empty line begin. */
export function endOfHeaders(bytes: Uint8Array, from: number): { end: number; next: number } {
  if (from === 0) {
    if (bytes[0] === LF) return { end: 0, next: 1 };
    if (bytes[0] === CR && bytes[1] === LF) return { end: 0, next: 2 };
  }
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return { end: at + 1, next: at + 2 };
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return { end: at + 1, next: at + 3 };
  }
  return { end: -1, next: -1 };
}

/**
 * Reads header lines that end with CRLF, or with LF alone. A folded line (RFC 5322 2.2.3) belongs to the line before; the
 * values of a repeated header are joined, as in HTTP. Returns the problem in words if a line is no header, and `TOO_MANY` for
 * more than `maximum`.
 */
export function readPartHeaders(text: string, maximum: number): PartHeaders | string {
  const headers = new Map<string, string>();
  const lines = text.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/).filter((line) => line !== "");
  if (lines.length > maximum) return TOO_MANY;
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      return "found a line among its headers that is no header, expected Name: value";
    }
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`);
  }
  return headers;
}

/** Encodings that leave bytes unchanged (RFC 2045 6.2). */
const AS_IT_IS: ReadonlySet<string> = new Set(["binary", "8bit", "7bit"]);

/** Why a part must be refused because of its headers, in words; undefined if it need not. */
export function problemOfHeaders(headers: PartHeaders): string | undefined {
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase();
  if (encoding !== undefined && !AS_IT_IS.has(encoding)) {
    return "its Content-Transfer-Encoding is another than binary, which is expected";
  }
  const { type } = parseMediaRange(headers.get("content-type") ?? "") ?? {};
  if (type?.startsWith("multipart/")) return "it is a multipart message itself, expected none within another";
  return undefined;
}
