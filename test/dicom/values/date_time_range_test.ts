import assert from "node:assert/strict";
import fc from "fast-check";
import { type DicomDate, parseDate, parseDateTime, parseTime } from "../../../src/dicom/values/date_time.ts";
import {
  formatDateRange,
  formatDateTimeRange,
  formatTimeRange,
  isInRange,
  parseDateRange,
  parseDateTimeRange,
  parseTimeRange,
} from "../../../src/dicom/values/date_time_range.ts";
import { DataSetError } from "../../../src/errors.ts";

Deno.test("parseDateRange() reads both ends, either end, and a single day", () => {
  const from = { year: 2024, month: 1, day: 1 };
  const to = { year: 2024, month: 12, day: 31 };
  assert.deepEqual(parseDateRange("20240101-20241231"), { from, to });
  assert.deepEqual(parseDateRange("20240101-"), { from });
  assert.deepEqual(parseDateRange("-20241231 "), { to });
  assert.deepEqual(parseDateRange("20240101"), { from, to: from });
  const warnings: string[] = [];
  assert.deepEqual(parseDateRange("2024.01.01 - 2024.12.31", { warn: (message) => warnings.push(message) }), {
    from,
    to,
  });
  assert.equal(warnings.length, 2);
});

Deno.test("parseTimeRange() keeps the precision of each end", () => {
  assert.deepEqual(parseTimeRange("10-1130"), { from: { hour: 10 }, to: { hour: 11, minute: 30 } });
  assert.deepEqual(parseTimeRange("101112.5-"), { from: { hour: 10, minute: 11, second: 12, fraction: "5" } });
});

Deno.test("range parsers refuse what is no range", () => {
  for (const text of ["", "-", " - ", "20240101-20240102-20240103", "2024-2025", "20240101--", "*", "a-b"]) {
    assert.throws(() => parseDateRange(text), DataSetError, text);
  }
  for (const text of ["", "-", "10-11-12", "--10"]) assert.throws(() => parseTimeRange(text), DataSetError, text);
  for (const text of ["", "-", "--2020", "2020--", "2020-2021-2022", "2020-1", "2020--0500-"]) {
    assert.throws(() => parseDateTimeRange(text), DataSetError, text);
  }
});

/** Texts of DT with the values that they part into; `null` is an open end. */
const DATE_TIME_RANGES: readonly [string, string | null, string | null][] = [
  ["2020-2021", "2020", "2021"],
  ["2020-", "2020", null],
  ["-2020", null, "2020"],
  ["2020-0500", "2020-0500", "2020-0500"],
  ["2020-0500-", "2020-0500", null],
  ["-2020-0500", null, "2020-0500"],
  ["2020-2021-0500", "2020", "2021-0500"],
  ["2020-0500-2021", "2020-0500", "2021"],
  ["2020-0500-2021-1200", "2020-0500", "2021-1200"],
  ["2020+0100-2021+1400", "2020+0100", "2021+1400"],
  ["20200101-20201231", "20200101", "20201231"],
  ["20200101120000.5-0330-20201231-0330", "20200101120000.5-0330", "20201231-0330"],
  ["-20201231", null, "20201231"],
];

Deno.test("parseDateTimeRange() tells the hyphen of a range from that of an offset", () => {
  for (const [text, from, to] of DATE_TIME_RANGES) {
    const range = {
      ...(from !== null && { from: parseDateTime(from) }),
      ...(to !== null && { to: parseDateTime(to) }),
    };
    assert.deepEqual(parseDateTimeRange(text), range, text);
    assert.equal(formatDateTimeRange(range), text);
  }
});

Deno.test("format functions write what parse functions read", () => {
  for (const text of ["20240101-20241231", "20240101-", "-20241231", "20240101"]) {
    assert.equal(formatDateRange(parseDateRange(text)), text);
  }
  for (const text of ["10-1130", "101112.50-", "-07"]) assert.equal(formatTimeRange(parseTimeRange(text)), text);
  assert.throws(() => formatDateRange({}), DataSetError);
});

Deno.test("isInRange() includes both ends, to the precision that they have", () => {
  const inTime = (value: string, range: string) => isInRange(parseTime(value), parseTimeRange(range));
  assert.ok(inTime("100000", "10-11"));
  assert.ok(inTime("115959.999999", "10-11"));
  assert.ok(!inTime("120000", "10-11"));
  assert.ok(!inTime("095959", "10-11"));
  assert.ok(inTime("10", "1030-1100"), "a value without minutes may be in the range");
  assert.ok(inTime("10", "10"));
  const inDates = (value: string, range: string) => isInRange(parseDate(value), parseDateRange(range));
  assert.ok(inDates("20240229", "-20240229"));
  assert.ok(!inDates("20240301", "-20240229"));
  assert.ok(!inDates("20240228", "20240229-"));
});

Deno.test("isInRange() compares moments, whatever their offsets", () => {
  const range = parseDateTimeRange("20240101000000+0000-20240101235959+0000");
  assert.ok(isInRange(parseDateTime("20240102003000+0100"), range));
  assert.ok(!isInRange(parseDateTime("20240102003000"), range));
  assert.ok(isInRange(parseDateTime("20240102003000"), range, { offset: 60 }));
  assert.ok(isInRange(parseDateTime("202402"), parseDateTimeRange("20240229-")));
  assert.ok(!isInRange(parseDateTime("202302"), parseDateTimeRange("20230301-")));
});

Deno.test("isInRange() orders days as their texts are ordered", () => {
  const day = fc.record({
    year: fc.integer({ min: 1, max: 9999 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
  });
  const text = (date: DicomDate) => formatDateRange({ from: date, to: date });
  fc.assert(
    fc.property(day, day, day, (value, from, to) => {
      assert.equal(isInRange(value, { from, to }), text(from) <= text(value) && text(value) <= text(to));
    }),
    { seed: 42 },
  );
});
