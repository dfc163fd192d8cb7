/**
 * Parses JSON with a limit on the number of objects and lists.
 *
 * @module
 */

import { LimitError } from "../errors.ts";

/**
 * Most objects and lists in a text. An attribute of the DICOM JSON model takes two, in 30 characters at least; a text of empty
 * objects would take ten times its length in memory.
 */
export const MAXIMUM_JSON_VALUES = 4_000_000;

const [OPENING_BRACE, OPENING_BRACKET] = [0x7b, 0x5b];

/**
 * Parses a text of the DICOM JSON model, or of many.
 *
 * @throws {SyntaxError} on invalid JSON, {LimitError} on more than four million objects and lists
 */
export function parseBoundedJson(text: string): unknown {
  let found = 0;
  // Brackets within strings count as well: texts have few.
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === OPENING_BRACE || character === OPENING_BRACKET) found++;
  }
  if (found <= MAXIMUM_JSON_VALUES) return JSON.parse(text);
  throw tooManyJsonValues(found);
}

/** The error for a text that has so many objects and lists, or more. */
export function tooManyJsonValues(found: number): LimitError {
  const problem = `it has ${found} objects and lists, expected at most ${MAXIMUM_JSON_VALUES}`;
  return new LimitError(`Cannot read JSON: ${problem}`, { limit: "maxJsonValues", maximum: MAXIMUM_JSON_VALUES });
}
