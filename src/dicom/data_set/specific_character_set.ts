/**
 * Specific Character Set (0008,0005): what it declares, and declaring it (PS3.3 C.12.1.1.2).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { type CharacterSet, characterSet } from "../charsets/character_set.ts";
import { encodeText } from "../values/encode_value.ts";
import { splitText } from "../values/text_values.ts";
import { vrDefinition } from "../vr.ts";
import { ValueElement } from "./data_element.ts";

/** Specific Character Set. */
export const SPECIFIC_CHARACTER_SET = 0x0008_0005;

const DEFAULT_REPERTOIRE = characterSet();

/** The character set that an element (0008,0005) stands for, whatever VR it was read with; undefined when it is empty. */
export function declaredCharacterSet({ bytes }: ValueElement): CharacterSet | undefined {
  const terms = splitText(DEFAULT_REPERTOIRE.decode(bytes), vrDefinition("CS"));
  return terms.length === 0 ? undefined : characterSet(terms);
}

/** The character set of terms that are to be declared or assumed. Throws `DataSetError` for what is no defined term (PS3.3 C.12.1.1.2). */
export function declarable(terms: string | readonly string[]): CharacterSet {
  const declared = characterSet(typeof terms === "string" ? [terms] : terms);
  const [problem] = declared.warnings;
  if (problem === undefined) return declared;
  const expected = "defined terms of PS3.3 C.12.1.1.2";
  throw new DataSetError(`Cannot use the character set: ${problem}, expected ${expected}`, { expected });
}

/** The element (0008,0005) of a character set. */
export function declaration({ terms }: CharacterSet): ValueElement {
  const text = terms.join("\\");
  return new ValueElement(SPECIFIC_CHARACTER_SET, "CS", encodeText(text, "CS", DEFAULT_REPERTOIRE).bytes);
}
