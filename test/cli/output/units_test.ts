import assert from "node:assert/strict";
import { count, formatBytes, formatDuration } from "../../../src/cli/output/units.ts";

Deno.test("formatBytes() has three digits and decimal units", () => {
  const amounts = [0, 999, 1000, 1234, 12_345, 123_456, 999_499, 999_500, 2e9, 5e15];
  assert.deepEqual(amounts.map(formatBytes), [
    "0 B",
    "999 B",
    "1 kB",
    "1.23 kB",
    "12.3 kB",
    "123 kB",
    "999 kB",
    "1 MB",
    "2 GB",
    "5000 TB",
  ]);
});

Deno.test("formatDuration() has the unit that fits", () => {
  const durations = [0, 0.123, 1.234, 999.4, 999.6, 12_345, 59_949, 59_950, 245_000, 3_599_600, 7_800_000];
  assert.deepEqual(durations.map(formatDuration), [
    "0 ms",
    "0.12 ms",
    "1.23 ms",
    "999 ms",
    "1 s",
    "12.3 s",
    "59.9 s",
    "1 min 0 s",
    "4 min 5 s",
    "1 h 0 min",
    "2 h 10 min",
  ]);
});

Deno.test("count() says what people read", () => {
  assert.deepEqual([count(0, "file"), count(1, "file"), count(2, "file")], ["0 files", "1 file", "2 files"]);
});
