/**
 * Ranges of dates and times, as they stand in a query (PS3.4 C.2.2.2.5).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import {
  type DateTimeOptions,
  type DicomDate,
  type DicomDateTime,
  type DicomTime,
  formatDate,
  formatDateTime,
  formatTime,
  parseDate,
  parseDateTime,
  parseTime,
} from "./date_time.ts";
import { microsecondsOf } from "./date_time_conversion.ts";

/** From the start of `from` to the end of `to`, both included; open where one is absent. */
export interface DateTimeRange<Value> {
  /** The first value. */
  readonly from?: Value;
  /** The last value. */
  readonly to?: Value;
}

/**
 * Reads a range of VR DA: `a-b`, `a-` or `-b`. A single value is a range from and to itself.
 *
 * @throws {DataSetError} on a value that is no date, and on a range without either end
 */
export function parseDateRange(text: string, options: DateTimeOptions = {}): DateTimeRange<DicomDate> {
  return rangeOf(text, /^([^-]*)-([^-]*)$/, (value) => parseDate(value, options));
}

/**
 * Reads a range of VR TM: `a-b`, `a-` or `-b`. A single value is a range from and to itself.
 *
 * @throws {DataSetError} on a value that is no time, and on a range without either end
 */
export function parseTimeRange(text: string, options: DateTimeOptions = {}): DateTimeRange<DicomTime> {
  return rangeOf(text, /^([^-]*)-([^-]*)$/, (value) => parseTime(value, options));
}

/** Either side of a range of DT. A hyphen and four digits, -0000 to -1200, after the digits are an offset from UTC. */
const DATE_TIME_RANGE = (() => {
  const value = String.raw`\s*\d{4,14}(?:\.\d{1,6})?(?:\+\d{4}|-(?:0\d|1[01])[0-5]\d|-1200)?\s*`;
  return new RegExp(`^(${value})?-(${value})?$`);
})();

/**
 * Reads a range of VR DT: `a-b`, `a-` or `-b`. A single value is a range from and to itself. Where a hyphen may begin an
 * offset from UTC or part two values (`2020-0500`), it begins an offset.
 *
 * @throws {DataSetError} on a value that is no date and time, and on a range without either end
 */
export function parseDateTimeRange(text: string, options: DateTimeOptions = {}): DateTimeRange<DicomDateTime> {
  const endsWithOffset = /^[^-]*-(?:(?:0\d|1[01])[0-5]\d|1200)\s*$/.test(text) && !text.trimStart().startsWith("-");
  if (endsWithOffset) return single(parseDateTime(text, options));
  return rangeOf(text, DATE_TIME_RANGE, (value) => parseDateTime(value, options));
}

function rangeOf<Value>(text: string, pattern: RegExp, parse: (value: string) => Value): DateTimeRange<Value> {
  const found = pattern.exec(text);
  if (!found) return single(parse(text));
  const from = found[1]?.trim();
  const to = found[2]?.trim();
  if (!from && !to) {
    throw new DataSetError(`Cannot read "-" as a range: both ends are missing`, { expected: "a-b, a- or -b" });
  }
  return { ...(from && { from: parse(from) }), ...(to && { to: parse(to) }) };
}

function single<Value>(value: Value): DateTimeRange<Value> {
  return { from: value, to: value };
}

/**
 * Writes a range of VR DA.
 *
 * @throws {DataSetError} on a date that is not in the calendar, and on a range without either end
 */
export function formatDateRange(range: DateTimeRange<DicomDate>): string {
  return formatRange(range, formatDate);
}

/**
 * Writes a range of VR TM.
 *
 * @throws {DataSetError} on a time that is none, and on a range without either end
 */
export function formatTimeRange(range: DateTimeRange<DicomTime>): string {
  return formatRange(range, formatTime);
}

/**
 * Writes a range of VR DT.
 *
 * @throws {DataSetError} on a date and time that is none, and on a range without either end
 */
export function formatDateTimeRange(range: DateTimeRange<DicomDateTime>): string {
  return formatRange(range, formatDateTime);
}

function formatRange<Value>({ from, to }: DateTimeRange<Value>, format: (value: Value) => string): string {
  if (from === undefined && to === undefined) {
    throw new DataSetError("Cannot format a range: both ends are missing", { expected: "from, to or both" });
  }
  const first = from === undefined ? "" : format(from);
  const last = to === undefined ? "" : format(to);
  return first === last ? first : `${first}-${last}`;
}

/**
 * Whether a value is in a range. Values that are less precise than others stand for all the time that they name:
 * `10` is in `1030-1100`. `options.offset` (minutes east of UTC, 0 by default) holds for each DT without one of its own.
 */
export function isInRange<Value extends DicomDate | DicomTime | DicomDateTime>(
  value: Value,
  range: DateTimeRange<Value>,
  options: { readonly offset?: number } = {},
): boolean {
  const { offset = 0 } = options;
  const { first, last } = microsecondsOf(value, offset);
  return (range.from === undefined || last >= microsecondsOf(range.from, offset).first) &&
    (range.to === undefined || first <= microsecondsOf(range.to, offset).last);
}
