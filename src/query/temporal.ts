/**
 * Dates, times and date-times as numbers to compare, and ranges of them (PS3.4 C.2.2.2.5).
 *
 * A value that is less precise than others stands for all the time that it names: `10` is between 1030 and 1100.
 *
 * @module
 */

import {
  daysIn,
  type DicomDate,
  type DicomDateTime,
  type DicomTime,
  parseDate,
  parseDateTime,
  parseTime,
} from "../dicom/values/date_time.ts";
import { microsecondsOf } from "../dicom/values/date_time_conversion.ts";
import {
  type DateTimeRange,
  parseDateRange,
  parseDateTimeRange,
  parseTimeRange,
} from "../dicom/values/date_time_range.ts";

/** VRs with ranges. */
export type TemporalVr = "DA" | "TM" | "DT";

/**
 * One end of a range: microseconds from 1970-01-01 00:00, or from midnight for TM, by a clock that is `offset` minutes
 * east of UTC; unknown where it is absent.
 */
export interface Moment {
  /** Microseconds. */
  readonly at: number;
  /** Minutes east of UTC, where that is known. */
  readonly offset?: number | undefined;
}

/** From the first to the last microsecond, both included; open where one is absent. */
export interface MomentRange {
  /** The first. */
  readonly from?: Moment;
  /** The last. */
  readonly to?: Moment;
  /** Whether it was written as one value, not as a range. */
  readonly single?: boolean;
}

/** All the time that a stored value names. */
export interface Span {
  /** Its first microsecond. */
  readonly first: number;
  /** Its last microsecond. */
  readonly last: number;
  /** Minutes east of UTC, where that is known. */
  readonly offset?: number | undefined;
}

/** Microseconds in a minute. */
const MINUTE = 60_000_000;
/** Microseconds in a day. */
export const DAY: number = 24 * 60 * MINUTE;

/** Reads the value of a range key. Throws `DataSetError` for any other value. */
export function parseMomentRange(text: string, vr: TemporalVr): MomentRange {
  if (vr === "DA") return rangeOf(parseDateRange(text));
  return rangeOf(vr === "TM" ? parseTimeRange(text) : parseDateTimeRange(text));
}

function rangeOf({ from, to }: DateTimeRange<DicomDate | DicomTime | DicomDateTime>): MomentRange {
  return {
    ...(from && { from: momentOf(from, "first") }),
    ...(to && { to: momentOf(to, "last") }),
    ...(from !== undefined && from === to && { single: true }),
  };
}

function momentOf(value: DicomDate | DicomTime | DicomDateTime, end: "first" | "last"): Moment {
  const { offset, ...wall } = value as DicomDateTime;
  return { at: Number(microsecondsOf(wall, 0)[end]), offset };
}

const FULL_DATE = /(\d{4})[-./](\d\d)[-./](\d\d)/g;
const LOOSE = /^(\d{4}(?:\d\d(?:\d\d)?)?)?(-)?(\d{4}(?:\d\d(?:\d\d)?)?)?$/;

/**
 * Reads dates that are no DA as what their author meant: `2025-01-31`, `2025/01/31`, `202501` and `2025`, and ranges of
 * them. Undefined for anything else.
 */
export function readLooseDateRange(text: string): MomentRange | undefined {
  const plain = text.replace(FULL_DATE, "$1$2$3").replaceAll(" ", "");
  const found = LOOSE.exec(plain);
  if (found === null || (found[1] === undefined && found[3] === undefined)) return undefined;
  const [, first, hyphen, last] = found;
  try {
    const from = first === undefined ? undefined : momentOf(looseDate(first), "first");
    const end = hyphen === undefined ? first : last;
    const to = end === undefined ? undefined : momentOf(looseDate(end), "last");
    return { ...(from && { from }), ...(to && { to }), ...(hyphen === undefined && { single: true }) };
  } catch {
    return undefined;
  }
}

function looseDate(digits: string): DicomDateTime {
  return parseDateTime(digits);
}

/** The time that a stored value names; undefined when it is no value of the VR. */
export function spanOf(text: string, vr: TemporalVr): Span | undefined {
  if (vr === "DA" && /^\d{8}$/.test(text)) return spanOfDay(text);
  try {
    const value = vr === "DA" ? parseDate(text) : vr === "TM" ? parseTime(text) : parseDateTime(text);
    const { offset, ...wall } = value as DicomDateTime;
    const { first, last } = microsecondsOf(wall, 0);
    return { first: Number(first), last: Number(last), offset };
  } catch {
    return undefined;
  }
}

function spanOfDay(text: string): Span | undefined {
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(4, 6));
  const day = Number(text.slice(6));
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const first = new Date(0).setUTCFullYear(year, month - 1, day) * 1000;
  return { first, last: first + DAY - 1 };
}

/** A date and a time of day together; without a time, all of the day. */
export function joinSpans(date: Span, time: Span | undefined): Span {
  return time === undefined ? date : { first: date.first + time.first, last: date.first + time.last };
}

/**
 * Whether the two have a moment in common. Clocks are compared by UTC where both offsets are known, else as they stand.
 * `offset` holds for a span, and for an end, that has none of its own.
 */
export function isWithin(
  span: Span,
  { from, to }: MomentRange,
  offset: { readonly ofSpan?: number | undefined; readonly ofRange?: number | undefined } = {},
): boolean {
  const spanOffset = span.offset ?? offset.ofSpan;
  return (from === undefined || span.last + shift(spanOffset, from.offset ?? offset.ofRange) >= from.at) &&
    (to === undefined || span.first + shift(spanOffset, to.offset ?? offset.ofRange) <= to.at);
}

/** Microseconds to add to a clock at one offset for what a clock at the other shows. */
export function shift(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : (to - from) * MINUTE;
}

/** Whether nothing can be in a range, because it ends before it begins. */
export function isBackwards({ from, to }: MomentRange): boolean {
  return from !== undefined && to !== undefined && from.at > to.at + shift(to.offset, from.offset);
}
