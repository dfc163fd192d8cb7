/**
 * The text of elements, and warnings about it.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { characterSet, type TextVr } from "../charsets/character_set.ts";
import { keywordIfKnown, nameTag } from "../names.ts";
import { type Vr, vrDefinition } from "../vr.ts";
import { SPECIFIC_CHARACTER_SET } from "./specific_character_set.ts";
import type { ValueElement } from "./data_element.ts";
import type { DataSetLike } from "./data_set_like.ts";
import { pathTo } from "./element_error.ts";

/** Called for each value that was read although it is wrong. */
export type OnWarning = (warning: DataSetError) => void;

const DEFAULT_REPERTOIRE = characterSet();

/** Problems that the decoder found in the present value. It is nearly always empty, so one list is enough for all values. */
const heard: string[] = [];
const hear = (message: string) => void heard.push(message);

/**
 * The text of a value field, read as a text VR; padding stays. Problems of the text go to `onWarning`, by default that of the
 * data set.
 */
export function decodeField(value: ValueElement, vr: Vr, dataSet: DataSetLike, onWarning?: OnWarning): string {
  const { source, start, length } = value;
  const { decode } = vrDefinition(vr).inCharacterSet ? dataSet.characterSet : DEFAULT_REPERTOIRE;
  const text = decode(source, vr as TextVr, { start, end: start + length, warn: hear });
  if (heard.length > 0) {
    const tell = onWarning ?? dataSet.onWarning;
    for (const problem of heard.splice(0)) tell?.(textWarning(dataSet, value.tag, problem));
  }
  return text;
}

/**
 * Warnings about the text of a data set and of its items, as they are found: bytes without a character in the declared or
 * assumed character set, escape sequences that are not declared, declarations without a meaning. Each warning has the path.
 */
export function* textWarnings(dataSet: DataSetLike): Generator<DataSetError, void> {
  const warnings: DataSetError[] = [];
  for (const element of dataSet) {
    if (element.kind === "sequence") {
      for (const item of element.items) yield* textWarnings(item);
    } else if (element.kind === "value" && vrDefinition(element.vr).kind === "text") {
      if (element.tag === SPECIFIC_CHARACTER_SET) yield* declarationWarnings(dataSet);
      decodeField(element, element.vr, dataSet, (warning) => void warnings.push(warning));
      yield* warnings.splice(0);
    }
  }
}

/** Warnings about the Specific Character Set of a data set. */
export function declarationWarnings(dataSet: DataSetLike): DataSetError[] {
  return dataSet.characterSet.warnings.map((problem) => textWarning(dataSet, SPECIFIC_CHARACTER_SET, problem));
}

/** "Cannot rely on the text of PatientName (0010,0010): …". */
export function textWarning(dataSet: DataSetLike, tag: number, problem: string): DataSetError {
  const keyword = keywordIfKnown(tag);
  return new DataSetError(`Cannot rely on the text of ${nameTag(tag)}: ${problem}`, {
    tag,
    path: pathTo(dataSet, tag),
    ...(keyword === undefined ? {} : { keyword }),
  });
}
