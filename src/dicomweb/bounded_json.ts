/**
 * JSON whose objects and lists have a limit.
 *
 * @module
 */

import { LimitError } from "../errors.ts";

/**
 * Most objects and lists of a text. An attribute of the DICOM JSON model takes two, in 30 characters at least; a text that is
 * made of empty ones would take ten times its length in memory.
 */
const MAXIMUM = 4_000_000;

const OPENING = new Set([0x7b, 0x5b]);

/**
 * Parses a text of the DICOM JSON model, or of many.
 *
 * @throws {SyntaxError} on what is no JSON, {LimitError} on more than four million objects and lists
 */
export function parseBoundedJson(text: string): unknown {
  let found = 0;
  // Those within strings are counted as well: there are few.
  for (let index = 0; index < text.length; index++) if (OPENING.has(text.charCodeAt(index))) found++;
  if (found <= MAXIMUM) return JSON.parse(text);
  throw new LimitError(`Cannot read JSON: it has ${found} objects and lists, expected at most ${MAXIMUM}`, {
    limit: "maxJsonValues",
    maximum: MAXIMUM,
  });
}
