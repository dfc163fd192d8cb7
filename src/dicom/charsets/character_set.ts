/**
 * Specific Character Set (0008,0005): bytes of text values to strings and back (PS3.3 C.12.1.1.2, PS3.5 6.1).
 *
 * @module
 */

import type { CodeElements, IsDelimiter } from "./code_elements.ts";
import { decodeIso2022 } from "./iso_2022_decode.ts";
import { encodeIso2022 } from "./iso_2022_encode.ts";
import { ASCII, PLAIN, PLAIN_IN_ISO_IR_14, type PlainBytes, plainText } from "./plain_text.ts";
import { decodeStandAlone, encodeStandAlone } from "./stand_alone.ts";
import {
  DEFAULT_G0,
  DEFAULT_TERM,
  type Designation,
  readTerm,
  type RepertoireTerm,
  repertoireTerm,
  type StandAloneTerm,
  type Term,
} from "./terms.ts";

/** Value representations whose text is in the Specific Character Set (PS3.5 6.1.2.2). */
export type TextVr = "SH" | "LO" | "ST" | "LT" | "UC" | "UT" | "PN";

/** How to decode. */
export interface DecodeOptions {
  /** Where in the bytes the text begins; at the first by default. */
  readonly start?: number;
  /** Where it ends, before the byte there; behind the last by default. */
  readonly end?: number;
  /**
   * Takes what was read although it is not right; `lossy` where bytes had no character and became U+FFFD. By default
   * such text goes unreported.
   */
  readonly warn?: ((message: string, lossy: boolean) => void) | undefined;
}

/** How to encode. */
export interface EncodeOptions {
  /** Written in place of each character that the character set does not have. By default such a character is an error. */
  readonly replacement?: string | undefined;
}

/** One Specific Character Set, ready to decode and encode. */
export interface CharacterSet {
  /** Its defined terms, as they should be written; empty for the default repertoire, which needs no attribute. */
  readonly terms: readonly string[];
  /** What was wrong with the terms as they were given. */
  readonly warnings: readonly string[];
  /**
   * Decodes the bytes of an element's value field, all its values at once. Never throws: what has no character becomes
   * U+FFFD. A backslash in the result is always a delimiter (but in ST, LT and UT, which have one value), so
   * `split("\\")` gives the values whatever bytes the characters were made of. Padding stays.
   *
   * @param vr the element's value representation, LO by default; it says which delimiters there are
   */
  decode(bytes: Uint8Array, vr?: TextVr, options?: DecodeOptions): string;
  /**
   * Encodes the text of an element's value field, values parted by backslashes. Padding is not added.
   *
   * @throws {DataSetError} on a character that the character set does not have
   */
  encode(text: string, vr?: TextVr, options?: EncodeOptions): Uint8Array<ArrayBuffer>;
}

/** How many values of (0008,0005) are read; there are fewer defined terms than that. */
const MAX_TERMS = 32;
/** Characters of a value that are looked at; a code string has 16. */
const MAX_TERM_LENGTH = 40;

/**
 * The character set that the values of (0008,0005) name, in their order. No values, or one empty one, give the default
 * repertoire. Never throws: misspellings are read as what they stand for, and what means nothing is left out, each with
 * a warning.
 *
 * @example
 * ```ts
 * const { decode } = characterSet(["", "ISO 2022 IR 87"]);
 * decode(new Uint8Array([0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42]), "PN"); // 山田
 * ```
 */
export function characterSet(values: readonly string[] = []): CharacterSet {
  const key = JSON.stringify(values);
  const known = cache.get(key);
  if (known) return known;
  const made = make(values);
  if (cache.size < CACHE_SIZE && key.length <= CACHED_LENGTH) cache.set(key, made);
  return made;
}

const CACHE_SIZE = 64;
const CACHED_LENGTH = 200;
const cache = new Map<string, CharacterSet>();

function make(values: readonly string[]): CharacterSet {
  const warnings: string[] = [];
  const terms = readTerms(values, (message) => void warnings.push(message));
  const standAlone = onlyStandAlone(terms, (message) => void warnings.push(message));
  if (standAlone) return standAloneCharacterSet(standAlone, warnings);
  return iso2022CharacterSet(terms.filter((term) => term.kind === "repertoire"), warnings);
}

