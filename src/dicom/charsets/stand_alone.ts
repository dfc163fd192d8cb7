/**
 * Character sets without code extensions: UTF-8, GB18030 and GBK (PS3.3 Table C.12-5, PS3.5 Annex J).
 *
 * @module
 */

import { notInRepertoire, type Warn } from "./code_elements.ts";
import { hasMoreThanGbk, isInGbk } from "./gbk.ts";
import { decodeEach, textDecoder } from "./graphic_set.ts";
import type { StandAloneTerm } from "./terms.ts";

/** The label of the runtime's decoder; GBK is read as GB18030, which has all of it. */
const LABELS: Readonly<Record<StandAloneTerm, string>> = {
  "ISO_IR 192": "utf-8",
  "GB18030": "gb18030",
  "GBK": "gb18030",
};

/** Decodes `bytes`; what is malformed becomes U+FFFD. A byte order mark stays what it is: a character. */
export function decodeStandAlone(bytes: Uint8Array, term: StandAloneTerm, warn: Warn | undefined): string {
  if (term === "GBK" && warn && hasMoreThanGbk(bytes)) {
    warn("it has characters of GB18030 that GBK does not have", false);
  }
  try {
    const strict = decoder(term, true);
    if (strict) return strict.decode(bytes);
  } catch {
    warn?.(`bytes that are no ${term} became U+FFFD`, true);
    return decoder(term, false)?.decode(bytes) ?? "";
  }
  warn?.(`bytes became U+FFFD: this runtime cannot decode ${term}`, true);
  return String.fromCharCode(...bytes.map((byte) => byte < 0x80 ? byte : 0xFFFD));
}

const decoders = new Map<string, TextDecoder | undefined>();

function decoder(term: StandAloneTerm, fatal: boolean): TextDecoder | undefined {
  const key = `${term} ${fatal}`;
  if (!decoders.has(key)) decoders.set(key, textDecoder(LABELS[term], { fatal, ignoreBOM: true }));
  return decoders.get(key);
}

const utf8 = new TextEncoder();

/**
 * Encodes `text`.
 *
 * @throws {DataSetError} on a lone surrogate, and on a character that GBK does not have, unless there is a
 * `replacement`.
 */
export function encodeStandAlone(
  text: string,
  term: StandAloneTerm,
  replacement: string | undefined,
): Uint8Array<ArrayBuffer> {
  if (term === "ISO_IR 192" && !/\p{Surrogate}/u.test(text)) return utf8.encode(text);
  const bytesOf = term === "ISO_IR 192" ? utf8Bytes : term === "GBK" ? gbkBytes : gb18030Bytes;
  const bytes: number[] = [];
  let index = 0;
  for (const character of text) {
    const code = bytesOf(character.codePointAt(0) as number);
    if (code) bytes.push(...code);
    else if (replacement === undefined) throw notInRepertoire(character, index, term);
    else bytes.push(...encodeStandAlone(replacement, term, undefined));
    index += character.length;
  }
  return Uint8Array.from(bytes);
}

type Bytes = readonly number[] | Uint8Array | undefined;

function utf8Bytes(code: number): Bytes {
  return isSurrogate(code) ? undefined : utf8.encode(String.fromCodePoint(code));
}

function gbkBytes(code: number): Bytes {
  const bytes = oneOrTwoBytes(code);
  const refused = bytes?.length === 2 && (isPrivateUse(code) || !isInGbk(bytes[0] as number, bytes[1] as number));
  return refused ? undefined : bytes;
}

function oneOrTwoBytes(code: number): Bytes {
  return code < 0x80 ? [code] : gbTables().twoBytes.get(code);
}

/** What only the two parties of an agreement could read. */
function isPrivateUse(code: number): boolean {
  return code >= 0xE000 && code <= 0xF8FF;
}

function gb18030Bytes(code: number): Bytes {
  if (isSurrogate(code)) return undefined;
  if (code >= 0x10000) return fourBytes(FIRST_SUPPLEMENTARY + code - 0x10000);
  return oneOrTwoBytes(code) ?? gbTables().fourBytes.get(code);
}

function isSurrogate(code: number): boolean {
  return code >= 0xD800 && code <= 0xDFFF;
}

/** Position among the four-byte codes of U+10000, code 90308130. */
const FIRST_SUPPLEMENTARY = 189_000;
/** Four-byte codes for characters below U+10000, 81308130 to 8431A439. */
const BASIC_FOUR_BYTE_CODES = 39_420;

/** The four-byte code at a position: digits to the bases 126, 10, 126 and 10. */
function fourBytes(position: number): readonly number[] {
  return [
    0x81 + Math.floor(position / 12_600),
    0x30 + Math.floor(position / 1_260) % 10,
    0x81 + Math.floor(position / 10) % 126,
    0x30 + position % 10,
  ];
}

interface GbTables {
  readonly twoBytes: ReadonlyMap<number, readonly number[]>;
  readonly fourBytes: ReadonlyMap<number, readonly number[]>;
}

let tables: GbTables | undefined;

/** Codes by character, made on first use from the runtime's decoder. */
function gbTables(): GbTables {
  if (tables) return tables;
  const two: number[][] = [];
  for (let first = 0x81; first <= 0xFE; first++) {
    for (let second = 0x40; second <= 0xFE; second++) if (second !== 0x7F) two.push([first, second]);
  }
  const four = Array.from({ length: BASIC_FOUR_BYTE_CODES }, (_, position) => fourBytes(position));
  return tables = { twoBytes: codesByCharacter(two), fourBytes: codesByCharacter(four) };
}

function codesByCharacter(codes: readonly (readonly number[])[]): Map<number, readonly number[]> {
  const byCharacter = new Map<number, readonly number[]>();
  decodeEach(LABELS.GB18030, codes).forEach((character, index) => {
    const unit = character.charCodeAt(0);
    if (character.length === 1 && !byCharacter.has(unit)) byCharacter.set(unit, codes[index] ?? []);
  });
  return byCharacter;
}
