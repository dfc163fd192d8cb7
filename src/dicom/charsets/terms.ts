/**
 * The defined terms of Specific Character Set (0008,0005) and the code elements they stand for, as tables
 * (PS3.3 C.12.1.1.2, Tables C.12-2 to C.12-5).
 *
 * @module
 */

/** A set of graphic characters, by its number in the ISO International Register. */
export type GraphicSetName =
  | "ISO-IR 6"
  | "ISO-IR 13"
  | "ISO-IR 14"
  | "ISO-IR 58"
  | "ISO-IR 87"
  | "ISO-IR 100"
  | "ISO-IR 101"
  | "ISO-IR 109"
  | "ISO-IR 110"
  | "ISO-IR 126"
  | "ISO-IR 127"
  | "ISO-IR 138"
  | "ISO-IR 144"
  | "ISO-IR 148"
  | "ISO-IR 149"
  | "ISO-IR 159"
  | "ISO-IR 166"
  | "ISO-IR 203";

/** An escape sequence that makes a graphic set the G0 (bytes 21–7E) or G1 (bytes A1–FE) code element (ISO 2022). */
export interface Designation {
  /** What follows ESC, as ASCII text. */
  readonly escape: string;
  /** Which code element it becomes. */
  readonly half: "g0" | "g1";
  /** The set that becomes it. */
  readonly set: GraphicSetName;
}

/** G0 of the default repertoire (PS3.5 6.1.2.1), and of nearly all others. */
export const DEFAULT_G0: Designation = { escape: "(B", half: "g0", set: "ISO-IR 6" };

/** The designations that the defined terms use (PS3.3 Tables C.12-3 and C.12-4). */
const DESIGNATIONS: readonly Designation[] = [
  DEFAULT_G0,
  { escape: "(J", half: "g0", set: "ISO-IR 14" },
  { escape: ")I", half: "g1", set: "ISO-IR 13" },
  { escape: "-A", half: "g1", set: "ISO-IR 100" },
  { escape: "-B", half: "g1", set: "ISO-IR 101" },
  { escape: "-C", half: "g1", set: "ISO-IR 109" },
  { escape: "-D", half: "g1", set: "ISO-IR 110" },
  { escape: "-F", half: "g1", set: "ISO-IR 126" },
  { escape: "-G", half: "g1", set: "ISO-IR 127" },
  { escape: "-H", half: "g1", set: "ISO-IR 138" },
  { escape: "-L", half: "g1", set: "ISO-IR 144" },
  { escape: "-M", half: "g1", set: "ISO-IR 148" },
  { escape: "-b", half: "g1", set: "ISO-IR 203" },
  { escape: "-T", half: "g1", set: "ISO-IR 166" },
  { escape: "$B", half: "g0", set: "ISO-IR 87" },
  { escape: "$(D", half: "g0", set: "ISO-IR 159" },
  { escape: "$)C", half: "g1", set: "ISO-IR 149" },
  { escape: "$)A", half: "g1", set: "ISO-IR 58" },
];

/** Designations outside DICOM that are understood when met: half-width katakana in G0, and the JIS of 1978. */
const FOREIGN_DESIGNATIONS: readonly Designation[] = [
  { escape: "(I", half: "g0", set: "ISO-IR 13" },
  { escape: "$@", half: "g0", set: "ISO-IR 87" },
  { escape: "$(B", half: "g0", set: "ISO-IR 87" },
];

const BY_ESCAPE: ReadonlyMap<string, Designation> = new Map(
  [...DESIGNATIONS, ...FOREIGN_DESIGNATIONS].map((designation) => [designation.escape, designation]),
);
const BY_SET: ReadonlyMap<GraphicSetName, Designation> = new Map(
  DESIGNATIONS.map((designation) => [designation.set, designation]),
);

/** The designation whose escape sequence is ESC followed by `escape`, when it is known. */
export function designationOf(escape: string): Designation | undefined {
  return BY_ESCAPE.get(escape);
}

/** Code elements of one repertoire: those that a defined term declares. */
export interface Repertoire {
  /** Its G0, if it has one. */
  readonly g0?: Designation;
  /** Its G1, if it has one. */
  readonly g1?: Designation;
  /** Multi-byte sets are never the first value of (0008,0005). */
  readonly multiByte: boolean;
}

function repertoire(g0: GraphicSetName | undefined, g1?: GraphicSetName, multiByte = false): Repertoire {
  const first = g0 && BY_SET.get(g0);
  const second = g1 && BY_SET.get(g1);
  return { ...(first && { g0: first }), ...(second && { g1: second }), multiByte };
}

const DEFAULT_REPERTOIRE: Repertoire = { g0: DEFAULT_G0, multiByte: false };

/** An empty or absent value: the default repertoire. */
export const DEFAULT_TERM: RepertoireTerm = {
  kind: "repertoire",
  number: 6,
  repertoire: DEFAULT_REPERTOIRE,
  extended: true,
  exact: true,
};

