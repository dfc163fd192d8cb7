/**
 * When instances may be sent: hours of days, by the local clock.
 *
 * @module
 */

import { readSendingHours, type SendingHours } from "../lanes/sending_hours.ts";
import type { Place } from "./place.ts";
import { type Schedule, WEEKDAYS } from "./rule.ts";

const ALL_DAY: SendingHours = { from: 0, to: 24 * 60 };
const KEYS = ["hours", "days"];

/** Reports the problems of a schedule. */
export function checkSchedule(value: unknown, place: Place): void {
  const expected = 'hours, days, or both, such as { hours: "20:00-06:00", days: [saturday, sunday] }';
  if (typeof value !== "object" || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    return place.wrong(expected, undefined);
  }
  for (const key of Object.keys(value)) {
    if (KEYS.includes(key)) continue;
    place.at(key).problem({ found: "an unknown key", expected, unknown: { word: key, known: KEYS } }, undefined);
  }
  const { hours, days } = value as Readonly<Record<string, unknown>>;
  if (hours !== undefined && (typeof hours !== "string" || readSendingHours(hours) === undefined)) {
    place.at("hours").wrong("two different times of day, such as 20:00-06:00", undefined);
  }
  if (days === undefined) return;
  if (!Array.isArray(days) || days.length === 0) {
    return place.at("days").wrong(`a list of ${WEEKDAYS.join(", ")}`, undefined);
  }
  days.forEach((day, index) => {
    if (WEEKDAYS.some((known) => known === day)) return;
    const unknown = typeof day === "string" ? { word: day, known: WEEKDAYS } : undefined;
    place.at("days").at(index).problem({ expected: WEEKDAYS.join(" or "), ...(unknown && { unknown }) }, undefined);
  });
}

/**
 * From when on an instance that came at `now` may be sent, both in milliseconds since the epoch: `now` itself within the hours.
 * The hours follow the local clock, also when it is put forward or back.
 */
export function dueAt(schedule: Schedule | undefined, now: number): number {
  if (schedule === undefined) return now;
  const { from, to } = readSendingHours(schedule.hours ?? "") ?? ALL_DAY;
  const isDay = (date: Date) => schedule.days === undefined || schedule.days.includes(WEEKDAYS[date.getDay()]!);
  // A night that began yesterday may last until today.
  for (let day = -1; day <= WEEKDAYS.length; day++) {
    const start = at(now, day, from);
    const end = at(now, to > from ? day : day + 1, to);
    if (isDay(start) && end.getTime() > now) return Math.max(now, start.getTime());
  }
  return now;
}

function at(now: number, days: number, minutes: number): Date {
  const date = new Date(now);
  date.setHours(0, 0, 0, 0);
  date.setDate(date.getDate() + days);
  date.setMinutes(minutes);
  return date;
}
