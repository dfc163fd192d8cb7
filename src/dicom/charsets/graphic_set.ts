/**
 * Graphic character sets as tables between code and Unicode.
 *
 * The tables are made on first use from the runtime's own `TextDecoder`. The labels used here give the same characters
 * in Deno, Node, Bun and workerd; `iso-8859-1`, `iso-8859-9` and `tis-620` don't (each is a Windows code page there),
 * so those three are given by rule.
 *
 * @module
 */

import type { GraphicSetName } from "./terms.ts";

/** Stands in a table where a code has no character. */
export const REPLACEMENT = 0xFFFD;

/** One graphic character set of the ISO register. Codes are 7-bit: the same in G0 and, with bit 8 set, in G1. */
export interface GraphicSet {
  /** Its name in the register. */
  readonly name: GraphicSetName;
  /** Bytes a character: 1 (codes 20–7F) or 2 (each byte 21–7E). */
  readonly size: 1 | 2;
  /** UTF-16 code unit by `code - 0x20` (size 1), or by `(first - 0x21) * 94 + second - 0x21` (size 2). */
  readonly units: Uint16Array;
  /** Code by UTF-16 code unit; a code of two bytes is `first << 8 | second`. */
  codeOf(unit: number): number | undefined;
}

/** Where a set's characters come from. */
type Source =
  | { readonly size: 1; readonly rule: (code: number) => number }
  | { readonly size: 1; readonly label: string }
  | {
    readonly size: 2;
    readonly label: string;
    /** Bytes before each character. */
    readonly prefix?: readonly number[];
    /** Characters that the register's set has where the label's code page has another: code, character. */
    readonly corrections?: readonly (readonly [code: number, unit: number])[];
    /** Codes, first to last, that vendors have added to the set: they are read, but not written. */
    readonly additions?: readonly (readonly [first: number, last: number])[];
  };

const ISO_8859_9 = new Map([[0x50, 0x11E], [0x5D, 0x130], [0x5E, 0x15E], [0x70, 0x11F], [0x7D, 0x131], [0x7E, 0x15F]]);

const SOURCES: Readonly<Record<GraphicSetName, Source>> = {
  "ISO-IR 6": { size: 1, rule: (code) => code },
  "ISO-IR 14": { size: 1, rule: (code) => code === 0x5C ? 0xA5 : code === 0x7E ? 0x203E : code },
  "ISO-IR 13": { size: 1, rule: (code) => code >= 0x21 && code <= 0x5F ? 0xFF40 + code : REPLACEMENT },
  "ISO-IR 100": { size: 1, rule: (code) => code + 0x80 },
  "ISO-IR 101": { size: 1, label: "iso-8859-2" },
  "ISO-IR 109": { size: 1, label: "iso-8859-3" },
  "ISO-IR 110": { size: 1, label: "iso-8859-4" },
  "ISO-IR 126": { size: 1, label: "iso-8859-7" },
  "ISO-IR 127": { size: 1, label: "iso-8859-6" },
  "ISO-IR 138": { size: 1, label: "iso-8859-8" },
  "ISO-IR 144": { size: 1, label: "iso-8859-5" },
  "ISO-IR 148": { size: 1, rule: (code) => ISO_8859_9.get(code) ?? code + 0x80 },
  "ISO-IR 166": {
    size: 1,
    rule: (code) => code >= 0x21 && code <= 0x5A || code >= 0x5F && code <= 0x7B ? 0x0DE0 + code : REPLACEMENT,
  },
  "ISO-IR 203": { size: 1, label: "iso-8859-15" },
  "ISO-IR 58": {
    size: 2,
    label: "gb18030",
    additions: [[0x2221, 0x222A], [0x2263, 0x2263], [0x2659, 0x2675], [0x283B, 0x2840]],
  },
  "ISO-IR 87": {
    size: 2,
    label: "euc-jp",
    corrections: [
      [0x2141, 0x301C],
      [0x2142, 0x2016],
      [0x215D, 0x2212],
      [0x2171, 0x00A2],
      [0x2172, 0x00A3],
      [0x224C, 0x00AC],
    ],
    additions: [[0x2D21, 0x2D7E], [0x7921, 0x7C7E]],
  },
  "ISO-IR 149": { size: 2, label: "euc-kr", corrections: [[0x2266, 0x20AC], [0x2267, 0x00AE]] },
  "ISO-IR 159": { size: 2, label: "euc-jp", prefix: [0x8F], additions: [[0x7321, 0x747E]] },
};

