/**
 * Dates and times of DICOM as `Temporal` and `Date` have them, and as numbers to compare.
 *
 * @module
 */

import { daysIn, type DicomDate, type DicomDateTime, type DicomTime, formatUtcOffset } from "./date_time.ts";

const SECOND = 1_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;

/**
 * The first and last microsecond that a value names, counted from 1970-01-01 UTC; for a time of day, from midnight of
 * that day. The less precise the value, the further they are apart. `offset` (minutes east of UTC) holds for a value
 * that has none of its own; values to be compared need the same.
 */
export function microsecondsOf(
  value: DicomDate | DicomTime | DicomDateTime,
  offset: number,
): { readonly first: bigint; readonly last: bigint } {
  const parts: Partial<DicomDateTime> = value;
  const midnight = new Date(0).setUTCFullYear(parts.year ?? 1970, (parts.month ?? 1) - 1, parts.day ?? 1);
  const first = BigInt(midnight) * 1000n + BigInt(parts.hour ?? 0) * HOUR +
    BigInt((parts.minute ?? 0) - (parts.offset ?? offset)) * MINUTE + BigInt(parts.second ?? 0) * SECOND +
    BigInt(microsecond(parts.fraction));
  return { first, last: first + durationOf(parts) - 1n };
}

/** Microseconds that a value of this precision names. */
function durationOf({ year = 1970, month, day, hour, minute, second, fraction }: Partial<DicomDateTime>): bigint {
  if (fraction !== undefined) return 10n ** BigInt(6 - fraction.length);
  if (second !== undefined) return SECOND;
  if (minute !== undefined) return MINUTE;
  if (hour !== undefined) return HOUR;
  if (day !== undefined) return DAY;
  return DAY * BigInt(month !== undefined ? daysIn(year, month) : 337 + daysIn(year, 2));
}

function microsecond(fraction = "0"): number {
  return Number(fraction.padEnd(6, "0"));
}

/**
 * The moment at which a date and time begins; what was not written is the first there is. Microseconds are cut off.
 * `options.offset` (minutes east of UTC) holds for a value that has none of its own.
 *
 * @example A date and a time of day together
 * ```ts
 * import { parseDate, parseTime, parseUtcOffset } from "@gantry/dicom/data-set";
 *
 * toDate({ ...parseDate("20240229"), ...parseTime("1530") }, { offset: parseUtcOffset("+0100") });
 * ```
 */
export function toDate(value: DicomDateTime, options: { readonly offset: number }): Date {
  const { first } = microsecondsOf(value, options.offset);
  return new Date(Number((first - BigInt(microsecond(value.fraction) % 1000)) / 1000n));
}

/** A moment as a date and time, to the millisecond, where clocks are `options.offset` minutes east of UTC. */
export function fromDate(date: Date, options: { readonly offset: number }): Required<DicomDateTime> {
  const local = new Date(date.getTime() + options.offset * 60_000);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    fraction: String(local.getUTCMilliseconds()).padStart(3, "0"),
    offset: options.offset,
  };
}

/** What `Temporal.PlainTime.from()` takes. */
export interface TemporalTimeFields {
  /** 0 to 23. */
  readonly hour?: number;
  /** 0 to 59. */
  readonly minute?: number;
  /** 0 to 60; Temporal takes 60 for 59. */
  readonly second?: number;
  /** 0 to 999. */
  readonly millisecond?: number;
  /** 0 to 999. */
  readonly microsecond?: number;
}

/** What `from()` of `Temporal.PlainDate`, `PlainDateTime` and, with a time zone, `ZonedDateTime` takes. */
export interface TemporalDateFields extends TemporalTimeFields {
  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** Such as `+01:00`; absent when the value has no offset. */
  readonly timeZone?: string;
}

/**
 * A value as Temporal takes it; month and day that were not written are the first. Runs where Temporal is absent, too.
 *
 * @example
 * ```ts
 * import { parseDate, parseDateTime } from "@gantry/dicom/data-set";
 *
 * Temporal.PlainDate.from(toTemporalFields(parseDate("20240229")));
 * Temporal.ZonedDateTime.from({ timeZone: "UTC", ...toTemporalFields(parseDateTime("20240229153000+0100")) });
 * ```
 */
export function toTemporalFields(value: DicomDate | DicomDateTime): TemporalDateFields;
/** A time of day as Temporal takes it. */
export function toTemporalFields(value: DicomTime): TemporalTimeFields;
export function toTemporalFields(
  value: DicomDate | DicomTime | DicomDateTime,
): TemporalDateFields | TemporalTimeFields {
  const { fraction, offset, ...parts }: Partial<DicomDateTime> = value;
  const microseconds = microsecond(fraction);
  return {
    ...(parts.year !== undefined && { month: 1, day: 1 }),
    ...parts,
    ...(fraction !== undefined && { millisecond: Math.floor(microseconds / 1000), microsecond: microseconds % 1000 }),
    ...(offset !== undefined && { timeZone: formatUtcOffset(offset).replace(/..$/, ":$&") }),
  };
}

/**
 * A time of day from an object of Temporal (`PlainTime`, `PlainDateTime`, `ZonedDateTime`), to the microsecond. For a
 * date nothing is needed: a `PlainDate` is a `DicomDate`.
 */
export function fromTemporalTime(
  time: { hour: number; minute: number; second: number; millisecond: number; microsecond: number },
): Required<DicomTime> {
  const fraction = String(time.millisecond * 1000 + time.microsecond).padStart(6, "0");
  return { hour: time.hour, minute: time.minute, second: time.second, fraction };
}
