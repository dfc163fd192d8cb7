/**
 * Values of the VRs that are text: bytes to strings, strings to what they mean.
 *
 * @module
 */

import type { TextVr } from "../charsets/character_set.ts";
import { type Vr, type VrDefinition, vrDefinition } from "../vr.ts";
import {
  type DicomDate,
  type DicomDateTime,
  type DicomTime,
  parseDate,
  parseDateTime,
  parseTime,
} from "./date_time.ts";
import { parseDecimalString, parseIntegerString } from "./decimal.ts";
import { trimPadding } from "./padding.ts";
import { parsePersonName, type PersonName } from "./person_name.ts";

export { trimPadding } from "./padding.ts";

/** What one value of a VR that is text means; null is an empty value among several where nothing else says so. */
export type TextValue = string | number | PersonName | DicomDate | DicomTime | DicomDateTime | null;

const DELIMITER = "\\";

/** Whether Specific Character Set (0008,0005) says what the bytes of this VR mean (PS3.5 6.1.2.2). */
export function isInCharacterSet(vr: Vr): vr is TextVr {
  return vrDefinition(vr).inCharacterSet;
}

/** The values in the text of a value field, without padding; none when it is empty. */
export function splitText(text: string, { delimited, leadingSpaces }: VrDefinition): string[] {
  let end = delimited ? text.indexOf(DELIMITER) : -1;
  if (end < 0) {
    const value = trimPadding(text, leadingSpaces);
    return value === "" ? [] : [value];
  }
  const values: string[] = [];
  let start = 0;
  for (; end >= 0; end = text.indexOf(DELIMITER, start)) {
    values.push(trimPadding(text, leadingSpaces, start, end));
    start = end + 1;
  }
  values.push(trimPadding(text, leadingSpaces, start));
  return values;
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
      return text === "" ? NaN : parseDecimalString(text).value;
    case "IS":
      return text === "" ? NaN : parseIntegerString(text).value;
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
