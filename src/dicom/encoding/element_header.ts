/**
 * The header of a data element: tag, VR and value length (PS3.5 7.1).
 *
 * @module
 */

import { findAttribute, impliedVr } from "../dictionary.ts";
import type { TransferSyntax } from "../uids.ts";
import { tagAt, uint16, uint32 } from "./integers.ts";
import { type Vr, type VrDefinition, vrDefinition, VRS } from "../vr.ts";

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

const EXPLICIT_BIG_ENDIAN: Encoding = Object.freeze({ explicitVr: true, littleEndian: false });

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

/** The encoding of a transfer syntax; of an unknown one Explicit VR Little Endian, as in PS3.5 A.4. */
export function encodingOf(transferSyntax: TransferSyntax | undefined): Encoding {
  if (transferSyntax === undefined) return EXPLICIT_LITTLE_ENDIAN;
  if (!transferSyntax.explicitVr) return IMPLICIT_LITTLE_ENDIAN;
  return transferSyntax.littleEndian ? EXPLICIT_LITTLE_ENDIAN : EXPLICIT_BIG_ENDIAN;
}

/**
 * The encoding that the first 8 bytes of a data set show, or undefined when they fit none: its low group number tells the
 * byte order, and where the letters of a VR would stand there are either some, or a length below 64 KiB or undefined.
 */
export function sniffEncoding(bytes: Uint8Array): Encoding | undefined {
  const bigEndian = bytes[0]! < bytes[1]!;
  if (VR_BY_LETTERS[vrIndex(bytes[4]!, bytes[5]!)] !== undefined) {
    return bigEndian ? EXPLICIT_BIG_ENDIAN : EXPLICIT_LITTLE_ENDIAN;
  }
  const length = uint32(bytes, 4, true);
  return !bigEndian && (length < 0x1_0000 || length === UNDEFINED_LENGTH) ? IMPLICIT_LITTLE_ENDIAN : undefined;
}

/**
 * The encoding to read a data set with: the declared one, unless its first 8 bytes can only be of another. Letters in a data
 * set declared implicit count only where they name the attribute's own VR: they could be a length. The other byte ordering
 * counts only where the declared one gives no tag that is known.
 */
export function settleEncoding(declared: Encoding | undefined, bytes: Uint8Array): Encoding {
  const seen = sniffEncoding(bytes);
  if (declared === undefined) return seen ?? EXPLICIT_LITTLE_ENDIAN;
  if (seen === undefined) return declared;
  if (declared.explicitVr) {
    const tag = tagAt(bytes, 0, declared.littleEndian);
    const isKnown = (tag & 0xffff) !== 0 && findAttribute(tag) !== undefined;
    return seen.explicitVr && isKnown ? declared : seen;
  }
  const letters = String.fromCharCode(bytes[4]!, bytes[5]!);
  return impliedVr(tagAt(bytes, 0, seen.littleEndian)) === letters ? seen : declared;
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