/** Repertoires by the number in `ISO_IR n` and `ISO 2022 IR n`. */
const REPERTOIRES: ReadonlyMap<number, Repertoire> = new Map([
  [6, DEFAULT_REPERTOIRE],
  [13, repertoire("ISO-IR 14", "ISO-IR 13")],
  [100, repertoire("ISO-IR 6", "ISO-IR 100")],
  [101, repertoire("ISO-IR 6", "ISO-IR 101")],
  [109, repertoire("ISO-IR 6", "ISO-IR 109")],
  [110, repertoire("ISO-IR 6", "ISO-IR 110")],
  [126, repertoire("ISO-IR 6", "ISO-IR 126")],
  [127, repertoire("ISO-IR 6", "ISO-IR 127")],
  [138, repertoire("ISO-IR 6", "ISO-IR 138")],
  [144, repertoire("ISO-IR 6", "ISO-IR 144")],
  [148, repertoire("ISO-IR 6", "ISO-IR 148")],
  [166, repertoire("ISO-IR 6", "ISO-IR 166")],
  [203, repertoire("ISO-IR 6", "ISO-IR 203")],
  [58, repertoire(undefined, "ISO-IR 58", true)],
  [87, repertoire("ISO-IR 87", undefined, true)],
  [149, repertoire(undefined, "ISO-IR 149", true)],
  [159, repertoire("ISO-IR 159", undefined, true)],
]);

/** Character sets without code extensions, each a complete encoding (PS3.3 Table C.12-5). */
export type StandAloneTerm = "ISO_IR 192" | "GB18030" | "GBK";

/** Names that are not defined terms and that are written all the same, in the form that `fold()` gives. */
const MISSPELLINGS: ReadonlyMap<string, StandAloneTerm | number> = new Map<string, StandAloneTerm | number>([
  ["UTF8", "ISO_IR 192"],
  ["UNICODE", "ISO_IR 192"],
  ["UNICODE11UTF8", "ISO_IR 192"],
  ["ISO2022GB18030", "GB18030"],
  ["ISO2022GBK", "GBK"],
  ["GB2312", "GBK"],
  ["CP936", "GBK"],
  ["ASCII", 6],
  ["USASCII", 6],
  ["LATIN1", 100],
  ["ISO88591", 100],
  ["ISO88592", 101],
  ["ISO88593", 109],
  ["ISO88594", 110],
  ["ISO88595", 144],
  ["ISO88596", 127],
  ["ISO88597", 126],
  ["ISO88598", 138],
  ["ISO88599", 148],
  ["ISO885911", 166],
  ["ISO885915", 203],
  ["TIS620", 166],
]);

/** Every defined term that is understood (PS3.3 C.12.1.1.2): those without code extensions, then those with them. */
export function definedTerms(): readonly string[] {
  const numbers = [...REPERTOIRES].filter(([number]) => number !== 6);
  const single = numbers.filter(([, { multiByte }]) => !multiByte).map(([number]) => repertoireTerm(number, false));
  const extended = [...REPERTOIRES.keys()].map((number) => repertoireTerm(number, true));
  return [...single, "ISO_IR 192", "GB18030", "GBK", ...extended];
}

/** A value of (0008,0005) that names a repertoire of the ISO 2022 framework. */
export interface RepertoireTerm {
  /** Tells it from a stand-alone term. */
  readonly kind: "repertoire";
  /** The number in the term. */
  readonly number: number;
  /** What the term stands for. */
  readonly repertoire: Repertoire;
  /** Written as `ISO 2022 IR n`, with code extensions. */
  readonly extended: boolean;
  /** Written as the standard writes it. */
  readonly exact: boolean;
}

/** What one value of (0008,0005) means. */
export type Term =
  | { readonly kind: "stand-alone"; readonly term: StandAloneTerm; readonly exact: boolean }
  | RepertoireTerm;

/**
 * Reads one value of (0008,0005), without its padding. An empty value is the default repertoire. Misspellings are read
 * as what they stand for, with `exact: false`; `undefined` is a value that means nothing.
 */
export function readTerm(value: string): Term | undefined {
  if (value === "") {
    return { kind: "repertoire", number: 6, repertoire: DEFAULT_REPERTOIRE, extended: true, exact: true };
  }
  const folded = fold(value);
  const registered = /^ISO(2022)?(?:IR)?(\d{1,3})$/.exec(folded);
  const meaning = registered ? Number(registered[2]) : MISSPELLINGS.get(folded) ?? folded;
  if (meaning === 192) return standAlone("ISO_IR 192", value);
  if (meaning === "ISO_IR 192" || meaning === "GB18030" || meaning === "GBK") return standAlone(meaning, value);
  const found = typeof meaning === "number" ? REPERTOIRES.get(meaning) : undefined;
  if (typeof meaning !== "number" || !found) return undefined;
  const extended = registered?.[1] !== undefined;
  return {
    kind: "repertoire",
    number: meaning,
    repertoire: found,
    extended,
    exact: value === repertoireTerm(meaning, extended) && (extended || !found.multiByte),
  };
}

/** The defined term for repertoire `number`. */
export function repertoireTerm(number: number, extended: boolean): string {
  return extended ? `ISO 2022 IR ${number}` : `ISO_IR ${number}`;
}

function standAlone(term: StandAloneTerm, value: string): Term {
  return { kind: "stand-alone", term, exact: value === term };
}

/** Letters and digits alone, in capitals. */
function fold(value: string): string {
  return value.toUpperCase().replace(/[^A-Z0-9]/g, "");
}
