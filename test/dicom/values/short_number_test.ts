import { strictEqual as equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { decimalValue, integerValue, shortNumber } from "../../../src/dicom/values/short_number.ts";
import { isExactNumber, parseDecimalString, parseIntegerString } from "../../../src/dicom/values/decimal.ts";
import { DataSetError } from "../../../src/errors.ts";

const number = fc.stringMatching(/^-?\d{0,9}\.?\d{0,9}$/);
const nearlyANumber = fc.stringMatching(/^[-+0-9.eE ]{0,18}$/);

Deno.test("shortNumber() is undefined, or what Number() makes of the text, and exact", () => {
  const check = (text: string) => {
    const value = shortNumber(text);
    if (value === undefined) return;
    equal(value, Number(text), text); // tells -0 from 0
    equal(isExactNumber(text), true, text);
  };
  fc.assert(fc.property(number, check), { seed: 42, numRuns: 5000 });
  fc.assert(fc.property(nearlyANumber, check), { seed: 42, numRuns: 2000 });
});

Deno.test("shortNumber() knows up to 15 digits, without an exponent", () => {
  for (const text of ["0", "-0", "1.", ".5", "-.25", "00012", "123456789012345", "0.00000000000001"]) {
    equal(shortNumber(text), Number(text), text);
  }
  for (const text of ["", "-", ".", "--1", "1.2.3", "+1", "1e5", " 1", "1 ", "1234567890123456", "0.000000000000001"]) {
    equal(shortNumber(text), undefined, text);
  }
});

Deno.test("decimalValue() and integerValue() are what the parse functions give, errors included", () => {
  const outcome = (read: () => number): number | string => {
    try {
      return read();
    } catch (error) {
      if (error instanceof DataSetError) return error.message;
      throw error;
    }
  };
  const same = (text: string) => {
    equal(outcome(() => decimalValue(text)), outcome(() => parseDecimalString(text).value), text);
    equal(outcome(() => integerValue(text)), outcome(() => parseIntegerString(text).value), text);
  };
  fc.assert(fc.property(fc.oneof(number, nearlyANumber), same), { seed: 42, numRuns: 5000 });
  ["1.0", "1.5", "-0", "-0.", "2147483648"].forEach(same);
  throws(() => integerValue("1.5"), DataSetError);
});
