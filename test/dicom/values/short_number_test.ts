import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDecimalString, parseIntegerString } from "../../../src/dicom/values/decimal.ts";
import { readShortNumbers } from "../../../src/dicom/values/short_number.ts";

function read(text: string, vr: "DS" | "IS"): number[] | undefined {
  const source = new TextEncoder().encode(`1\\${text}2`);
  const length = source.length - 3;
  return readShortNumbers({ source, start: 2, length, bytes: source.subarray(2, 2 + length) }, vr);
}

const number = fc.stringMatching(/^ ?-?\d{0,9}\.?\d{0,9} ?$/);
const nearlyANumber = fc.stringMatching(/^[-+0-9.eE ]{0,18}$/);
const texts = fc.array(fc.oneof({ arbitrary: number, weight: 4 }, nearlyANumber), { minLength: 1, maxLength: 6 });

Deno.test("readShortNumbers() gives what the parse functions give, or undefined", () => {
  let found = 0;
  const property = fc.property(texts, (values) => {
    const text = values.join("\\");
    const decimals = read(text, "DS");
    if (decimals !== undefined) {
      assert.deepEqual(
        decimals,
        values.map((value) => parseDecimalString(value).value),
        text,
      );
    }
    const integers = read(text, "IS");
    if (integers !== undefined) {
      assert.deepEqual(
        integers,
        values.map((value) => parseIntegerString(value).value),
        text,
      );
    }
    if (decimals !== undefined) found++;
  });
  fc.assert(property, { seed: 42, numRuns: 5000 });
  assert.equal(found > 1000, true);
});

Deno.test("readShortNumbers() knows up to 15 digits, without an exponent", () => {
  for (const text of ["0", "-0", "1.", ".5", "-.25", "00012", "123456789012345", "0.00000000000001", " 7 "]) {
    assert.deepEqual(read(text, "DS"), [Number(text)], text);
  }
  for (
    const text of ["", "-", ".", "--1", "1.2.3", "+1", "1e5", "1 2", "1\0", "1234567890123456", "0.000000000000001"]
  ) {
    assert.equal(read(text, "DS"), undefined, text);
  }
  assert.deepEqual(read("-125.0\\0.488281 ", "DS"), [-125, 0.488281]);
  assert.deepEqual(read("-0\\12", "IS"), [0, 12]);
  assert.equal(read("1.0", "IS"), undefined);
  assert.equal(read("1\\\\2", "IS"), undefined);
});