const loaded = new Map<GraphicSetName, GraphicSet>();

/** The set of that name; made on first use. */
export function graphicSet(name: GraphicSetName): GraphicSet {
  let set = loaded.get(name);
  if (!set) loaded.set(name, set = load(name));
  return set;
}

function load(name: GraphicSetName): GraphicSet {
  const source = SOURCES[name];
  const codePage = source.size === 1 ? singleByteUnits(source) : doubleByteUnits(source);
  const units = source.size === 1 ? codePage : corrected(codePage, source.corrections ?? []);
  let codes: Map<number, number> | undefined;
  return {
    name,
    size: source.size,
    units,
    codeOf: (unit) => (codes ??= codesByUnit(source, [units, codePage])).get(unit),
  };
}

function singleByteUnits(source: Source & { size: 1 }): Uint16Array {
  const codes = Array.from({ length: 96 }, (_, index) => codeAt(1, index));
  return "rule" in source
    ? Uint16Array.from(codes, source.rule)
    : unitsOf(source.label, codes.map((code) => [code | 0x80]));
}

function doubleByteUnits(source: Source & { size: 2 }): Uint16Array {
  const codes = Array.from({ length: 94 * 94 }, (_, index) => codeAt(2, index) | 0x8080);
  return unitsOf(source.label, codes.map((code) => [...source.prefix ?? [], code >> 8, code & 0xFF]));
}

function corrected(
  codePage: Uint16Array,
  corrections: readonly (readonly [code: number, unit: number])[],
): Uint16Array {
  const units = codePage.slice();
  for (const [code, unit] of corrections) units[((code >> 8) - 0x21) * 94 + (code & 0xFF) - 0x21] = unit;
  return units;
}

function codeAt(size: 1 | 2, index: number): number {
  return size === 1 ? 0x20 + index : (0x21 + Math.floor(index / 94)) << 8 | (0x21 + index % 94);
}

/** The reverse of the tables; where several have a character, the first that has it counts. */
function codesByUnit(source: Source, tables: readonly Uint16Array[]): Map<number, number> {
  const additions = source.size === 2 ? source.additions ?? [] : [];
  const codes = new Map<number, number>();
  for (const units of tables) {
    units.forEach((unit, index) => {
      if (unit === REPLACEMENT || codes.has(unit)) return;
      const code = codeAt(source.size, index);
      if (!additions.some(([first, last]) => code >= first && code <= last)) codes.set(unit, code);
    });
  }
  return codes;
}

/** One UTF-16 unit for each of `codes`; the replacement where a decoder has nothing, or only its own stopgap. */
function unitsOf(label: string, codes: readonly (readonly number[])[]): Uint16Array {
  return Uint16Array.from(decodeEach(label, codes), (character) => {
    const unit = character.charCodeAt(0);
    const privateUse = unit >= 0xE000 && unit <= 0xF8FF;
    return character.length === 1 && !privateUse ? unit : REPLACEMENT;
  });
}

/** What the runtime's decoder for `label` makes of each of `codes`; empty texts when it has no such decoder. */
export function decodeEach(label: string, codes: readonly (readonly number[])[]): string[] {
  const decoder = textDecoder(label);
  if (!decoder) return codes.map(() => "");
  const text = decoder.decode(Uint8Array.from(codes.flatMap((code) => [...code, 0x0A])));
  return text.split("\n").slice(0, codes.length);
}

/** The runtime's decoder, unless it has none for the label (a Node built without ICU). */
export function textDecoder(label: string, options?: TextDecoderOptions): TextDecoder | undefined {
  try {
    return new TextDecoder(label, options);
  } catch {
    return undefined;
  }
}
