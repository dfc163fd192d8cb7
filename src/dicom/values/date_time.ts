/**
 * Dates and times: the value representations DA, TM and DT (PS3.5 6.2).
 *
 * Values keep the precision that they were written with: what is absent was not written.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { trimPadding } from "./padding.ts";

/** A value of VR DA: a day of the Gregorian calendar. */
export interface DicomDate {
  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** A value of VR TM: a time of day. A component is present only if those before it are. */
export interface DicomTime {
  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute?: number;
  /** 0 to 60, for a leap second. */
  readonly second?: number;
  /** One to six digits after the decimal point. */
  readonly fraction?: string;
}

/** A value of VR DT. A component is present only if those before it are; the offset is independent. */
export interface DicomDateTime {
  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12. */
  readonly month?: number;
  /** 1 to 31. */
  readonly day?: number;
  /** 0 to 23. */
  readonly hour?: number;
  /** 0 to 59. */
  readonly minute?: number;
  /** 0 to 60, for a leap second. */
  readonly second?: number;
  /** One to six digits after the decimal point. */
  readonly fraction?: string;
  /** Minutes east of UTC, -720 to 840. Absent: Timezone Offset From UTC (0008,0201), or local time. */
  readonly offset?: number;
}

/** How to read a value. */
export interface DateTimeOptions {
  /** Takes what was read although it is not right; throwing from it makes the reading strict. */
  readonly warn?: ((message: string) => void) | undefined;
}

const DATE = /^(\d{4})(\d\d)(\d\d)$/;
const OLD_DATE = /^(\d{4})\.(\d\d)\.(\d\d)$/;
const TIME = /^\d\d(?:\d\d(?:\d\d(?:\.\d{1,6})?)?)?$/;
const OLD_TIME = /^\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?$/;
const DATE_TIME = /^\d{4}(?:\d\d(?:\d\d(?:\d\d(?:\d\d(?:\d\d(?:\.\d{1,6})?)?)?)?)?)?(?:[+-]\d{4})?$/;

const MIN_OFFSET = -12 * 60;
const MAX_OFFSET = 14 * 60;

/**
 * Reads one value of VR DA, `YYYYMMDD`. The form `YYYY.MM.DD` of ACR-NEMA is taken with a warning.
 *
 * @throws {DataSetError} on anything else, such as a day that the month has not
 */
export function parseDate(text: string, options: DateTimeOptions = {}): DicomDate {
  const trimmed = trimPadding(text, false);
  const old = OLD_DATE.exec(trimmed);
  const found = old ?? DATE.exec(trimmed);
  if (!found) throw wrong(text, "a date", "YYYYMMDD");
  const date = { year: Number(found[1]), month: Number(found[2]), day: Number(found[3]) };
  const problem = problemOf(date);
  if (problem) throw wrong(text, "a date", problem);
  if (old) options.warn?.(`${shown(text)} is a date in the form of ACR-NEMA, not YYYYMMDD`);
  return date;
}

/**
 * Reads one value of VR TM, `HH[MM[SS[.F]]]`. The form `HH:MM[:SS[.F]]` of ACR-NEMA is taken with a warning.
 *
 * @throws {DataSetError} on anything else
 */
export function parseTime(text: string, options: DateTimeOptions = {}): DicomTime {
  const trimmed = trimPadding(text, false);
  const old = OLD_TIME.test(trimmed);
  const written = old ? trimmed.replaceAll(":", "") : trimmed;
  if (!TIME.test(written)) throw wrong(text, "a time", "HH[MM[SS[.FFFFFF]]]");
  const time: Mutable<DicomTime> = { hour: digitsAt(written, 0) };
  readAfterHour(time, written, 2, written.length);
  const problem = problemOf(time);
  if (problem) throw wrong(text, "a time", problem);
  if (old) options.warn?.(`${shown(text)} is a time in the form of ACR-NEMA, not HHMMSS`);
  return time;
}

/**
 * Reads one value of VR DT, `YYYY[MM[DD[HH[MM[SS[.F]]]]]][&ZZXX]`. The offset `-0000` is taken as `+0000` with a warning.
 *
 * @throws {DataSetError} on anything else
 */
export function parseDateTime(text: string, options: DateTimeOptions = {}): DicomDateTime {
  const written = trimPadding(text, false);
  if (!DATE_TIME.test(written)) throw wrong(text, "a date and time", "YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]");
  const sign = written.charAt(written.length - 5);
  const end = sign === "+" || sign === "-" ? written.length - 5 : written.length;
  const dateTime: Mutable<DicomDateTime> = { year: digitsAt(written, 0, 4) };
  if (end > 4) dateTime.month = digitsAt(written, 4);
  if (end > 6) dateTime.day = digitsAt(written, 6);
  if (end > 8) dateTime.hour = digitsAt(written, 8);
  readAfterHour(dateTime, written, 10, end);
  if (end < written.length) dateTime.offset = parseUtcOffset(written.slice(end), options);
  const problem = problemOf(dateTime);
  if (problem) throw wrong(text, "a date and time", problem);
  return dateTime;
}

/**
 * Reads an offset from UTC, `&ZZXX`: the end of a DT, and Timezone Offset From UTC (0008,0201). Gives minutes east of
 * UTC. `-0000` is taken as `+0000` with a warning.
 *
 * @throws {DataSetError} on anything else, and beyond -1200 and +1400
 */
export function parseUtcOffset(text: string, options: DateTimeOptions = {}): number {
  const found = /^([+-])(\d\d)([0-5]\d)$/.exec(trimPadding(text, false));
  const minutes = Number(found?.[2]) * 60 + Number(found?.[3]);
  const offset = found?.[1] === "-" && minutes > 0 ? -minutes : minutes;
  if (!found || offset < MIN_OFFSET || offset > MAX_OFFSET) throw wrong(text, "an offset from UTC", "-1200 to +1400");
  if (found[1] === "-" && offset === 0) options.warn?.(`${shown(text)} is an offset from UTC that is written +0000`);
  return offset;
}

type Mutable<Value> = { -readonly [Part in keyof Value]: Value[Part] };

/** Reads what is written of a time from `start` to before `end`: after its hour, and known to have the right form. */
function readAfterHour(time: Mutable<Partial<DicomTime>>, text: string, start: number, end: number): void {
  if (end > start) time.minute = digitsAt(text, start);
  if (end > start + 2) time.second = digitsAt(text, start + 2);
  if (end > start + 4) time.fraction = text.slice(start + 5, end);
}

/** The number that some digits are. */
function digitsAt(text: string, start: number, count = 2): number {
  let number = 0;
  for (let index = start; index < start + count; index++) number = number * 10 + text.charCodeAt(index) - ZERO;
  return number;
}

const ZERO = 0x30;

/**
 * Writes a value of VR DA.
 *
 * @throws {DataSetError} on a date that is not in the calendar
 */
export function formatDate(date: DicomDate): string {
  refuse(problemOf(date), date, "a date");
  return digits(date.year, 4) + digits(date.month) + digits(date.day);
}

/**
 * Writes a value of VR TM, with the precision that the time has.
 *
 * @throws {DataSetError} on a part that is out of its range, or that stands without the one before it
 */
export function formatTime(time: DicomTime): string {
  refuse(problemOf(time) ?? gapOf([time.hour, time.minute, time.second, time.fraction]), time, "a time");
  return digits(time.hour) + digits(time.minute) + digits(time.second) + fractionOf(time);
}

/**
 * Writes a value of VR DT, with the precision that it has.
 *
 * @throws {DataSetError} on a part that is out of its range, or that stands without the one before it
 */
export function formatDateTime(dateTime: DicomDateTime): string {
  const { year, month, day, hour, minute, second, fraction, offset } = dateTime;
  const problem = problemOf(dateTime) ?? gapOf([year, month, day, hour, minute, second, fraction]);
  refuse(problem, dateTime, "a date and time");
  const text = digits(year, 4) + [month, day, hour, minute, second].map((part) => digits(part)).join("");
  return text + fractionOf(dateTime) + (offset === undefined ? "" : formatUtcOffset(offset));
}

function digits(value: number | undefined, count = 2): string {
  return value === undefined ? "" : String(value).padStart(count, "0");
}

function fractionOf({ fraction }: { readonly fraction?: string }): string {
  return fraction === undefined ? "" : `.${fraction}`;
}

/**
 * Writes minutes east of UTC as `&ZZXX`.
 *
 * @throws {DataSetError} beyond -720 and 840
 */
export function formatUtcOffset(offset: number): string {
  refuse(problemOf({ offset }), { offset }, "an offset from UTC");
  const minutes = Math.abs(offset);
  return (offset < 0 ? "-" : "+") + digits(Math.floor(minutes / 60)) + digits(minutes % 60);
}

/** What would have been right where a part is out of its range. */
function problemOf(value: Partial<DicomDateTime>): string | undefined {
  const { year, month, day, hour, minute, second, fraction, offset } = value;
  const problem = rangeProblem("year", year, 1, 9999) ?? rangeProblem("month", month, 1, 12) ??
    rangeProblem("day", day, 1, 31) ?? rangeProblem("hour", hour, 0, 23) ?? rangeProblem("minute", minute, 0, 59) ??
    rangeProblem("second", second, 0, 60) ?? rangeProblem("offset", offset, MIN_OFFSET, MAX_OFFSET);
  if (problem !== undefined) return problem;
  if (fraction !== undefined && !/^\d{1,6}$/.test(fraction)) return "one to six digits of a fraction";
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const last = daysIn(year, month);
  return day > last ? `day between 1 and ${last}` : undefined;
}

function rangeProblem(part: string, value: number | undefined, first: number, last: number): string | undefined {
  const right = value === undefined || (Number.isInteger(value) && value >= first && value <= last);
  return right ? undefined : `${part} between ${first} and ${last}`;
}

/** Days in a month, 1 to 12. */
export function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function gapOf(parts: readonly unknown[]): string | undefined {
  const end = parts.indexOf(undefined);
  const gap = end >= 0 && parts.slice(end).some((part) => part !== undefined);
  return gap ? "no part without the one before it" : undefined;
}

function refuse(problem: string | undefined, value: object, what: string): void {
  if (problem) {
    throw new DataSetError(`Cannot format ${JSON.stringify(value)} as ${what}: expected ${problem}`, {
      expected: problem,
    });
  }
}

function wrong(text: string, what: string, expected: string): DataSetError {
  return new DataSetError(`Cannot read ${shown(text)} as ${what}: expected ${expected}`, { expected });
}

/** The text as messages show it, shortened. */
function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
