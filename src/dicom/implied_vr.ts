/**
 * The VRs that the dictionary of PS3.6 gives to attributes, without all else that it says of them: what has to be known
 * where data sets don't state their VRs.
 *
 * @module
 */

import { LETTERS, REPEATING_VRS, VRS, VRS_BY_LETTER } from "./generated/vr_data.ts";
import type { Vr } from "./vr.ts";

/** A VR as the dictionary gives it: some depend on other attributes (PS3.5 Annex A); items have none. */
export type DictionaryVr = Vr | "OB or OW" | "US or OW" | "US or SS" | "US or SS or OW" | "NONE";

/** Digits of a repeating attribute in `REPEATING_VRS`, and the letter behind them. */
const REPEATING_LENGTH = 9;

const ZERO = 0x30;
const LOWER_A = 0x61;

/** By tag, those without a repeating digit, and those with one that were met. */
let known: Map<number, DictionaryVr> | undefined;

/** By the tag's fixed digits, one map for each mask of fixed digits. */
let repeating: ReadonlyMap<number, ReadonlyMap<number, DictionaryVr>> | undefined;

/**
 * The VR of an attribute by its tag: repeating groups, group lengths (UL), private creators (LO) and private attributes
 * (UN) included; undefined for a standard tag that PS3.6 does not know.
 */
export function dictionaryVr(tag: number): DictionaryVr | undefined {
  known ??= parseVrs();
  return known.get(tag) ?? repeatingVr(tag) ?? genericVr(tag);
}

/**
 * The VR that Implicit VR Little Endian implies (PS3.5 A.1). Where the dictionary leaves a choice it is OW for OB or OW, and
 * US for the others, which a reader of values corrects by Pixel Representation; UN for what is unknown.
 */
export function impliedVr(tag: number): Vr {
  const vr = dictionaryVr(tag);
  switch (vr) {
    case undefined:
    case "NONE":
      return "UN";
    case "OB or OW":
      return "OW";
    case "US or OW":
    case "US or SS":
    case "US or SS or OW":
      return "US";
    default:
      return vr;
  }
}

function repeatingVr(tag: number): DictionaryVr | undefined {
  if ((tag & 0x00010000) !== 0) return undefined;
  repeating ??= parseRepeatingVrs();
  for (const [mask, vrs] of repeating) {
    const vr = vrs.get((tag & mask) >>> 0);
    if (vr === undefined) continue;
    known!.set(tag, vr);
    return vr;
  }
  return undefined;
}

/** Private tags and those of no definition are for a peer to choose: they are not remembered. */
function genericVr(tag: number): DictionaryVr | undefined {
  const element = tag & 0xffff;
  if (element === 0) return "UL";
  if ((tag & 0x00010000) === 0) return undefined;
  return element >= 0x10 && element <= 0xff ? "LO" : "UN";
}

/** VRs by the codes of their letters. */
function vrsByCode(): DictionaryVr[] {
  const vrs: DictionaryVr[] = [];
  for (const [index, vr] of VRS_BY_LETTER.split(",").entries()) vrs[LETTERS.charCodeAt(index)] = vr as DictionaryVr;
  return vrs;
}

/** Every data set in implicit VR waits for this: characters are looked at one by one, without a regular expression. */
function parseVrs(): Map<number, DictionaryVr> {
  const vrOf = vrsByCode();
  const vrs = new Map<number, DictionaryVr>();
  let tag = -1;
  let distance = 0;
  for (let at = 0; at < VRS.length; at++) {
    const code = VRS.charCodeAt(at);
    const vr = vrOf[code];
    if (vr === undefined) {
      distance = 36 * distance + (code < LOWER_A ? code - ZERO : code - LOWER_A + 10);
      continue;
    }
    tag += distance || 1;
    distance = 0;
    vrs.set(tag, vr);
  }
  return vrs;
}

function parseRepeatingVrs(): ReadonlyMap<number, ReadonlyMap<number, DictionaryVr>> {
  const vrOf = vrsByCode();
  const byMask = new Map<number, Map<number, DictionaryVr>>();
  for (let start = 0; start < REPEATING_VRS.length; start += REPEATING_LENGTH) {
    const digits = REPEATING_VRS.slice(start, start + 8);
    const mask = Number.parseInt(digits.replace(/[\dA-F]/g, "F").replaceAll("x", "0"), 16);
    const vrs = byMask.get(mask) ?? new Map<number, DictionaryVr>();
    byMask.set(
      mask,
      vrs.set(Number.parseInt(digits.replaceAll("x", "0"), 16), vrOf[REPEATING_VRS.charCodeAt(start + 8)]!),
    );
  }
  return byMask;
}