function readTerms(values: readonly string[], warn: (message: string) => void): Term[] {
  if (values.length > MAX_TERMS) {
    warn(`Specific Character Set has ${values.length} values, of which ${MAX_TERMS} are read`);
  }
  const terms: Term[] = [];
  for (const value of values.slice(0, MAX_TERMS)) {
    const text = value.slice(0, MAX_TERM_LENGTH).replace(/^ +|[ \0]+$/g, "");
    const term = readTerm(text);
    const shown = JSON.stringify(text);
    if (term) terms.push(term);
    else warn(`${shown} is no defined term of Specific Character Set`);
    if (term && !term.exact) warn(`${shown} in Specific Character Set is read as ${termOf(term, values.length > 1)}`);
    if (!term && terms.length === 0) terms.push(DEFAULT_TERM);
  }
  return terms;
}

function termOf(term: Term, several: boolean): string {
  if (term.kind === "stand-alone") return term.term;
  return repertoireTerm(term.number, term.extended || several || term.repertoire.multiByte);
}

/** The stand-alone character set, if that is what the terms come to; beside others it has no place. */
function onlyStandAlone(terms: readonly Term[], warn: (message: string) => void): StandAloneTerm | undefined {
  const found = terms.find((term) => term.kind === "stand-alone");
  if (!found) return undefined;
  if (terms.length === 1) return found.term;
  const othersAreAscii = terms.every((term) => term === found || (term.kind === "repertoire" && term.number === 6));
  const used = terms[0] === found || othersAreAscii;
  warn(`${found.term} cannot be combined with other character sets: ${used ? "they are" : "it is"} ignored`);
  return used ? found.term : undefined;
}

function standAloneCharacterSet(term: StandAloneTerm, warnings: readonly string[]): CharacterSet {
  return {
    terms: [term],
    warnings,
    decode: (bytes, _vr, { start = 0, end = bytes.length, warn } = {}) =>
      plainText(bytes, start, end, ASCII) ?? decodeStandAlone(bytes.subarray(start, end), term, warn),
    encode: (text, _vr, options) => asciiBytes(text, ASCII) ?? encodeStandAlone(text, term, options?.replacement),
  };
}

function iso2022CharacterSet(given: readonly RepertoireTerm[], warnings: string[]): CharacterSet {
  const terms = given[0] && !given[0].repertoire.multiByte ? given : [DEFAULT_TERM, ...given];
  if (given[0]?.repertoire.multiByte) {
    warnings.push(
      `${termOf(given[0], true)} cannot be the first value of Specific Character Set: ISO 2022 IR 6 is put first`,
    );
  }
  const several = terms.length > 1;
  if (several && given.some((term) => !term.extended && !term.repertoire.multiByte)) {
    warnings.push("ISO_IR terms cannot be combined: they are read as ISO 2022 IR terms");
  }
  const elements = codeElements(terms);
  const plain = elements.initial.g0 === DEFAULT_G0 ? PLAIN : PLAIN_IN_ISO_IR_14;
  return {
    terms: isDefault(terms) ? [] : [...new Set(terms.map((term) => termOf(term, several)))],
    warnings,
    decode: (bytes, vr = "LO", { start = 0, end = bytes.length, warn } = {}) =>
      plainText(bytes, start, end, plain) ?? decodeIso2022(bytes.subarray(start, end), elements, delimiters(vr), warn),
    encode: (text, vr = "LO", options) =>
      asciiBytes(text, plain) ?? encodeIso2022(text, elements, delimiters(vr), options?.replacement),
  };
}

function isDefault(terms: readonly RepertoireTerm[]): boolean {
  return terms.every((term) => term.number === 6);
}

function codeElements(terms: readonly RepertoireTerm[]): CodeElements {
  const declared = new Set<Designation>();
  for (const { repertoire: { g0, g1 } } of terms) {
    if (g0) declared.add(g0);
    if (g1) declared.add(g1);
  }
  const first = terms[0]?.repertoire;
  return {
    initial: { g0: first?.g0 ?? DEFAULT_G0, ...(first?.g1 && { g1: first.g1 }) },
    declared: [...declared],
  };
}

const EQUALS = 0x3D;
const BACKSLASH = 0x5C;
const CARET = 0x5E;

const NO_DELIMITERS: IsDelimiter = () => false;
const VALUE_DELIMITERS: IsDelimiter = (code) => code === BACKSLASH;
const NAME_DELIMITERS: IsDelimiter = (code) => code === BACKSLASH || code === CARET || code === EQUALS;

/** The delimiters within a value field, besides control characters (PS3.5 6.1.2.5.3). */
function delimiters(vr: TextVr): IsDelimiter {
  if (vr === "PN") return NAME_DELIMITERS;
  return vr === "ST" || vr === "LT" || vr === "UT" ? NO_DELIMITERS : VALUE_DELIMITERS;
}

function asciiBytes(text: string, plain: PlainBytes): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (plain[code] !== 1) return undefined;
    bytes[index] = code;
  }
  return bytes;
}
