/**
 * Bytes to text in character sets of the ISO 2022 framework: single-byte sets, and code extensions by escape sequences
 * (PS3.5 6.1.2.3 to 6.1.2.5).
 *
 * @module
 */

import { type CodeElements, hex, type IsDelimiter, namesOf, type Warn } from "./code_elements.ts";
import { type GraphicSet, graphicSet, REPLACEMENT } from "./graphic_set.ts";
import { DEFAULT_G0, type Designation, designationOf } from "./terms.ts";

const ESC = 0x1B;
const SPACE = 0x20;
const DEL = 0x7F;

/**
 * Decodes `bytes`. A byte without a character becomes U+FFFD. Escape sequences that were not declared are followed, and
 * a declared set of G1 is used even if its escape sequence is missing; each kind of fault is told once.
 */
export function decodeIso2022(
  bytes: Uint8Array,
  elements: CodeElements,
  isDelimiter: IsDelimiter,
  warn: Warn | undefined,
): string {
  const decoder = new Decoder(bytes, elements);
  while (decoder.index < bytes.length) {
    const byte = bytes[decoder.index] as number;
    if (byte === ESC) decoder.takeEscapeSequence();
    else if (byte === SPACE || byte === DEL) decoder.takeByte(byte);
    else if (byte < SPACE || (isDelimiter(byte) && !decoder.isG0DoubleByte)) decoder.takeDelimiter(byte);
    else decoder.takeCharacter(byte);
  }
  const text = decoder.takeText();
  if (warn) decoder.tell(warn);
  return text;
}

/** UTF-16 units on their way to a string; decoding is synchronous, so one is enough. */
const scratch = new Uint16Array(1024);

/** A place in the bytes, the code elements that are active there, and what was met so far. */
class Decoder {
  index = 0;
  readonly #bytes: Uint8Array;
  readonly #elements: CodeElements;
  readonly #initialG0: GraphicSet;
  readonly #initialG1: GraphicSet | undefined;
  #g0: GraphicSet;
  #g1: GraphicSet | undefined;
  #latestG1: GraphicSet | undefined;
  #text = "";
  #length = 0;
  #undeclared: Set<Designation> | undefined;
  #assumed: GraphicSet | undefined;
  #damage = 0;
  #firstDamage = "";

  constructor(bytes: Uint8Array, elements: CodeElements) {
    this.#bytes = bytes;
    this.#elements = elements;
    this.#g0 = this.#initialG0 = graphicSet(elements.initial.g0.set);
    this.#g1 = this.#initialG1 = elements.initial.g1 && graphicSet(elements.initial.g1.set);
  }

  get isG0DoubleByte(): boolean {
    return this.#g0.size === 2;
  }

  takeByte(byte: number): void {
    this.#put(byte);
    this.index++;
  }

  /** A delimiter or control character brings back the initial code elements. */
  takeDelimiter(byte: number): void {
    this.takeByte(byte);
    this.#g0 = this.#initialG0;
    this.#g1 = this.#initialG1;
  }

  takeEscapeSequence(): void {
    const escape = escapeAt(this.#bytes, this.index + 1);
    const designation = designationOf(escape);
    if (designation) this.#designate(designation);
    else this.#putReplacement();
    this.index += 1 + escape.length;
  }

  takeCharacter(byte: number): void {
    const set = byte < DEL ? this.#g0 : this.#g1 ?? this.#assumeG1();
    const unit = set ? unitAt(set, this.#bytes, this.index) : REPLACEMENT;
    if (unit === REPLACEMENT) {
      this.#putReplacement();
      this.index++;
    } else {
      this.#put(unit);
      this.index += set?.size ?? 1;
    }
  }

  /** Going back to ASCII is common where ISO-IR 14 is what was declared, and does no harm. */
  #designate(designation: Designation): void {
    const set = graphicSet(designation.set);
    if (designation.half === "g0") this.#g0 = set;
    else this.#latestG1 = this.#g1 = set;
    if (designation !== DEFAULT_G0 && !this.#elements.declared.includes(designation)) {
      (this.#undeclared ??= new Set()).add(designation);
    }
  }

  /** The set that G1 must mean where none is active: the latest that was, or the first declared. */
  #assumeG1(): GraphicSet | undefined {
    const declared = this.#elements.declared.find(({ half }) => half === "g1");
    return this.#g1 = this.#assumed = this.#latestG1 ?? (declared && graphicSet(declared.set));
  }

  #put(unit: number): void {
    if (this.#length === scratch.length) this.takeText();
    scratch[this.#length++] = unit;
  }

  #putReplacement(): void {
    if (this.#damage++ === 0) {
      this.#firstDamage = `0x${hex(this.#bytes[this.index] ?? 0, 2)} at offset ${this.index}`;
    }
    this.#put(REPLACEMENT);
  }

  /** All text so far; the scratch units are free again. */
  takeText(): string {
    const units = this.#length === scratch.length ? scratch : scratch.subarray(0, this.#length);
    this.#length = 0;
    return this.#text += Reflect.apply(String.fromCharCode, undefined, units);
  }

  tell(warn: Warn): void {
    for (const { set, escape } of this.#undeclared ?? []) {
      warn(`${set} is designated by ESC ${escape}, which Specific Character Set does not declare`, false);
    }
    if (this.#assumed) warn(`${this.#assumed.name} is used without its escape sequence`, false);
    if (this.#damage > 0) {
      const sets = namesOf(this.#elements);
      warn(
        `bytes that have no character in ${sets} became U+FFFD: ${this.#damage}, the first ${this.#firstDamage}`,
        true,
      );
    }
  }
}

/** The character of `set` whose code starts at `index`, or the replacement. */
function unitAt(set: GraphicSet, bytes: Uint8Array, index: number): number {
  const first = bytes[index] as number;
  if (set.size === 1) return set.units[(first & 0x7F) - 0x20] ?? REPLACEMENT;
  const second = bytes[index + 1] ?? 0;
  const row = (first & 0x7F) - 0x21;
  const cell = (second & 0x7F) - 0x21;
  if (row < 0 || row > 93 || cell < 0 || cell > 93 || (first ^ second) > 0x7F) return REPLACEMENT;
  return set.units[row * 94 + cell] ?? REPLACEMENT;
}

/** The rest of an escape sequence, after its ESC: at most three bytes 20–2F, then one of 30–7E. Else nothing. */
function escapeAt(bytes: Uint8Array, start: number): string {
  let escape = "";
  for (let index = start; index < start + 4; index++) {
    const byte = bytes[index] ?? 0;
    if (byte < 0x20 || byte > 0x7E) return "";
    escape += String.fromCharCode(byte);
    if (byte >= 0x30) return escape;
  }
  return "";
}
