/**
 * Rules for writing values of text VRs (PS3.5 Table 6.2-1).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { isValidUid } from "../uids.ts";
import type { Vr } from "../vr.ts";
import { parseDateRange, parseDateTimeRange, parseTimeRange } from "./date_time_range.ts";
import { parseDecimalString, parseIntegerString } from "./decimal.ts";
import { parsePersonName } from "./person_name.ts";

/** A rule of one VR: a test and what passes it. */
interface TextRule {
  /** Whether a value that isn't empty is right; it may throw `DataSetError` as well. */
  readonly test: (text: string) => boolean;
  readonly expected: string;
}

/** Options of the parsers: what they would tolerate is thrown. */
const STRICT = {
  warn(message: string): never {
    throw new DataSetError(message);
  },
};

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/;
// deno-lint-ignore no-control-regex
const CONTROL_BUT_FORMAT_EFFECTORS = /[\x00-\x08\x0b\x0e-\x1f\x7f]/;

function characters(maximum: number): TextRule {
  return {
    test: (text) => !CONTROL.test(text) && length(text) <= maximum,
    expected: `at most ${maximum} characters, none of them a control character`,
  };
}

function paragraphs(maximum: number): TextRule {
  return {
    test: (text) => !CONTROL_BUT_FORMAT_EFFECTORS.test(text) && length(text) <= maximum,
    expected: `at most ${maximum} characters, no control characters but TAB, LF, FF and CR`,
  };
}

/** Characters, of which those beyond U+FFFF count as one. */
function length(text: string): number {
  let pairs = 0;
  for (let index = 0; index < text.length; index++) if ((text.charCodeAt(index) & 0xfc00) === 0xdc00) pairs++;
  return text.length - pairs;
}

const LONGEST = 0xffff_fffe;

// A key of a query is a value too: with wild cards, or a range of dates or times (PS3.4 C.2.2.2).
const RULES: Partial<Record<Vr, TextRule>> = {
  AE: { test: (text) => /^[\x20-\x7e]{1,16}$/.test(text), expected: "at most 16 characters of ASCII" },
  AS: { test: (text) => /^\d{3}[DWMY]$/.test(text), expected: "three digits and D, W, M or Y" },
  CS: {
    test: (text) => /^[A-Z\d _*?]{1,16}$/.test(text),
    expected: "at most 16 capital letters, digits, spaces and underscores",
  },
  DA: { test: (text) => parseDateRange(text, STRICT) !== undefined, expected: "YYYYMMDD" },
  DS: {
    test: (text) => parseDecimalString(text, STRICT) !== undefined,
    expected: "a decimal number of at most 16 characters",
  },
  DT: {
    test: (text) => parseDateTimeRange(text, STRICT) !== undefined,
    expected: "YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]",
  },
  IS: {
    test: (text) => parseIntegerString(text, STRICT) !== undefined,
    expected: "an integer between -2147483648 and 2147483647",
  },
  LO: characters(64),
  LT: paragraphs(10_240),
  PN: {
    test: (text) => !CONTROL.test(text) && parsePersonName(text, STRICT) !== undefined,
    expected: "at most 3 groups of at most 5 components and 64 characters, none of them a control character",
  },
  SH: characters(16),
  ST: paragraphs(1024),
  TM: { test: (text) => parseTimeRange(text, STRICT) !== undefined, expected: "HH[MM[SS[.FFFFFF]]]" },
  UC: characters(LONGEST),
  UI: { test: isValidUid, expected: "a UID: at most 64 digits and dots, no component with a leading zero" },
  UR: { test: (text) => /^[\x21-\x7e]+$/.test(text), expected: "a URI of ASCII characters without spaces" },
  UT: paragraphs(LONGEST),
};

/** Throws `DataSetError` when a text, without padding, may not be a value of the VR. An empty text always may. */
export function checkText(text: string, vr: Vr): void {
  const rule = RULES[vr];
  if (rule === undefined || text === "") return;
  let cause: unknown;
  try {
    if (rule.test(text)) return;
  } catch (error) {
    cause = error;
  }
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  throw new DataSetError(`Cannot write ${shown} as ${vr}: expected ${rule.expected}`, {
    expected: rule.expected,
    ...(cause === undefined ? {} : { cause }),
  });
}
