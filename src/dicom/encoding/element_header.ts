/**
 * The header of a data element: tag, VR and value length (PS3.5 7.1).
 *
 * @module
 */

import { impliedVr } from "../implied_vr.ts";
import { tagAt, uint16, uint32 } from "./integers.ts";
import { isVr, type Vr, type VrDefinition, vrDefinition, VRS } from "../vr.ts";

/** The value length FFFFFFFFH: the value ends with a delimitation item (PS3.5 7.1.1). */
export const UNDEFINED_LENGTH = 0xffff_ffff;

/** Bytes of the shortest header: tag and 32-bit length, or tag, VR and 16-bit length. */
export const SHORTEST_HEADER = 8;

/** Bytes of the longest header: tag, VR, two reserved bytes, 32-bit length. */
export const LONGEST_HEADER = 12;

/** How elements are encoded (PS3.5 7.1 and 7.3). */
export interface Encoding {
  /** Whether elements state their VR. */
  readonly explicitVr: boolean;
  /** The byte ordering. */
  readonly littleEndian: boolean;
}

/** What stands before a value. Offsets count from the first byte of the data set. */
export interface ElementHeader extends Encoding {
  /** 0xGGGGEEEE. */
  readonly tag: number;
  /** The VR as written; as the dictionary implies it where none is; UN where the letters name none. */
  readonly vr: Vr;
  /** The two letters of the VR where they name none, else empty. */
  readonly letters: string;
  /** Bytes of the value, or `UNDEFINED_LENGTH`. */
  readonly length: number;
  /** Where its tag stands. */
  readonly offset: number;
  /** Where its value begins. */
  readonly valueOffset: number;
  /** How many sequences enclose it. */
  readonly depth: number;
}

/** A header that is filled in place, so that reading one allocates nothing. */
export type MutableElementHeader = { -readonly [Field in keyof ElementHeader]: ElementHeader[Field] };

/** A header of nothing, to be filled. */
export const NO_HEADER: ElementHeader = Object.freeze({
  tag: 0,
  vr: "UN",
  letters: "",
  length: 0,
  offset: 0,
  valueOffset: 0,
  depth: 0,
  explicitVr: true,
  littleEndian: true,
});

/** Implicit VR Little Endian, also what is inside UN of undefined length (PS3.5 6.2.2). */
export const IMPLICIT_LITTLE_ENDIAN: Encoding = Object.freeze({ explicitVr: false, littleEndian: true });

/** Explicit VR Little Endian, also the encoding of meta information (PS3.10 7.1). */
export const EXPLICIT_LITTLE_ENDIAN: Encoding = Object.freeze({ explicitVr: true, littleEndian: true });

/** Explicit VR Big Endian, which is retired. */
export const EXPLICIT_BIG_ENDIAN: Encoding = Object.freeze({ explicitVr: true, littleEndian: false });

const A = 0x41;
const LETTERS = 26;

/** VR definitions by `vrIndex` of their two letters. */
const VR_BY_LETTERS: (VrDefinition | undefined)[] = new Array(LETTERS * LETTERS).fill(undefined);
for (const vr of VRS) VR_BY_LETTERS[vrIndex(vr.charCodeAt(0), vr.charCodeAt(1))] = vrDefinition(vr);

/** An index below 676 for two capital letters, -1 for anything else. */
function vrIndex(first: number, second: number): number {
  const high = first - A;
  const low = second - A;
  return high >= 0 && high < LETTERS && low >= 0 && low < LETTERS ? high * LETTERS + low : -1;
}

/** Whether a VR's explicit form has a 32-bit length; two capital letters of no VR are taken for one to come (PS3.5 6.2). */
export function hasLongForm(letters: string): boolean {
  return isVr(letters) ? vrDefinition(letters).longForm : /^[A-Z]{2}$/.test(letters);
}

/**
 * Reads tag, VR and length from `bytes` between `offset` and `end` into `header`. Returns the header's size, 8 or 12, or 0
 * when more bytes are needed.
 *
 * A VR of two capital letters that name none is read in the long form, which PS3.5 6.2 gives to every VR to come; any
 * other two bytes in the short form. Both come out as UN. DCMTK does the same.
 */
export function readElementHeader(
  bytes: Uint8Array,
  offset: number,
  end: number,
  encoding: Encoding,
  header: MutableElementHeader,
): 0 | 8 | 12 {
  if (end - offset < SHORTEST_HEADER) return 0;
  const { explicitVr, littleEndian } = encoding;
  header.explicitVr = explicitVr;
  header.littleEndian = littleEndian;
  const tag = tagAt(bytes, offset, littleEndian);
  header.tag = tag;
  header.letters = "";
  const delimiter = tag >= 0xfffe_0000 && tag <= 0xfffe_ffff;
  if (!explicitVr || delimiter) {
    header.vr = delimiter ? "UN" : impliedVr(tag);
    header.length = uint32(bytes, offset + 4, littleEndian);
    return 8;
  }
  const index = vrIndex(bytes[offset + 4]!, bytes[offset + 5]!);
  const definition = VR_BY_LETTERS[index];
  if (definition === undefined) header.letters = String.fromCharCode(bytes[offset + 4]!, bytes[offset + 5]!);
  if (definition === undefined ? index < 0 : !definition.longForm) {
    header.vr = definition === undefined ? "UN" : definition.vr;
    header.length = uint16(bytes, offset + 6, littleEndian);
    return 8;
  }
  if (end - offset < LONGEST_HEADER) return 0;
  header.vr = definition === undefined ? "UN" : definition.vr;
  header.length = uint32(bytes, offset + 8, littleEndian);
  return 12;
}
