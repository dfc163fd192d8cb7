/**
 * Parses the items of a JSON list one after the other, so that other work runs in between.
 *
 * @module
 */

import { type Pause, sliceOfTime } from "../scheduling/time_slices.ts";
import { MAXIMUM_JSON_VALUES, parseBoundedJson, tooManyJsonValues } from "./bounded_json.ts";

/** Characters that are scanned between two pauses. */
const AT_A_TIME = 0x4000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The items of a text that is a list; otherwise its one value. `pause` is called again and again.
 *
 * @throws {SyntaxError} on invalid JSON, {LimitError} on more than four million objects and lists
 */
export async function parseJsonItems(text: string, pause: Pause = sliceOfTime()): Promise<readonly unknown[]> {
  const first = text.search(/[^ \t\r\n]/);
  if (text.charCodeAt(first) !== OPENING_BRACKET) return [parseBoundedJson(text)];
  const items: unknown[] = [];
  let [depth, found, isString] = [1, 1, false];
  let start = first + 1;
  let next = start + AT_A_TIME;
  const take = (end: number) => {
    items.push(JSON.parse(text.slice(start, end)));
    start = end + 1;
  };
  for (let at = start; at < text.length; at++) {
    if (at >= next) {
      next = at + AT_A_TIME;
      await pause();
    }
    const character = text.charCodeAt(at);
    if (isString) {
      if (character === BACKSLASH) at++;
      else if (character === QUOTE) isString = false;
    } else if (character === QUOTE) isString = true;
    else if (character === OPENING_BRACE || character === OPENING_BRACKET) {
      depth++;
      if (++found > MAXIMUM_JSON_VALUES) throw tooManyJsonValues(found);
    } else if (character === CLOSING_BRACE || character === CLOSING_BRACKET) {
      if (--depth > 0) continue;
      // The blanks between the brackets of an empty list are no item.
      if (items.length > 0 || !isBlank(text.slice(start, at))) take(at);
      return ended(items, text, at);
    } else if (character === COMMA && depth === 1) {
      take(at);
      await pause();
    }
  }
  throw new SyntaxError("Cannot parse JSON: a list does not end");
}

function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

function ended(items: readonly unknown[], text: string, at: number): readonly unknown[] {
  if (text[at] === "]" && isBlank(text.slice(at + 1))) return items;
  throw new SyntaxError("Cannot parse JSON: something follows the list");
}
