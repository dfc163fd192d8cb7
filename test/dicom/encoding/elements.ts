/** Builds encoded data sets for tests, independently of the code under test. */

const LONG_FORM = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

export const UNDEFINED = 0xffff_ffff;

export interface Syntax {
  readonly explicit: boolean;
  readonly little: boolean;
}

export const IMPLICIT: Syntax = { explicit: false, little: true };
export const EXPLICIT: Syntax = { explicit: true, little: true };
export const BIG_ENDIAN: Syntax = { explicit: true, little: false };

export function bytesOf(...parts: (Uint8Array | number[] | string)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : [...part]),
  );
}

/** Bytes from hexadecimal digits; spaces and line ends are free, `#` begins a comment. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/#.*/g, "").replace(/\s+/g, "");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A header; `vr` is ignored where the syntax is implicit, or empty for items and delimiters. */
export function header(syntax: Syntax, tag: number, vr: string, length: number): Uint8Array<ArrayBuffer> {
  const long = syntax.explicit && LONG_FORM.has(vr);
  const view = new DataView(new ArrayBuffer(long ? 12 : 8));
  view.setUint16(0, tag >>> 16, syntax.little);
  view.setUint16(2, tag & 0xffff, syntax.little);
  if (!syntax.explicit || vr === "") view.setUint32(4, length, syntax.little);
  else {
    view.setUint8(4, vr.charCodeAt(0));
    view.setUint8(5, vr.charCodeAt(1));
    if (long) view.setUint32(8, length, syntax.little);
    else view.setUint16(6, length, syntax.little);
  }
  return new Uint8Array(view.buffer);
}

export function element(
  syntax: Syntax,
  tag: number,
  vr: string,
  value: string | number[] | Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(value);
  return bytesOf(header(syntax, tag, vr, bytes.length), bytes);
}

/** An item of defined or undefined length. */
export function item(syntax: Syntax, content: Uint8Array, form: "defined" | "undefined"): Uint8Array<ArrayBuffer> {
  if (form === "defined") return bytesOf(header(syntax, 0xfffe_e000, "", content.length), content);
  return bytesOf(header(syntax, 0xfffe_e000, "", UNDEFINED), content, header(syntax, 0xfffe_e00d, "", 0));
}

/** A sequence of defined or undefined length. */
export function sequence(
  syntax: Syntax,
  tag: number,
  items: Uint8Array[],
  form: "defined" | "undefined",
  vr = "SQ",
): Uint8Array<ArrayBuffer> {
  const content = bytesOf(...items);
  if (form === "defined") return bytesOf(header(syntax, tag, vr, content.length), content);
  return bytesOf(header(syntax, tag, vr, UNDEFINED), content, header(syntax, 0xfffe_e0dd, "", 0));
}
