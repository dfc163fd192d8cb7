/**
 * Text to bytes in character sets of the ISO 2022 framework (PS3.5 6.1.2.3 to 6.1.2.5).
 *
 * @module
 */

import { type CodeElements, type IsDelimiter, namesOf, notInRepertoire } from "./code_elements.ts";
import { graphicSet } from "./graphic_set.ts";
import type { Designation } from "./terms.ts";

const ESC = 0x1B;
const SPACE = 0x20;

/**
 * Encodes `text`, with escape sequences where a character is not in the code elements that are active. The initial
 * ones are brought back before delimiters and control characters, and at the end (PS3.5 6.1.2.5.3).
 *
 * @throws {DataSetError} on a character that no declared set has, unless there is a `replacement`.
 */
export function encodeIso2022(
  text: string,
  elements: CodeElements,
  isDelimiter: IsDelimiter,
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

/** C0 control characters but ESC, which is for escape sequences alone. */
function isControl(code: number): boolean {
  return code < SPACE && code !== ESC;
}

/** Bytes being written, and the code elements active at their end. */
class Writer {
  readonly #elements: CodeElements;
  readonly #isDelimiter: IsDelimiter;
  readonly #bytes: number[] = [];
  readonly #active: { g0: Designation; g1: Designation | undefined };

  constructor(elements: CodeElements, isDelimiter: IsDelimiter) {
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
