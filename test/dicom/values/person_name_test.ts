import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatPersonName,
  parsePersonName,
  type PersonName,
  type PersonNameComponents,
} from "../../../src/dicom/values/person_name.ts";
import { DataSetError } from "../../../src/errors.ts";

const EMPTY: PersonNameComponents = { familyName: "", givenName: "", middleName: "", namePrefix: "", nameSuffix: "" };

function parse(text: string): { name: PersonName; warnings: string[] } {
  const warnings: string[] = [];
  return { name: parsePersonName(text, { warn: (message) => warnings.push(message) }), warnings };
}

Deno.test("parsePersonName() reads the examples of PS3.5 6.2.1.1", () => {
  assert.deepEqual(parse("Adams^John Robert Quincy^^Rev.^B.A. M.Div."), {
    name: {
      alphabetic: {
        familyName: "Adams",
        givenName: "John Robert Quincy",
        middleName: "",
        namePrefix: "Rev.",
        nameSuffix: "B.A. M.Div.",
      },
    },
    warnings: [],
  });
  assert.deepEqual(parse("ABC Farms^Running on Water").name.alphabetic?.givenName, "Running on Water");
  assert.deepEqual(parse("Yamada^Tarou=山田^太郎=やまだ^たろう"), {
    name: {
      alphabetic: { ...EMPTY, familyName: "Yamada", givenName: "Tarou" },
      ideographic: { ...EMPTY, familyName: "山田", givenName: "太郎" },
      phonetic: { ...EMPTY, familyName: "やまだ", givenName: "たろう" },
    },
    warnings: [],
  });
});

Deno.test("parsePersonName() leaves out empty groups, trailing delimiters and spaces", () => {
  assert.deepEqual(parse(""), { name: {}, warnings: [] });
  assert.deepEqual(parse(" ^^ = ^ ="), { name: {}, warnings: [] });
  assert.deepEqual(parse("=山田"), { name: { ideographic: { ...EMPTY, familyName: "山田" } }, warnings: [] });
  assert.deepEqual(parse(" Doe ^ Jane ^^^^ "), {
    name: { alphabetic: { ...EMPTY, familyName: "Doe", givenName: "Jane" } },
    warnings: [],
  });
});

Deno.test("parsePersonName() keeps what is too much, with a warning", () => {
  assert.deepEqual(parse("a^b^c^d^e^f"), {
    name: { alphabetic: { familyName: "a", givenName: "b", middleName: "c", namePrefix: "d", nameSuffix: "e^f" } },
    warnings: ["the alphabetic group of a person name has 6 components, more than 5"],
  });
  assert.deepEqual(parse("a=b=c=d"), {
    name: {
      alphabetic: { ...EMPTY, familyName: "a" },
      ideographic: { ...EMPTY, familyName: "b" },
      phonetic: { ...EMPTY, familyName: "c=d" },
    },
    warnings: ['the phonetic group of a person name has a "=" too many'],
  });
  assert.deepEqual(parse("x".repeat(65)).warnings, [
    "the alphabetic group of a person name has 65 characters, more than 64",
  ]);
  assert.deepEqual(parse("𠮷".repeat(64)).warnings, [], "characters are counted, not UTF-16 units");
});

Deno.test("formatPersonName() writes no trailing delimiters", () => {
  assert.equal(formatPersonName({ alphabetic: { familyName: "Doe", namePrefix: "Dr." } }), "Doe^^^Dr.");
  assert.equal(formatPersonName({ ideographic: { familyName: "山田" } }), "=山田");
  assert.equal(formatPersonName({ alphabetic: { familyName: "a" }, phonetic: { givenName: "b" } }), "a==^b");
  assert.equal(formatPersonName({}), "");
  assert.equal(formatPersonName({ alphabetic: {} }), "");
});

Deno.test("formatPersonName() refuses delimiters, control characters and long groups", () => {
  for (const familyName of ["a^b", "a=b", "a\\b", "a\nb", "a\x1bb"]) {
    assert.throws(() => formatPersonName({ alphabetic: { familyName } }), DataSetError);
  }
  assert.throws(() => formatPersonName({ phonetic: { familyName: "x".repeat(60), givenName: "abcd" } }), {
    message: "Cannot format a person name: the phonetic group has 65 characters",
    expected: "at most 64 characters",
  });
});

Deno.test("formatPersonName() then parsePersonName() gives the same name", () => {
  const component = fc.string({ unit: fc.constantFrom(..."aé山. -"), maxLength: 12 }).map((text) => text.trim());
  const group = fc.record({
    familyName: component,
    givenName: component,
    middleName: component,
    namePrefix: component,
    nameSuffix: component,
  }, { noNullPrototype: true }).filter((group) => Object.values(group).some((each) => each !== ""));
  const name = fc.record({ alphabetic: group, ideographic: group, phonetic: group }, {
    requiredKeys: [],
    noNullPrototype: true,
  });
  fc.assert(fc.property(name, (name) => assert.deepEqual(parsePersonName(formatPersonName(name)), name)), { seed: 42 });
});
