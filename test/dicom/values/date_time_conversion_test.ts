import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDate, formatTime, parseDate, parseDateTime, parseTime } from "../../../src/dicom/values/date_time.ts";
import {
  fromDate,
  fromTemporalTime,
  toDate,
  toTemporalFields,
} from "../../../src/dicom/values/date_time_conversion.ts";

Deno.test("toDate() gives the moment at which a value begins", () => {
  const iso = (text: string, offset: number) => toDate(parseDateTime(text), { offset }).toISOString();
  assert.equal(iso("20240229153000.123999", 0), "2024-02-29T15:30:00.123Z");
  assert.equal(iso("20240229153000", 60), "2024-02-29T14:30:00.000Z");
  assert.equal(iso("20240229153000-0330", 60), "2024-02-29T19:00:00.000Z", "its own offset goes before");
  assert.equal(iso("2024", 0), "2024-01-01T00:00:00.000Z");
  assert.equal(iso("19691231235959.999999", 0), "1969-12-31T23:59:59.999Z");
  assert.equal(iso("0001", 0), "0001-01-01T00:00:00.000Z", "a year below 100 is no year of 1900");
  assert.equal(iso("20161231235960", 0), "2017-01-01T00:00:00.000Z", "a leap second");
  const together = { ...parseDate("20240229"), ...parseTime("1530") };
  assert.equal(toDate(together, { offset: 0 }).toISOString(), "2024-02-29T15:30:00.000Z");
});

Deno.test("fromDate() then toDate() gives the same moment", () => {
  const moment = fc.date({
    min: new Date("0002-01-01T00:00:00Z"),
    max: new Date("9998-12-31T23:59:59Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moment, fc.integer({ min: -720, max: 840 }), (date, offset) => {
      assert.equal(toDate(fromDate(date, { offset }), { offset: 0 }).getTime(), date.getTime());
    }),
    { seed: 42 },
  );
  assert.deepEqual(fromDate(new Date("2024-02-29T23:30:00.005Z"), { offset: 60 }), {
    year: 2024,
    month: 3,
    day: 1,
    hour: 0,
    minute: 30,
    second: 0,
    fraction: "005",
    offset: 60,
  });
});

Deno.test("toTemporalFields() gives what Temporal takes", () => {
  assert.deepEqual(toTemporalFields(parseDateTime("2024")), { year: 2024, month: 1, day: 1 });
  assert.deepEqual(toTemporalFields(parseTime("101112.000123")), {
    hour: 10,
    minute: 11,
    second: 12,
    millisecond: 0,
    microsecond: 123,
  });
  assert.deepEqual(toTemporalFields(parseDateTime("2024-0330")), { year: 2024, month: 1, day: 1, timeZone: "-03:30" });
});

Deno.test({
  name: "values become objects of Temporal and come back",
  ignore: typeof Temporal === "undefined",
  fn: () => {
    const date = Temporal.PlainDate.from(toTemporalFields(parseDate("20240229")));
    assert.equal(date.toString(), "2024-02-29");
    assert.equal(formatDate(date.add({ days: 1 })), "20240301");
    const time = Temporal.PlainTime.from(toTemporalFields(parseTime("101112.5")));
    assert.equal(time.toString(), "10:11:12.5");
    assert.equal(formatTime(fromTemporalTime(time)), "101112.500000");
    const zoned = Temporal.ZonedDateTime.from({
      timeZone: "UTC",
      ...toTemporalFields(parseDateTime("20240229153000+0100")),
    });
    assert.equal(zoned.toInstant().toString(), "2024-02-29T14:30:00Z");
  },
});
