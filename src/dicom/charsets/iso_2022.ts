/**
 * Text in character sets of the ISO 2022 framework: single-byte sets, and code extensions by escape sequences
 * (PS3.5 6.1.2.3 to 6.1.2.5).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { type GraphicSet, graphicSet, REPLACEMENT } from "./graphic_set.ts";
import { DEFAULT_G0, type Designation, designationOf } from "./terms.ts";

const ESC = 0x1B;
const SPACE = 0x20;
const DEL = 0x7F;

/** Code elements that (0008,0005) declares. */
export interface CodeElements {
  /** Active at the start of each value, line and component: those of the first value of (0008,0005). */
  readonly initial: { readonly g0: Designation; readonly g1?: Designation };
  /** All that may be designated, the initial ones among them. */
  readonly declared: readonly Designation[];
}

/** Takes a sentence about something that was read although it is not right. */
export type Warn = (message: string) => void;

/**
 * Decodes `bytes`. A byte without a character becomes U+FFFD. Escape sequences that were not declared are followed.
 * `isDelimiter` says which of `\ ^ =` bring back the initial code elements, as control characters always do.
 */
export function decodeIso2022(
  bytes: Uint8Array,
  elements: CodeElements,
  isDelimiter: (byte: number) => boolean,
  warn: Warn | undefined,
): string {
  const initialG0 = graphicSet(elements.initial.g0.set);
  const initialG1 = elements.initial.g1 && graphicSet(elements.initial.g1.set);
  const notes = new Notes(elements);
  const units = new Uint16Array(bytes.length);
  let g0 = initialG0;
  let g1 = initialG1;
  let assumedG1 = initialG1 ? undefined : firstG1(elements.declared);
  let length = 0;

  for (let index = 0; index < bytes.length;) {
    const byte = bytes[index] as number;
    if (byte === ESC) {
      const escape = escapeAt(bytes, index);
      const designation = designationOf(escape);
      if (designation?.half === "g0") g0 = graphicSet(designation.set);
      if (designation?.half === "g1") assumedG1 = g1 = graphicSet(designation.set);
      if (designation) notes.designated(designation);
      else units[length++] = notes.damaged(bytes, index);
      index += 1 + escape.length;
      continue;
    }
    if (byte <= SPACE || byte === DEL || (g0.size === 1 && isDelimiter(byte))) {
      units[length++] = byte;
      index++;
      if (byte === SPACE || byte === DEL) continue;
      g0 = initialG0;
      g1 = initialG1;
      continue;
    }
    if (byte > DEL && !g1 && assumedG1) {
      g1 = assumedG1;
      notes.assumed(g1);
    }
    const set = byte < DEL ? g0 : g1;
    const unit = set ? unitAt(set, bytes, index) : REPLACEMENT;
    units[length++] = unit === REPLACEMENT ? notes.damaged(bytes, index) : unit;
    index += unit === REPLACEMENT ? 1 : set?.size ?? 1;
  }
  if (warn) notes.tell(warn);
  return textOf(units.subarray(0, length));
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

/** What follows the ESC at `index` in an escape sequence of ISO 2022: bytes 20–2F, then one of 30–7E. */
function escapeAt(bytes: Uint8Array, index: number): string {
  const longest = String.fromCharCode(...bytes.subarray(index + 1, index + 5));
  return /^[\x20-\x2F]*[\x30-\x7E]/.exec(longest)?.[0] ?? "";
}

function firstG1(declared: readonly Designation[]): GraphicSet | undefined {
  const designation = declared.find((each) => each.half === "g1");
  return designation && graphicSet(designation.set);
}

/** The text of UTF-16 units. */
function textOf(units: Uint16Array): string {
  let text = "";
  for (let start = 0; start < units.length; start += 4096) {
    text += String.fromCharCode(...units.subarray(start, start + 4096));
  }
  return text;
}

/** What is not right in one value; told once for each kind. */
class Notes {
  readonly #elements: CodeElements;
  readonly #undeclared: Set<Designation> = new Set();
  #assumed: GraphicSet | undefined;
  #damage = 0;
  #first = "";

  constructor(elements: CodeElements) {
    this.#elements = elements;
  }

  /** Going back to ASCII is common where ISO-IR 14 is what was declared, and does no harm. */
  designated(designation: Designation): void {
    if (designation !== DEFAULT_G0 && !this.#elements.declared.includes(designation)) this.#undeclared.add(designation);
  }

  assumed(set: GraphicSet): void {
    this.#assumed = set;
  }

  damaged(bytes: Uint8Array, index: number): number {
    if (this.#damage++ === 0) this.#first = `0x${hex(bytes[index] ?? 0, 2)} at offset ${index}`;
    return REPLACEMENT;
  }

  tell(warn: Warn): void {
    for (const { set, escape } of this.#undeclared) {
      warn(`${set} is designated by ESC ${escape}, which Specific Character Set does not declare`);
    }
    if (this.#assumed) warn(`${this.#assumed.name} is used without its escape sequence`);
    if (this.#damage > 0) {
      const sets = namesOf(this.#elements);
      warn(`bytes that have no character in ${sets} became U+FFFD: ${this.#damage}, the first ${this.#first}`);
    }
  }
}

/** The names of the declared sets, for messages. */
function namesOf(elements: CodeElements): string {
  return [...new Set(elements.declared.map((designation) => designation.set))].join(", ");
}

/**
 * Encodes `text`, with escape sequences where a character is not in the code elements that are active. The initial
 * ones are brought back before delimiters and control characters, and at the end (PS3.5 6.1.2.5.3).
 *
 * @throws {DataSetError} on a character that no declared set has, unless there is a `replacement`.
 */
export function encodeIso2022(
  text: string,
  elements: CodeElements,
  isDelimiter: (byte: number) => boolean,
  replacement: string | undefined,
): Uint8Array<ArrayBuffer> {
  const writer = new Writer(elements, isDelimiter);
  let index = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (isDelimiter(code) || isControl(code)) writer.reset(code);
    else if (!writer.write(code)) {
      if (replacement === undefined) throw notInRepertoire(character, index, namesOf(elements));
      for (const substitute of replacement) {
        if (!writer.write(substitute.codePointAt(0) as number)) throw notInRepertoire(substitute, 0, namesOf(elements));
      }
    }
    index += character.length;
  }
  return writer.finish();
}

/** The error for a character that a character set does not have. */
export function notInRepertoire(character: string, index: number, repertoire: string): DataSetError {
  const code = `U+${hex(character.codePointAt(0) ?? 0, 4)}`;
  return new DataSetError(
    `Cannot encode text: ${JSON.stringify(character)} (${code}) at index ${index} is not in ${repertoire}`,
    {
      expected: `characters of ${repertoire}`,
    },
  );
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

/** C0 control characters but ESC, which is for escape sequences alone. */
function isControl(code: number): boolean {
  return code < SPACE && code !== ESC;
}

/** Bytes being written, and the code elements active at their end. */
class Writer {
  readonly #elements: CodeElements;
  readonly #isDelimiter: (byte: number) => boolean;
  readonly #bytes: number[] = [];
  readonly #active: { g0: Designation; g1: Designation | undefined };

  constructor(elements: CodeElements, isDelimiter: (byte: number) => boolean) {
    this.#elements = elements;
    this.#isDelimiter = isDelimiter;
    this.#active = { g0: elements.initial.g0, g1: elements.initial.g1 };
  }

  /** Writes a character in the active sets if they have it, else in the first declared that has it. */
  write(unit: number): boolean {
    const { g0, g1 } = this.#active;
    return this.#writeIn(g0, unit) || (g1 !== undefined && this.#writeIn(g1, unit)) ||
      this.#elements.declared.some((designation) => this.#writeIn(designation, unit));
  }

  #writeIn(designation: Designation, unit: number): boolean {
    const set = graphicSet(designation.set);
    const code = set.codeOf(unit);
    // The yen sign of ISO-IR 14 has the code of the backslash.
    if (code === undefined || (set.size === 1 && designation.half === "g0" && this.#isDelimiter(code))) return false;
    this.#designate(designation);
    const high = designation.half === "g1" ? 0x80 : 0;
    if (set.size === 2) this.#bytes.push(code >> 8 | high);
    this.#bytes.push(code & 0x7F | high);
    return true;
  }

  #designate(designation: Designation): void {
    if (this.#active[designation.half] === designation) return;
    this.#bytes.push(ESC);
    for (const character of designation.escape) this.#bytes.push(character.charCodeAt(0));
    this.#active[designation.half] = designation;
  }

  /** Writes a delimiter or control character, for which the initial code elements have to be active. */
  reset(code: number): void {
    this.#restore();
    this.#bytes.push(code);
  }

  /** A G1 that was not there at first is just forgotten: there is nothing that it could be changed back to. */
  #restore(): void {
    const { g0, g1 } = this.#elements.initial;
    this.#designate(g0);
    if (g1) this.#designate(g1);
    this.#active.g1 = g1;
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#restore();
    return Uint8Array.from(this.#bytes);
  }
}
