/**
 * What a text may be in an instance, where a key of a query may be more: no wild cards, no ranges (PS3.4 C.2.2.2).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { Vr } from "../vr.ts";
import { parseDate, parseDateTime, parseTime } from "./date_time.ts";

/** What passes where one value is stored; it may throw `DataSetError` as well. */
interface StoredRule {
  readonly test: (text: string) => unknown;
  readonly expected: string;
}

const RULES: Partial<Record<Vr, StoredRule>> = {
  CS: {
    test: (text) => !/[*?]/.test(text),
    expected: "at most 16 capital letters, digits, spaces and underscores",
  },
  DA: { test: (text) => parseDate(text), expected: "YYYYMMDD" },
  DT: { test: (text) => parseDateTime(text), expected: "YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]" },
  TM: { test: (text) => parseTime(text), expected: "HH[MM[SS[.FFFFFF]]]" },
};

/** Throws `DataSetError` for a value of the VR that only a query may have. An empty text always may be stored. */
export function checkStoredText(text: string, vr: Vr): void {
  const rule = RULES[vr];
  if (rule === undefined || text === "") return;
  const { expected } = rule;
  let cause: unknown;
  try {
    if (rule.test(text)) return;
  } catch (error) {
    cause = error;
  }
  throw new DataSetError(`Cannot store a key of a query as ${vr}: expected ${expected}`, {
    expected,
    ...(cause !== undefined && { cause }),
  });
}
