import assert from "node:assert/strict";
import { parseCsvMap } from "../../src/transform/csv.ts";

Deno.test("parseCsvMap() reads commas or semicolons, quotes, line ends of both kinds, and a byte order mark", () => {
  assert.deepEqual([...parseCsvMap("\ufeffold;new\n1;2\n\n3;4\n")], [["1", "2"], ["3", "4"]]);
  assert.deepEqual([...parseCsvMap('a,b\r\n"x\n""y""",\r\n')], [['x\n"y"', ""]]);
  assert.deepEqual([...parseCsvMap("a,b,c\n1,2,3", { key: "c", value: "a" })], [["3", "1"]]);
  assert.deepEqual([...parseCsvMap("a,b\n1,2\n1,2\n")], [["1", "2"]]);
});

Deno.test("parseCsvMap() says what is wrong with a table, and where", () => {
  assert.throws(() => parseCsvMap("a,b\n1,2,3\n"), /record 2 has 3 fields, expected 2/);
  assert.throws(() => parseCsvMap("a,b\n1,2\n1,3\n"), /record 3 gives a key another value/);
  assert.throws(() => parseCsvMap("a,b\n", { key: "z" }), /found "a", "b", expected a column "z"/);
  assert.throws(() => parseCsvMap('a,b\n"1,2\n'), /quotation mark has no end/);
  for (const field of ['"2"3', '"2" ', '"2"\r3']) {
    assert.throws(() => parseCsvMap(`a,b\n1,${field}\n`), /text stands behind the quotation mark/, field);
  }
  assert.throws(() => parseCsvMap(""), /expected two columns/);
  assert.throws(() => parseCsvMap("a\n1\n"), /expected two columns/);
});
