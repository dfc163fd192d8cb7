/**
 * Bytes written down so that a person can check them against the standard.
 *
 * @module
 */

/** Where a length field stands, and of how many bytes it is. */
export interface LengthField {
  readonly offset: number;
  readonly size: 2 | 4;
}

/** Bytes, and where their length fields are. */
export interface Annotated {
  readonly bytes: Uint8Array;
  readonly lengthFields: readonly LengthField[];
}

/**
 * Reads annotated bytes: hexadecimal digits in any grouping, `<0015>` for a length field, `"text"` for ASCII, `*32` for so
 * many more of the byte before it, and `# comment` up to the end of the line.
 */
export function annotated(text: string): Annotated {
  const bytes: number[] = [];
  const lengthFields: LengthField[] = [];
  for (const [token] of text.matchAll(/#.*|"[^"]*"|\S+/g)) {
    if (token.startsWith("#")) continue;
    if (token.startsWith('"')) bytes.push(...new TextEncoder().encode(token.slice(1, -1)));
    else if (token.startsWith("*")) bytes.push(...Array(Number(token.slice(1))).fill(bytes.at(-1)));
    else {
      const digits = token.replaceAll(/[<>]/g, "");
      if (!/^([0-9a-fA-F]{2})+$/.test(digits)) throw new SyntaxError(`Cannot read annotated bytes: ${token}`);
      const size = digits.length / 2;
      if (digits !== token && (size === 2 || size === 4)) lengthFields.push({ offset: bytes.length, size });
      bytes.push(...Array.from({ length: size }, (_, index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16)));
    }
  }
  return { bytes: Uint8Array.from(bytes), lengthFields };
}
