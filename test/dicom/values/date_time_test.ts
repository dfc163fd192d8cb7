import assert from "node:assert/strict";
import { reading } from "./reading.ts";
import fc from "fast-check";
import {
  type DicomDate,
  type DicomDateTime,
  formatDate,
  formatDateTime,
  formatTime,
  formatUtcOffset,
  parseDate,
  parseDateTime,
  parseTime,
  parseUtcOffset,
} from "../../../src/dicom/values/date_time.ts";
import { DataSetError } from "../../../src/errors.ts";

Deno.test("parseDate() reads YYYYMMDD, and the form of ACR-NEMA with a warning", () => {
  assert.deepEqual(reading(parseDate, "20240229"), [{ year: 2024, month: 2, day: 29 }, []]);
  assert.deepEqual(reading(parseDate, "19930822 "), [{ year: 1993, month: 8, day: 22 }, []]);
  assert.deepEqual(reading(parseDate, "1993.08.22"), [
    { year: 1993, month: 8, day: 22 },
    ['"1993.08.22" is a date in the form of ACR-NEMA, not YYYYMMDD'],
  ]);
});

Deno.test("parseDate() refuses what is no day", () => {
  for (
    const text of [
      "",
      "2024",
      "202402",
      "20230229",
      "19000229",
      "20241301",
      "20240001",
      "20240100",
      "20240431",
      "00000101",
    ]
      .concat("2024-02-29", "1993.8.22", "1993.0822", "20240229-", "2024022９", "20240229T", "x".repeat(1000))
  ) {
    assert.throws(() => parseDate(text), DataSetError, text);
  }
  assert.throws(() => parseDate("20230229"), {
    message: 'Cannot read "20230229" as a date: expected day between 1 and 28',
    expected: "day between 1 and 28",
  });
});

Deno.test("parseTime() keeps the precision that was written", () => {
  assert.deepEqual(reading(parseTime, "07"), [{ hour: 7 }, []]);
  assert.deepEqual(reading(parseTime, "0709"), [{ hour: 7, minute: 9 }, []]);
  assert.deepEqual(reading(parseTime, "070907"), [{ hour: 7, minute: 9, second: 7 }, []]);
  assert.deepEqual(reading(parseTime, "070907.0705 "), [{ hour: 7, minute: 9, second: 7, fraction: "0705" }, []]);
  assert.deepEqual(reading(parseTime, "235960"), [{ hour: 23, minute: 59, second: 60 }, []]);
  assert.deepEqual(reading(parseTime, "07:09:07.5"), [
    { hour: 7, minute: 9, second: 7, fraction: "5" },
    ['"07:09:07.5" is a time in the form of ACR-NEMA, not HHMMSS'],
  ]);
  assert.deepEqual(reading(parseTime, "07:09")[0], { hour: 7, minute: 9 });
});

Deno.test("parseTime() refuses what is no time of day", () => {
  for (
    const text of ["", "7", "24", "0760", "070961", "0709.5", "070907.", "070907.1234567", "7:9", "07:0907", "0709-"]
  ) {
    assert.throws(() => parseTime(text), DataSetError, text);
  }
});

Deno.test("parseDateTime() reads every precision, with and without an offset", () => {
  const full = { year: 2024, month: 2, day: 29, hour: 7, minute: 9, second: 5, fraction: "000120" };
  assert.deepEqual(reading(parseDateTime, "20240229070905.000120+0530"), [{ ...full, offset: 330 }, []]);
  assert.deepEqual(reading(parseDateTime, "20240229070905.000120"), [full, []]);
  assert.deepEqual(reading(parseDateTime, "2024-0100"), [{ year: 2024, offset: -60 }, []]);
  assert.deepEqual(reading(parseDateTime, "202402"), [{ year: 2024, month: 2 }, []]);
  assert.deepEqual(reading(parseDateTime, "20240229"), [{ year: 2024, month: 2, day: 29 }, []]);
  assert.deepEqual(reading(parseDateTime, "2024022907 "), [{ year: 2024, month: 2, day: 29, hour: 7 }, []]);
  assert.deepEqual(reading(parseDateTime, "2024-0000"), [
    { year: 2024, offset: 0 },
    ['"-0000" is an offset from UTC that is written +0000'],
  ]);
});

