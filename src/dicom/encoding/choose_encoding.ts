/**
 * Which encoding a data set is in, by its first bytes.
 *
 * @module
 */

import { dictionaryVr } from "../implied_vr.ts";
import { elementOf, isPrivateCreatorTag, isPrivateTag } from "../tag.ts";
import * as UID from "../generated/uid.ts";
import type { TransferSyntax } from "../transfer_syntaxes.ts";
import { isVr } from "../vr.ts";
import {
  type Encoding,
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  hasLongForm,
  IMPLICIT_LITTLE_ENDIAN,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import { tagAt, uint16, uint32 } from "./integers.ts";

/** The first length in implicit VR that isn't believed in where another reading stands to reason. */
const BELIEVED_LENGTH = 0x1_0000;

/**
 * The encoding to read a data set with: the declared one, unless its first 8 bytes can't be in it.
 *
 * - Declared explicit, they can be what has a VR, of any two capital letters (PS3.5 6.2), two other characters, or two NULs.
 *   Else they are implicit, if they then state a length that is to be believed.
 * - Of the two byte orderings the other one is taken where the declared one gives no tag of the dictionary, and the other one
 *   gives such a tag with its VR and the smaller length.
 * - Declared implicit, letters count only where they name the attribute's own VR: they could be a length.
 *
 * With nothing declared it is what fits best, Explicit VR Little Endian in doubt.
 */
export function settleEncoding(declared: Encoding | undefined, bytes: Uint8Array): Encoding {
  if (declared === undefined) return guessEncoding(bytes) ?? EXPLICIT_LITTLE_ENDIAN;
  if (!declared.explicitVr) {
    const order = settleOrder(EXPLICIT_LITTLE_ENDIAN, bytes);
    return hasOwnVr(bytes, order) ? order : declared;
  }
  if (hasCapitals(bytes)) return settleOrder(declared, bytes);
  const isText = isPrintable(bytes[4]!) && isPrintable(bytes[5]!);
  const isNothing = bytes[4] === 0 && bytes[5] === 0;
  return !isText && !isNothing && hasBelievedLength(bytes) ? IMPLICIT_LITTLE_ENDIAN : declared;
}

/** The encoding that the first 8 bytes of a data set show when none is declared; undefined when they fit none. */
export function guessEncoding(bytes: Uint8Array): Encoding | undefined {
  // Behind two capital letters that name no VR come two reserved bytes (PS3.5 6.2).
  if (hasVr(bytes) || (hasCapitals(bytes) && uint16(bytes, 6, true) === 0)) {
    return settleOrder(EXPLICIT_LITTLE_ENDIAN, bytes);
  }
  const tag = tagAt(bytes, 0, true);
  const isTag = tag !== 0 && (bytes[0]! >= bytes[1]! || dictionaryVr(tag) !== undefined);
  return isTag && hasBelievedLength(bytes) ? IMPLICIT_LITTLE_ENDIAN : undefined;
}

/**
 * Whether 8 bytes leave it open which encoding they are in, since no length and no VR are the same: the next header tells.
 */
export function leavesEncodingOpen(bytes: Uint8Array): boolean {
  return uint32(bytes, 4, true) === 0;
}

/** The transfer syntax that says of a data set that it is in this encoding and no more. */
export function plainTransferSyntax({ explicitVr, littleEndian }: Encoding): string {
  if (!explicitVr) return UID.ImplicitVRLittleEndian;
  return littleEndian ? UID.ExplicitVRLittleEndian : UID.ExplicitVRBigEndian;
}

/** The encoding of a transfer syntax; of an unknown one Explicit VR Little Endian, as in PS3.5 A.4. */
export function encodingOf(transferSyntax: TransferSyntax | undefined): Encoding {
  if (transferSyntax === undefined) return EXPLICIT_LITTLE_ENDIAN;
  if (!transferSyntax.explicitVr) return IMPLICIT_LITTLE_ENDIAN;
  return transferSyntax.littleEndian ? EXPLICIT_LITTLE_ENDIAN : EXPLICIT_BIG_ENDIAN;
}

/** The byte ordering of what has a VR: `expected`, unless the other one is clearly the right one. */
function settleOrder(expected: Encoding, bytes: Uint8Array): Encoding {
  const other = expected.littleEndian ? EXPLICIT_BIG_ENDIAN : EXPLICIT_LITTLE_ENDIAN;
  if (isKnown(bytes, expected) || !isKnown(bytes, other) || !hasOwnVr(bytes, other)) return expected;
  const smaller = uint16(bytes, 6, other.littleEndian) < uint16(bytes, 6, expected.littleEndian);
  return smaller || hasLongForm(lettersOf(bytes)) ? other : expected;
}

/** Whether the tag is one of the dictionary; a group length (PS3.5 7.2) counts only with its length of 4 bytes. */
function isKnown(bytes: Uint8Array, { littleEndian }: Encoding): boolean {
  const tag = tagAt(bytes, 0, littleEndian);
  if (elementOf(tag) === 0) return lettersOf(bytes) === "UL" && uint16(bytes, 6, littleEndian) === 4;
  return dictionaryVr(tag) !== undefined;
}

/** Whether the letters of the VR are those that the dictionary gives to the tag, read in this byte ordering. */
export function hasOwnVr(bytes: Uint8Array, { littleEndian }: Encoding): boolean {
  const tag = tagAt(bytes, 0, littleEndian);
  const isPrivate = isPrivateTag(tag) && elementOf(tag) !== 0 && !isPrivateCreatorTag(tag);
  // Private attributes have no VR of their own.
  return !isPrivate && (dictionaryVr(tag)?.split(" or ").includes(lettersOf(bytes)) ?? false);
}

/** Whether there are the letters of a VR where explicit ones stand. */
export function hasVr(bytes: Uint8Array): boolean {
  return isVr(lettersOf(bytes));
}

function hasBelievedLength(bytes: Uint8Array): boolean {
  const length = uint32(bytes, 4, true);
  return length < BELIEVED_LENGTH || length === UNDEFINED_LENGTH;
}

function lettersOf(bytes: Uint8Array): string {
  return String.fromCharCode(bytes[4]!, bytes[5]!);
}

function hasCapitals(bytes: Uint8Array): boolean {
  return isCapital(bytes[4]!) && isCapital(bytes[5]!);
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}
