/**
 * What is expected of a value, in words: for errors, editors and the reference.
 *
 * @module
 */

import type { Entry } from "./entry.ts";

/** Formats of text; `name` is that of what a user names, such as a peer. */
type TextFormat =
  | "aeTitle"
  | "host"
  | "address"
  | "fingerprint"
  | "line"
  | "token"
  | "url"
  | "bearerToken"
  | "path"
  | "name";

/** A format of text. */
interface Format {
  readonly expected: string;
  /** Absent where a pattern wouldn't do. */
  readonly pattern?: RegExp;
}

/** The formats of text. */
export const FORMATS: Readonly<Record<TextFormat, Format>> = {
  aeTitle: {
    pattern: /^(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! )$/,
    expected: "1 to 16 printable ASCII characters without \\ and without spaces at the ends",
  },
  host: { pattern: /^[A-Za-z0-9._:%-]{1,253}$/, expected: "a host name or an IP address (without brackets)" },
  address: { expected: "an IP address or a network such as 10.0.0.0/8" },
  fingerprint: {
    pattern: /^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/,
    expected: "a SHA-256 fingerprint, 64 hexadecimal digits with or without colons",
  },
  // deno-lint-ignore no-control-regex
  line: { pattern: /^[^\0-\x1f\x7f]{1,255}$/, expected: "1 to 255 characters on one line" },
  token: { pattern: /^[\x21-\x7e]{16,}$/, expected: "at least 16 visible ASCII characters without spaces" },
  url: {
    pattern: /^https?:\/\/[^\s@?#]{1,2000}$/,
    expected: "a URL that begins with https:// or http://, without user, query and fragment",
  },
  bearerToken: { pattern: /^[\x21-\x7e]{1,8192}$/, expected: "visible ASCII characters without spaces" },
  path: { pattern: /[^\s]/, expected: "a path" },
  name: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    expected: "a name of letters, digits, dots, dashes and underscores",
  },
};

/** What is expected of a value; of a section, no more than that it is one. */
export function expectedOf(entry: Entry): string {
  switch (entry.type) {
    case "integer":
      return `a whole number from ${entry.min} to ${entry.max}`;
    case "port":
      return `a whole number from ${entry.min} to 65535`;
    case "size":
      return `a size from ${entry.min} to ${entry.max}: bytes, or with a unit such as 512KiB, 256MiB or 2GiB`;
    case "duration":
      return "a duration of at most 24 hours with its unit, such as 500ms, 30s, 5m or 1h";
    case "boolean":
      return "true or false";
    case "choice":
      return entry.choices.join(" or ");
    case "list":
    case "map":
    case "data":
      return entry.expected;
    case "section":
      return entry.expected ?? "a mapping";
    default:
      return FORMATS[entry.type].expected;
  }
}

/** What an entry is, in sentences. */
export function sentences({ description, details }: Entry): string {
  return `${description}.${details === undefined ? "" : ` ${details}`}`;
}
