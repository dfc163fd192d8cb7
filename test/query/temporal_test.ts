import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDate, parseDateTime, parseTime } from "../../src/dicom/values/date_time.ts";
import {
  isInRange,
  parseDateRange,
  parseDateTimeRange,
  parseTimeRange,
} from "../../src/dicom/values/date_time_range.ts";
import {
  isBackwards,
  isWithin,
  parseMomentRange,
  readLooseDateRange,
  spanOf,
  type TemporalVr,
} from "../../src/query/temporal.ts";

const digits = (value: number, count = 2) => String(value).padStart(count, "0");
const date = fc.tuple(
  fc.integer({ min: 2023, max: 2025 }),
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 28 }),
)
  .map(([year, month, day]) => digits(year, 4) + digits(month) + digits(day));
const time = fc.tuple(
  fc.integer({ min: 0, max: 23 }),
  fc.constantFrom("", "00", "30", "59"),
  fc.constantFrom("", "00", "59", "30.5", "59.999999"),
).map(([hour, minute, second]) => digits(hour) + minute + (minute === "" ? "" : second));
const zone = fc.constantFrom("", "", "+0100", "-0500", "+0000");
const dateTime = fc.tuple(date, fc.option(time, { nil: "" }), zone).map((parts) => parts.join(""));

/** A value, or a range of two of them, of which either end may be open. */
function rangeOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    value,
    fc.tuple(value, value).map(([from, to]) => `${from}-${to}`),
    value.map((from) => `${from}-`),
    value.map((to) => `-${to}`),
  );
}

function inRange(stored: string, range: string, vr: TemporalVr): boolean {
  if (vr === "DA") return isInRange(parseDate(stored), parseDateRange(range));
  if (vr === "TM") return isInRange(parseTime(stored), parseTimeRange(range));
  return isInRange(parseDateTime(stored), parseDateTimeRange(range));
}

for (const [vr, value] of [["DA", date], ["TM", time], ["DT", dateTime]] as const) {
  Deno.test(`isWithin() of ${vr} agrees with isInRange()`, () => {
    const options = { ofSpan: 0, ofRange: 0 };
    fc.assert(
      fc.property(value, rangeOf(value), (stored, range) => {
        const found = isWithin(spanOf(stored, vr)!, parseMomentRange(range, vr), options);
        assert.equal(found, inRange(stored, range, vr), `${stored} in ${range}`);
      }),
      { seed: 42, numRuns: 5000 },
    );
  });
}

Deno.test("parseMomentRange() tells a single value from a range", () => {
  assert.equal(parseMomentRange("20250131", "DA").single, true);
  assert.equal(parseMomentRange("20250131-20250131", "DA").single, undefined);
  assert.equal(parseMomentRange("20250131-", "DA").single, undefined);
});

Deno.test("readLooseDateRange() reads what people write, and nothing else", () => {
  const same: [string, string][] = [
    ["2025-01-31", "20250131"],
    ["2025/01/31", "20250131"],
    ["2025-01-01 - 2025-01-31", "20250101-20250131"],
    ["2025-01-01-", "20250101-"],
    ["-2025-01-31", "-20250131"],
  ];
  for (const [loose, strict] of same) {
    assert.deepEqual(readLooseDateRange(loose), { ...parseMomentRange(strict, "DA") }, loose);
  }
  const february = readLooseDateRange("202402")!;
  assert.deepEqual(
    ["20240131", "20240201", "20240229", "20240301"].map((day) => isWithin(spanOf(day, "DA")!, february)),
    [false, true, true, false],
  );
  for (
    const text of ["", "-", "--", "today", "2025-13-01", "31.01.2025", "20250230", "1-2", "2025-01-01-2025-02-01-x"]
  ) {
    assert.equal(readLooseDateRange(text), undefined, text);
  }
});

Deno.test("isBackwards() sees by UTC that a range ends before it begins", () => {
  const backwards = ["20250201-20250101", "20250101120000+0000-20250101123000+0100"];
  const forwards = ["20250101-20250201", "20250101-", "-20250101", "20250101130000+0100-20250101123000+0000"];
  for (const text of backwards) assert.ok(isBackwards(parseMomentRange(text, "DT")), text);
  for (const text of forwards) assert.ok(!isBackwards(parseMomentRange(text, "DT")), text);
});
