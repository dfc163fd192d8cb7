/**
 * Hours of the day in which a lane sends.
 *
 * @module
 */

/** Hours of a day in minutes from midnight, by the clock of the host; they may begin before midnight and end after it. */
export interface SendingHours {
  /** The first minute in which the lane sends. */
  readonly from: number;
  /** The first minute in which it no longer sends. */
  readonly to: number;
}

const TEXT = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** Reads `22:00-06:00`; undefined for any other form, or for hours that end when they begin. */
export function readSendingHours(text: string): SendingHours | undefined {
  const [, ...numbers] = TEXT.exec(text) ?? [];
  if (numbers.length !== 4) return undefined;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = numbers.map(Number);
  const hours = { from: 60 * fromHour + fromMinute, to: 60 * toHour + toMinute };
  return hours.from === hours.to ? undefined : hours;
}

/** Whether a lane sends at a moment, in milliseconds since the epoch. */
export function isSendingTime({ from, to }: SendingHours, moment: number): boolean {
  const date = new Date(moment);
  const minute = 60 * date.getHours() + date.getMinutes();
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The next moment at which the hours may begin or end: that of the next minute. */
export function nextMinute(moment: number): number {
  return (Math.floor(moment / 60_000) + 1) * 60_000;
}
