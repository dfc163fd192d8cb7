/**
 * Media types and what a request accepts (RFC 9110 12.5.1, PS3.18 8.7), as clients write them: parameters quoted or not, with
 * slashes and semicolons in them.
 *
 * @module
 */

/** A media type, or a range of them such as `image/*`. */
export interface MediaRange {
  /** In lower case: `multipart/related`. */
  readonly type: string;
  /** Parameters by their names in lower case, without `q`. Quotes are gone. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Preference, from 0 to 1; 0 excludes the type. */
  readonly quality: number;
}

/** Most ranges that are read; further ones are ignored. */
const MAXIMUM_RANGES = 64;

const TYPE = /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/;

/**
 * Reads a list of media ranges, the preferred one first; those with the same preference keep their order. Skips entries that
 * are no media range.
 */
export function parseMediaRanges(text: string): readonly MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const part of splitOutsideQuotes(text, ",")) {
    if (ranges.length === MAXIMUM_RANGES) break;
    const range = parseMediaRange(part);
    if (range !== undefined) ranges.push(range);
  }
  return ranges.sort((one, other) => other.quality - one.quality);
}

/** Reads one media range; undefined for any other text. */
export function parseMediaRange(text: string): MediaRange | undefined {
  const [first = "", ...rest] = splitOutsideQuotes(text, ";");
  const type = first.trim().toLowerCase();
  if (!TYPE.test(type)) return undefined;
  const parameters = new Map<string, string>();
  let quality = 1;
  for (const part of rest) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim().toLowerCase();
    const value = unquoted(part.slice(equals + 1).trim());
    if (name === "q") quality = qualityOf(value);
    else if (name !== "" && !parameters.has(name)) parameters.set(name, value);
  }
  return { type, parameters: withInner(parameters), quality };
}

/** Some write `type="application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"`: the inner parameter counts as well. */
function withInner(parameters: Map<string, string>): ReadonlyMap<string, string> {
  const inner = parameters.get("type");
  if (inner === undefined || !inner.includes(";")) return parameters;
  const [type = "", ...rest] = inner.split(";");
  parameters.set("type", type.trim());
  for (const part of rest) {
    const [name = "", value = ""] = part.split("=", 2);
    const key = name.trim().toLowerCase();
    if (key !== "" && !parameters.has(key)) parameters.set(key, unquoted(value.trim()));
  }
  return parameters;
}

function qualityOf(text: string): number {
  const value = Number(text);
  return text !== "" && value >= 0 && value <= 1 ? value : 1;
}

function unquoted(text: string): string {
  const inner = /^"(.*)"$/s.exec(text)?.[1] ?? /^'(.*)'$/s.exec(text)?.[1];
  return inner === undefined ? text : inner.replace(/\\(.)/gs, "$1");
}

function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === "\\") index++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Whether a media type without parameters is in a range: `image/jpeg` is in `image/*` and in `*\/*`. */
export function isInRange(type: string, range: string): boolean {
  if (range === "*/*" || range === type) return true;
  return range.endsWith("/*") && type.startsWith(range.slice(0, -1));
}
