/**
 * The character set of an answer: none where plain ASCII will do, else one that the client can read (PS3.4 C.2.2.2).
 *
 * @module
 */

import { type CharacterSet, characterSet } from "../dicom/charsets/character_set.ts";
import { SequenceElement, ValueElement } from "../dicom/data_set/data_element.ts";
import { type DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { declaration } from "../dicom/data_set/specific_character_set.ts";
import { isInCharacterSet, trimPadding } from "../dicom/values/text_values.ts";
import { DataSetError } from "../errors.ts";
import { SPECIFIC_CHARACTER_SET } from "./query.ts";

/** Stands for a character that a configured character set doesn't have. */
const REPLACEMENT = "?";
const ESC = 0x1b;
const SPACE = 0x20;
/** JIS X 0201, which has no backslash and no tilde. */
const ISO_IR_13 = /\b13$/;

/** A character set with the element that declares it; none for the default repertoire. */
interface Declared {
  readonly characterSet: CharacterSet;
  readonly element: DataElement | undefined;
}

/** Where the text of an answer goes over to. */
export interface AnswerText extends Declared {
  /** Whether characters that it doesn't have are replaced; else such an answer stays as it was stored. */
  readonly replace: boolean;
}

/** The character set by a dialect's `characterSet` and the keys of the request; undefined where values stay as stored. */
export function answerText(wanted: "request" | readonly string[], keys: DataSet): AnswerText | undefined {
  if (wanted === "request") {
    const ofRequest = declaredBy(keys);
    return ofRequest.element === undefined ? undefined : { ...ofRequest, replace: false };
  }
  const configured = characterSet(wanted);
  return { characterSet: configured, element: declaration(configured), replace: true };
}

/** The declaration of a data set as it stands, for peers may know no other way to write it; unless it is misspelt. */
function declaredBy(dataSet: DataSet): Declared {
  const { characterSet } = dataSet;
  if (characterSet.terms.length === 0) return { characterSet, element: undefined };
  const written = characterSet.warnings.length === 0 ? dataSet.element(SPECIFIC_CHARACTER_SET) : undefined;
  return { characterSet, element: written ?? declaration(characterSet) };
}

/**
 * The answer of `elements`, which are in the order of their tags, have the text of `entity`, and whose items are those of
 * `answer`, still empty. Specific Character Set is there where a value needs it, and never empty.
 */
export function withCharacterSet(
  answer: DataSet,
  elements: readonly DataElement[],
  entity: DataSet,
  wanted: AnswerText | undefined,
): DataSet {
  const stored = entity.characterSet;
  if (!elements.some((element) => needsCharacterSet(element, stored))) return filled(answer, undefined, elements);
  if (wanted !== undefined && !isSame(wanted.characterSet, stored)) {
    try {
      return recoded(elements, stored, wanted);
    } catch (error) {
      if (!(error instanceof DataSetError)) throw error;
    }
  }
  return filled(answer, declaredBy(entity).element, elements);
}

/** The declaration stands before all text, and all else but what is of lower groups. */
function filled(dataSet: DataSet, declared: DataElement | undefined, elements: readonly DataElement[]): DataSet {
  let toDeclare = declared;
  for (const element of elements) {
    if (toDeclare !== undefined && element.tag > toDeclare.tag) {
      dataSet.setElement(toDeclare);
      toDeclare = undefined;
    }
    dataSet.setElement(element);
  }
  return dataSet;
}

function isSame(one: CharacterSet, other: CharacterSet): boolean {
  return one === other || one.terms.join("\\") === other.terms.join("\\");
}

/** Whether its text means something else in the default repertoire. */
function needsCharacterSet(element: DataElement, stored: CharacterSet): boolean {
  if (element.kind === "sequence") {
    for (const item of element.items) {
      const own = item.has(SPECIFIC_CHARACTER_SET) ? item.characterSet : stored;
      for (const inner of item) if (needsCharacterSet(inner, own)) return true;
    }
    return false;
  }
  if (element.kind !== "value" || !isInCharacterSet(element.vr)) return false;
  const { source, start, length } = element;
  const [first = ""] = stored.terms;
  if (length > 0 && ISO_IR_13.test(first)) return true;
  for (let at = start; at < start + length; at++) {
    const byte = source[at]!;
    if (byte >= 0x80 || byte === ESC) return true;
  }
  return false;
}

/** A data set of the same values in another character set. Throws `DataSetError` on a character that this doesn't have. */
function recoded(elements: Iterable<DataElement>, from: CharacterSet, to: AnswerText, parent?: DataSet): DataSet {
  const dataSet = new DataSet(undefined, { parent });
  const own: DataElement[] = [];
  for (const element of elements) {
    if (element.tag === SPECIFIC_CHARACTER_SET) continue;
    if (element.kind === "sequence") {
      const items = element.items.map((item) => {
        const declared = item.has(SPECIFIC_CHARACTER_SET) ? item.characterSet : from;
        return recoded(item, declared, to, dataSet);
      });
      own.push(new SequenceElement(element.tag, items));
    } else own.push(element.kind === "value" ? recodedElement(element, from, to) : element);
  }
  return filled(dataSet, parent === undefined ? to.element : undefined, own);
}

function recodedElement(
  element: ValueElement,
  from: CharacterSet,
  { characterSet, replace }: AnswerText,
): ValueElement {
  const { tag, vr, source, start, length } = element;
  if (!isInCharacterSet(vr)) return element;
  const text = trimPadding(from.decode(source, vr, { start, end: start + length }), true);
  const bytes = characterSet.encode(text, vr, replace ? { replacement: REPLACEMENT } : {});
  if (bytes.length % 2 === 0) return new ValueElement(tag, vr, bytes);
  const even = new Uint8Array(bytes.length + 1).fill(SPACE);
  even.set(bytes);
  return new ValueElement(tag, vr, even);
}
