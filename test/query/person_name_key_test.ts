import assert from "node:assert/strict";
import fc from "fast-check";
import { foldName, nameGroups, nameTest, parseNameKey } from "../../src/query/person_name_key.ts";

Deno.test("foldName() takes off accents and case, and nothing that makes another letter", () => {
  const folded: [string, string][] = [
    ["Müller", "MULLER"],
    ["Mu\u0308ller", "MULLER"],
    ["Groß", "GROSS"],
    ["Łukasz Øster Đoko", "LUKASZ OSTER DOKO"],
    ["İstanbul ılık", "ISTANBUL ILIK"],
    ["Ångström", "ANGSTROM"],
    ["Διονύσιος", "ΔΙΟΝΥΣΙΟΣ"],
    ["Ёлкин", "ЕЛКИН"],
    ["がぎ", "がぎ"],
    ["홍길동", "홍길동"],
    ["山田", "山田"],
    ["สมชาย ใจดี", "สมชาย ใจดี"],
    ["שָׁלוֹם", "שלום"],
  ];
  for (const [text, expected] of folded) assert.equal(foldName(text), expected);
});

Deno.test("foldName() folded once is folded for good", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(foldName(foldName(text)), foldName(text));
    }),
    { seed: 42, numRuns: 5000 },
  );
});

Deno.test("nameGroups() gives the same for names that differ in padding, case and empty components", () => {
  for (const name of ["Smith^Anna", "SMITH^ANNA^^^", " smith ^ anna ", "Smith^Anna==", "Smith^Anna^= ^="]) {
    assert.deepEqual(nameGroups(name), ["SMITH^ANNA"], name);
  }
  assert.deepEqual(nameGroups(""), []);
  assert.deepEqual(nameGroups("=山田^太郎"), ["", "山田^太郎"]);
});

const component = fc.string({ unit: fc.constantFrom("a", "B", "ä", " ", "-"), maxLength: 5 });
const group = fc.array(component, { maxLength: 5 }).map((components) => components.join("^"));
const name = fc.array(group, { minLength: 1, maxLength: 3 }).map((groups) => groups.join("="));

Deno.test("a name is found by itself, in capitals, by each of its groups, and by its beginning", () => {
  fc.assert(
    fc.property(name, (name) => {
      const stored = nameGroups(name);
      for (const text of [name, name.toUpperCase(), ...name.split("=")]) {
        for (const mode of ["literal", "component-prefix", "fuzzy"] as const) {
          const key = parseNameKey(text, mode);
          assert.ok(key === undefined || nameTest(key)(stored), `${mode}: ${text} in ${name}`);
        }
      }
      const beginning = parseNameKey(`${name.split("=")[0]!.trimEnd()}*`, "literal");
      assert.ok(beginning === undefined || nameTest(beginning)(stored), `${name}*`);
    }),
    { seed: 42, numRuns: 5000 },
  );
});
