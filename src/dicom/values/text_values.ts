/**
 * Values of the VRs that are text: bytes to strings, strings to what they mean.
 *
 * @module
 */

import { type CharacterSet, characterSet, type TextVr } from "../charsets/character_set.ts";
import { type Vr, vrDefinition } from "../vr.ts";
import {
  type DicomDate,
  type DicomDateTime,
  type DicomTime,
  parseDate,
  parseDateTime,
  parseTime,
} from "./date_time.ts";
import type { EncodedValue } from "./encoded_value.ts";
import { parsePersonName, type PersonName } from "./person_name.ts";
import { decimalValue, integerValue } from "./short_number.ts";

/** What one value of a VR that is text means; null is an empty value among several where nothing else says so. */
export type TextValue = string | number | PersonName | DicomDate | DicomTime | DicomDateTime | null;

const IN_CHARACTER_SET: ReadonlySet<string> = new Set<TextVr>(["SH", "LO", "ST", "LT", "UC", "UT", "PN"]);

/** VRs whose leading spaces are part of the value (PS3.5 Table 6.2-1). */
const LEADING_SPACES_COUNT: ReadonlySet<Vr> = new Set<Vr>(["LT", "ST", "UC", "UR", "UT"]);

const DEFAULT_REPERTOIRE = characterSet();

const DELIMITER = "\\";
const NUL = 0;
const SPACE = 0x20;

/** Whether Specific Character Set (0008,0005) says what the bytes of this VR mean (PS3.5 6.1.2.2). */
export function isInCharacterSet(vr: Vr): vr is TextVr {
  return IN_CHARACTER_SET.has(vr);
}

/** The text of a value field, all its values and padding; what has no character becomes U+FFFD. */
export function decodeText({ source, start, length }: EncodedValue, vr: Vr, characterSet: CharacterSet): string {
  const place = { start, end: start + length };
  return isInCharacterSet(vr) ? characterSet.decode(source, vr, place) : DEFAULT_REPERTOIRE.decode(source, "LO", place);
}

/** The values in the text of a value field, without padding; none when it is empty. */
export function splitText(text: string, vr: Vr): string[] {
  const leading = LEADING_SPACES_COUNT.has(vr);
  const values: string[] = [];
  let start = 0;
  if (vrDefinition(vr).delimited) {
    for (let end; (end = text.indexOf(DELIMITER, start)) >= 0; start = end + 1) {
      values.push(trimPadding(text, leading, start, end));
    }
  }
  const last = trimPadding(text, leading, start);
  if (start > 0 || last !== "") values.push(last);
  return values;
}

/**
 * The text, or its part from `start` to before `end`, without the spaces and NULs behind it, and without the spaces before it
 * unless they count.
 */
export function trimPadding(text: string, leadingSpacesCount: boolean, start = 0, end = text.length): string {
  while (end > start && (text.charCodeAt(end - 1) === SPACE || text.charCodeAt(end - 1) === NUL)) end--;
  while (!leadingSpacesCount && start < end && text.charCodeAt(start) === SPACE) start++;
  return end - start === text.length ? text : text.slice(start, end);
}

/**
 * What one value means: a number for DS and IS, a name for PN, a date or time for DA, TM and DT, and the text itself for all
 * others. An empty value is NaN where it should be a number, null where it should be a date or time. Throws `DataSetError`.
 */
export function parseText(text: string, vr: Vr): TextValue {
  switch (vr) {
    case "PN":
      return parsePersonName(text);
    case "DS":
      return text === "" ? NaN : decimalValue(text);
    case "IS":
      return text === "" ? NaN : integerValue(text);
    case "DA":
      return text === "" ? null : parseDate(text);
    case "TM":
      return text === "" ? null : parseTime(text);
    case "DT":
      return text === "" ? null : parseDateTime(text);
    default:
      return text;
  }
}
