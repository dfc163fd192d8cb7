/**
 * Text of a data set from one character set to another.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { type CharacterSet, characterSet } from "../charsets/character_set.ts";
import type { Warn } from "../charsets/code_elements.ts";
import { encodeText } from "../values/encode_value.ts";
import { isInCharacterSet, trimPadding } from "../values/text_values.ts";
import { ValueElement } from "./data_element.ts";
import type { DataSetLike, ElementLike } from "./data_set_like.ts";
import { aboutElement } from "./element_error.ts";
import { declaration, SPECIFIC_CHARACTER_SET } from "./specific_character_set.ts";
import { type OnWarning, textWarning } from "./element_text.ts";

const UTF_8 = "ISO_IR 192";

/** How to convert. */
export interface ConversionOptions {
  /** Hears of text that was not right and is converted as well as it can be; by default the data set's own `onWarning`. */
  readonly onWarning?: ((warning: DataSetError) => void) | undefined;
}

/** An element that takes the place of another. */
interface Replacement {
  readonly dataSet: DataSetLike;
  readonly element: ElementLike;
}

/**
 * Encodes all text of a data set and its items in UTF-8, and declares that (PS3.3 C.12.1.1.2). Bytes that have no character
 * in what was declared become U+FFFD, reported to `onWarning`; without that option they are a `DataSetError`, and
 * nothing is changed. `DataSet.declareCharacterSet()` corrects a declaration that is wrong.
 */
export function convertToUtf8(dataSet: DataSetLike, options: ConversionOptions = {}): void {
  const utf8 = characterSet([UTF_8]);
  const replacements: Replacement[] = [];
  collect(dataSet, dataSet.characterSet, utf8, true, replacements, options.onWarning ?? dataSet.onWarning);
  for (const { dataSet, element } of replacements) dataSet.setElement(element);
  dataSet.setElement(declaration(utf8));
  removeDeclarations(dataSet, declaration(utf8));
}

/**
 * Encodes the text of a data set and of those items that take its character set anew. Nothing is changed when a character
 * is not in `to`, or when bytes have no character in `from`: `DataSetError`.
 */
export function recodeText(dataSet: DataSetLike, from: CharacterSet, to: CharacterSet): void {
  if (from === to) return;
  const replacements: Replacement[] = [];
  collect(dataSet, from, to, false, replacements, undefined);
  for (const { dataSet, element } of replacements) dataSet.setElement(element);
}

function collect(
  dataSet: DataSetLike,
  from: CharacterSet,
  to: CharacterSet,
  withDeclared: boolean,
  replacements: Replacement[],
  onWarning: OnWarning | undefined,
): void {
  for (const element of dataSet) {
    if (element.kind === "sequence") {
      for (const item of element.items) {
        const declared = item.has(SPECIFIC_CHARACTER_SET);
        if (declared && !withDeclared) continue;
        collect(item, declared ? item.characterSet : from, to, withDeclared, replacements, onWarning);
      }
    } else if (element.kind === "value" && isInCharacterSet(element.vr)) {
      const { tag } = element;
      const warn = (problem: string, lossy: boolean) => {
        if (onWarning !== undefined) onWarning(textWarning(dataSet, tag, problem));
        else if (lossy) throw undecodable(problem);
      };
      const recoded = aboutElement("convert", dataSet, tag, () => recode(element, from, to, warn));
      if (recoded !== element) replacements.push({ dataSet, element: recoded });
    }
  }
}

function undecodable(problem: string): DataSetError {
  const expected = "its character set, given to declareCharacterSet()";
  return new DataSetError(`Cannot decode its text: ${problem}, expected ${expected}`, { expected });
}

function recode(element: ValueElement, from: CharacterSet, to: CharacterSet, warn: Warn): ValueElement {
  const { tag, vr, bytes } = element;
  if (!isInCharacterSet(vr)) return element;
  const text = from.decode(bytes, vr, { warn });
  const recoded = to.encode(text, vr);
  const same = recoded.length === bytes.length && recoded.every((byte, index) => byte === bytes[index]);
  // The padding of the one encoding is none of the other.
  return same ? element : new ValueElement(tag, vr, encodeText(trimPadding(text, true), vr, to).bytes);
}

/** Lets all items take the character set of what they are in, which is theirs as well. */
function removeDeclarations(dataSet: DataSetLike, declared: ElementLike): void {
  for (const element of dataSet) {
    if (element.kind !== "sequence") continue;
    for (const item of element.items) {
      if (item.has(SPECIFIC_CHARACTER_SET)) item.setElement(declared);
      item.delete(SPECIFIC_CHARACTER_SET);
      removeDeclarations(item, declared);
    }
  }
}
