import assert from "node:assert/strict";
import { reading } from "./reading.ts";
import fc from "fast-check";
import {
  formatDecimalString,
  formatIntegerString,
  isExactNumber,
  parseDecimalString,
  parseIntegerString,
} from "../../../src/dicom/values/decimal.ts";
import { DataSetError } from "../../../src/errors.ts";

Deno.test("parseDecimalString() keeps the text and gives the number", () => {
  const texts = ["1", "-1.50", "+.5", "5.", "1e3", "1.0E-05", "-0", "00012", "0.1234567890123"];
  for (const text of texts) {
    assert.deepEqual(reading(parseDecimalString, text), [{ text, value: Number(text) }, []]);
    assert.deepEqual(reading(parseDecimalString, ` ${text} `)[0].text, text);
  }
  assert.equal(parseDecimalString("1e999").value, Infinity);
  assert.deepEqual(reading(parseDecimalString, "3.14159265358979323846"), [
    { text: "3.14159265358979323846", value: Math.PI },
    ['"3.14159265358979323846" has 22 characters, more than 16'],
  ]);
});

Deno.test("parseDecimalString() refuses what is no number", () => {
  for (const text of ["", " ", ".", "1,5", "1e", "e5", "1.2.3", "0x10", "NaN", "Infinity", "1 2", "1\\2", "--1", "٣"]) {
    assert.throws(() => parseDecimalString(text), DataSetError, text);
  }
  assert.throws(() => parseDecimalString("1,5"), {
    message: 'Cannot read "1,5" as a decimal string',
    expected: "digits with an optional sign, point and exponent",
  });
});

Deno.test("parseDecimalString() refuses a long wrong text at once", () => {
  const started = performance.now();
  assert.throws(() => parseDecimalString("1".repeat(1_000_000) + "x"), DataSetError);
  assert.ok(performance.now() - started < 1000);
});

Deno.test("parseIntegerString() gives integers, and takes common faults with a warning", () => {
  assert.deepEqual(reading(parseIntegerString, "-2147483648 "), [{ text: "-2147483648", value: -2147483648 }, []]);
  assert.deepEqual(reading(parseIntegerString, "+007"), [{ text: "+007", value: 7 }, []]);
  assert.deepEqual(reading(parseIntegerString, "-0"), [{ text: "-0", value: 0 }, []]);
  assert.deepEqual(reading(parseIntegerString, "3.00"), [
    { text: "3.00", value: 3 },
    ['"3.00" has a fraction, which an integer string has not'],
  ]);
  assert.deepEqual(reading(parseIntegerString, "4294967295")[1], [
    '"4294967295" is not between -2147483648 and 2147483647',
  ]);
  assert.deepEqual(reading(parseIntegerString, "0000000000001")[1].length, 1);
  for (const text of ["", "1.5", "1e3", "a", "1\\2", "0x1"]) {
    assert.throws(() => parseIntegerString(text), DataSetError, text);
  }
});

Deno.test("formatDecimalString() writes at most 16 characters, with as many digits as fit", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "0"],
    [1.5, "1.5"],
    [0.1 + 0.2, "0.3"],
    [1 / 3, "0.33333333333333"],
    [-1 / 3, "-0.3333333333333"],
    [Math.PI, "3.14159265358979"],
    [1e21, "1e21"],
    [123456789012345680000, "1.23456789012e20"],
    [1234567890123456, "1234567890123456"],
    [-1234567890123456, "-1.2345678901e15"],
    [1.2345678901234567e-7, "1.23456789012e-7"],
    [0.000001234567890123, "1.23456789012e-6"],
    [5e-324, "5e-324"],
    [Number.MAX_VALUE, "1.79769313e308"],
    [99999999999999990, "1e17"],
  ];
  for (const [value, text] of cases) assert.equal(formatDecimalString(value), text);
  for (const value of [NaN, Infinity, -Infinity]) assert.throws(() => formatDecimalString(value), DataSetError);
});

Deno.test("formatDecimalString() gives a legal value that is near the number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = formatDecimalString(value);
      const read = parseDecimalString(text, {
        warn: (message) => {
          throw new Error(message);
        },
      });
      assert.ok(Math.abs(read.value - value) <= Math.abs(value) * 1e-8 || Math.abs(value) < 1e-300, text);
      if (String(value).length <= 15) assert.equal(read.value, value === 0 ? 0 : value);
    }),
    { seed: 42, numRuns: 1000 },
  );
});

Deno.test("formatIntegerString() refuses what is no 32-bit integer", () => {
  assert.equal(formatIntegerString(2147483647), "2147483647");
  assert.equal(formatIntegerString(-2147483648), "-2147483648");
  assert.equal(formatIntegerString(-0), "0");
  for (const value of [2147483648, -2147483649, 1.5, NaN, Infinity]) {
    assert.throws(() => formatIntegerString(value), DataSetError);
  }
});

Deno.test("isExactNumber() tells whether a JSON number would lose digits", () => {
  for (const text of ["0", "-0.0", "1.50", "0.1", "1e5", "100000", "1E-7", ".5", "9007199254740992", "+12", " 7 "]) {
    assert.ok(isExactNumber(text), text);
  }
  for (
    const text of ["9007199254740993", "0.12345678901234567", "1e999", "1e-400", "", "abc", "3.14159265358979323846"]
  ) {
    assert.ok(!isExactNumber(text), text);
  }
});