Deno.test("parseDateTime() refuses what is no date and time", () => {
  for (
    const text of ["", "202", "20241", "20230229", "2024+1", "2024+1500", "2024-1300", "2024+0060", "2024.5", "2024-"]
  ) {
    assert.throws(() => parseDateTime(text), DataSetError, text);
  }
});

Deno.test("parseUtcOffset() and formatUtcOffset() reach from -1200 to +1400", () => {
  for (const [text, minutes] of [["+0000", 0], ["+1400", 840], ["-1200", -720], ["-0330", -210]] as const) {
    assert.equal(parseUtcOffset(text), minutes);
    assert.equal(formatUtcOffset(minutes), text);
  }
  for (const text of ["", "0100", "+01:00", "+1401", "-1201", "Z"]) {
    assert.throws(() => parseUtcOffset(text), DataSetError, text);
  }
  assert.throws(() => formatUtcOffset(841), DataSetError);
  assert.throws(() => formatUtcOffset(0.5), DataSetError);
});

Deno.test("format functions refuse what could not be read back", () => {
  assert.throws(() => formatDate({ year: 2023, month: 2, day: 29 }), {
    message: 'Cannot format {"year":2023,"month":2,"day":29} as a date: expected day between 1 and 28',
  });
  assert.throws(() => formatDate({ year: 10000, month: 1, day: 1 }), DataSetError);
  assert.throws(() => formatDate({ year: 2023.5, month: 1, day: 1 }), DataSetError);
  assert.throws(() => formatTime({ hour: 24 }), DataSetError);
  assert.throws(() => formatTime({ hour: 1, second: 1 }), /no part without the one before it/);
  assert.throws(() => formatTime({ hour: 1, minute: 1, second: 1, fraction: "1234567" }), DataSetError);
  assert.throws(() => formatDateTime({ year: 2024, day: 1 }), DataSetError);
  assert.throws(() => formatDateTime({ year: 2024, offset: 900 }), DataSetError);
});

const part = (min: number, max: number) => fc.integer({ min, max });

Deno.test("formatDateTime() then parseDateTime() gives the same value", () => {
  const parts = fc.tuple(part(1, 9999), part(1, 12), part(1, 28), part(0, 23), part(0, 59), part(0, 60));
  const fraction = fc.stringMatching(/^\d{1,6}$/);
  const offset = fc.option(part(-720, 840), { nil: undefined });
  fc.assert(
    fc.property(parts, fraction, offset, part(1, 7), ([year, ...rest], fraction, offset, precision) => {
      const all = [["month", rest[0]], ["day", rest[1]], ["hour", rest[2]], ["minute", rest[3]], ["second", rest[4]]];
      const kept = [...all, ["fraction", fraction]].slice(0, precision - 1);
      const value: DicomDateTime = { year, ...Object.fromEntries(kept), ...(offset !== undefined && { offset }) };
      assert.deepEqual(parseDateTime(formatDateTime(value)), value);
      if (value.day !== undefined) {
        const { month = 1, day } = value;
        const date: DicomDate = { year, month, day };
        assert.deepEqual(parseDate(formatDate(date)), date);
      }
    }),
    { seed: 42 },
  );
});

Deno.test("parse functions take any text, and give an error or a value that is written the same way", () => {
  const text = fc.string({ unit: fc.constantFrom(..."0123456789.:+-/ T"), maxLength: 28 });
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(text, fc.stringMatching(/^\d{2,14}$/)), (text) => {
      for (const [parse, format] of [[parseTime, formatTime], [parseDateTime, formatDateTime]] as const) {
        try {
          const value = parse(text) as DicomDateTime & { hour: number };
          const again = format(value);
          read++;
          if (!/[:]|-0000/.test(text)) assert.equal(again, text.trim());
        } catch (error) {
          assert.ok(error instanceof DataSetError);
        }
      }
    }),
    { seed: 42, numRuns: 2000 },
  );
  assert.ok(read > 100);
});
