/**
 * The value representations of PS3.5 6.2.
 *
 * @module
 */

/** A value representation. */
export type Vr =
  | "AE"
  | "AS"
  | "AT"
  | "CS"
  | "DA"
  | "DS"
  | "DT"
  | "FD"
  | "FL"
  | "IS"
  | "LO"
  | "LT"
  | "OB"
  | "OD"
  | "OF"
  | "OL"
  | "OV"
  | "OW"
  | "PN"
  | "SH"
  | "SL"
  | "SQ"
  | "SS"
  | "ST"
  | "SV"
  | "TM"
  | "UC"
  | "UI"
  | "UL"
  | "UN"
  | "UR"
  | "US"
  | "UT"
  | "UV";

/** What a value of a VR is made of: characters, numbers one after the other, one string of bytes or words, or items. */
export type VrKind = "text" | "binary" | "bytes" | "sequence";

/** Properties of a VR (PS3.5 Table 6.2-1 and 7.1.2). */
export interface VrDefinition {
  /** Its two letters. */
  readonly vr: Vr;
  /** What its values are made of. */
  readonly kind: VrKind;
  /** Whether its explicit form has a 32-bit length after two reserved bytes (PS3.5 Table 7.1-1). */
  readonly longForm: boolean;
  /** Bytes of one value where that is fixed, else 0. */
  readonly size: number;
  /** Bytes of the units whose order depends on the byte ordering (PS3.5 7.3); 1 where it doesn't matter. */
  readonly unit: number;
  /** The byte that makes a length even: a space, or NUL. */
  readonly padding: number;
  /** Whether a backslash separates values (PS3.5 6.4); VRs of one value and of bytes have none. */
  readonly delimited: boolean;
  /** Whether Specific Character Set (0008,0005) says what its bytes mean (PS3.5 6.1.2.2). */
  readonly inCharacterSet: boolean;
  /** Whether leading spaces are part of the value (PS3.5 Table 6.2-1). */
  readonly leadingSpaces: boolean;
}

// VR; kind (t text, c text in the Specific Character Set, b binary, o bytes, s sequence); form (s short, l long); bytes a value;
// swap unit; padding (s space, 0 NUL); \ delimited; s leading spaces count
const ROWS = `
AE t s  0 1 s \\ -
AS t s  4 1 s \\ -
AT b s  4 2 0 - -
CS t s  0 1 s \\ -
DA t s  8 1 s \\ -
DS t s  0 1 s \\ -
DT t s  0 1 s \\ -
FD b s  8 8 0 - -
FL b s  4 4 0 - -
IS t s  0 1 s \\ -
LO c s  0 1 s \\ -
LT c s  0 1 s - s
OB o l  1 1 0 - -
OD o l  8 8 0 - -
OF o l  4 4 0 - -
OL o l  4 4 0 - -
OV o l  8 8 0 - -
OW o l  2 2 0 - -
PN c s  0 1 s \\ -
SH c s  0 1 s \\ -
SL b s  4 4 0 - -
SQ s l  0 1 0 - -
SS b s  2 2 0 - -
ST c s  0 1 s - s
SV b l  8 8 0 - -
TM t s  0 1 s \\ -
UC c l  0 1 s \\ s
UI t s  0 1 0 \\ -
UL b s  4 4 0 - -
UN o l  1 1 0 - -
UR t l  0 1 s - s
US b s  2 2 0 - -
UT c l  0 1 s - s
UV b l  8 8 0 - -`;

const KINDS: Readonly<Record<string, VrKind>> = { t: "text", c: "text", b: "binary", o: "bytes", s: "sequence" };

const definitions = new Map<string, VrDefinition>();
for (const row of ROWS.trim().split("\n")) {
  const [vr, kind, form, size, unit, padding, delimiter, leading] = row.split(/ +/);
  definitions.set(
    vr!,
    Object.freeze({
      vr: vr as Vr,
      kind: KINDS[kind!]!,
      longForm: form === "l",
      size: Number(size),
      unit: Number(unit),
      padding: padding === "s" ? 0x20 : 0x00,
      delimited: delimiter === "\\",
      inCharacterSet: kind === "c",
      leadingSpaces: leading === "s",
    }),
  );
}

/** The 34 VRs in alphabetical order. */
export const VRS: readonly Vr[] = Object.freeze([...definitions.keys()]) as readonly Vr[];

/** Whether `text` names a VR. */
export function isVr(text: string): text is Vr {
  return definitions.has(text);
}

/** The properties of a VR. */
export function vrDefinition(vr: Vr): VrDefinition {
  return definitions.get(vr)!;
}
