/**
 * Media types with their parameters (RFC 9110 8.3.1), as strictly as they can be told apart.
 *
 * @module
 */

/** A media type that was read. */
export interface MediaType {
  /** Type and subtype in lower case, such as `multipart/related`. */
  readonly essence: string;
  /** Parameters by name in lower case, without quotes; of two the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longest text that is read, in characters. */
const MAXIMUM_LENGTH = 4096;

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const ESSENCE = new RegExp(`^\\s*(${TOKEN}/${TOKEN})\\s*`);

/**
 * A parameter: its value is in quotes, or goes on to the next semicolon. Unquoted, it may have characters that should be
 * quoted, such as the slash of `type=application/dicom`: that is what clients send.
 */
const PARAMETER = new RegExp(`^;\\s*(?:(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;"]*)))?\\s*`);

/** Reads the value of a Content-Type; undefined for what is none. */
export function parseMediaType(text: string): MediaType | undefined {
  if (text.length > MAXIMUM_LENGTH) return undefined;
  const [whole, essence] = ESSENCE.exec(text) ?? [];
  if (whole === undefined || essence === undefined) return undefined;
  const parameters = new Map<string, string>();
  let rest = text.slice(whole.length);
  while (rest !== "") {
    const [read, name, quoted, plain = ""] = PARAMETER.exec(rest) ?? [];
    if (read === undefined) return undefined;
    if (name !== undefined && !parameters.has(name.toLowerCase())) {
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/gs, "$1") ?? plain.trim());
    }
    rest = rest.slice(read.length);
  }
  return { essence: essence.toLowerCase(), parameters };
}
