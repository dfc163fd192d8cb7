/** Regular expressions: what they match, by what the platform's own say, and that none takes long. */

import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { regexTest } from "../../../../src/routing/rules/regex/linear_regex.ts";

/** Expressions of the subset, which the platform reads in the same way. */
const { regex } = fc.letrec<{ atom: string; piece: string; regex: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("a", "b", "ä", "😀", ".", "\\d", "\\w", "\\S", "[ab]", "[^a]", "[a-c1]", "\\.", "^", "$", "[\\d-]"),
    tie("regex").map((inner) => `(${inner})`),
    tie("regex").map((inner) => `(?:${inner})`),
  ),
  piece: fc.tuple(tie("atom"), fc.constantFrom("", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"))
    .map(([atom, quantifier]) => /^[\^$]$/.test(atom) ? atom : atom + quantifier),
  regex: fc.oneof(
    { depthSize: "small" },
    fc.array(tie("piece"), { maxLength: 3 }).map((pieces) => pieces.join("")),
    fc.tuple(tie("regex"), tie("regex")).map((parts) => parts.join("|")),
  ),
}));

Deno.test("an expression finds what the platform's own finds", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "1", "ä", "😀", ".", " ", "-"), { maxLength: 8 });
  fc.assert(
    fc.property(regex, fc.array(text, { minLength: 1, maxLength: 4 }), (source, texts) => {
      const test = regexTest(source);
      const expected = new RegExp(source, "u");
      for (const characters of texts) {
        const text = characters.join("");
        assert.equal(test(text), expected.test(text), `/${source}/ in ${JSON.stringify(text)}`);
      }
    }),
    { seed: 42, numRuns: 3000 },
  );
});

Deno.test("(?i) in front takes either case, in sets as well", () => {
  const cases: readonly (readonly [expression: string, text: string, isFound: boolean])[] = [
    ["(?i)head", "HEAD", true],
    ["(?i)HÄND", "händ", true],
    ["(?i)[a-c]x", "BX", true],
    ["(?i)^[^a]$", "A", false],
    ["head", "HEAD", false],
  ];
  for (const [expression, text, isFound] of cases) assert.equal(regexTest(expression)(text), isFound, expression);
});

const WRONG: readonly (readonly [expression: string, problem: RegExp])[] = [
  ["(a", /\( without \) at character 1/],
  ["a)", /\) without \(/],
  ["[a", /\[ without \]/],
  ["[]", /with nothing in it/],
  ["*a", /\* with nothing to repeat at character 1/],
  ["a**", /a quantifier behind another/],
  ["a{2,1}", /numbers that go up/],
  ["a{1001}", /to 1000 at most/],
  ["a{x}", /no quantifier/],
  ["(?=a)", /assertions/],
  ["(?<n>a)", /assertions and names/],
  ["(a)\\1", /\\1, expected/],
  ["\\bword", /\\b, expected/],
  ["a\\", /nothing behind it/],
  ["[z-a]", /from one character to a later one/],
  ["[\\D]", /in brackets/],
  ["((a{100}){100}){100}", /more than 2000 steps/],
  [`${"(".repeat(100)}a${")".repeat(100)}`, /more than 32 groups/],
];

for (const [expression, problem] of WRONG) {
  Deno.test(`the expression ${expression.slice(0, 40)} is refused`, () => {
    assert.throws(() => regexTest(expression), (error) => error instanceof SyntaxError && problem.test(error.message));
  });
}

Deno.test("expressions over which others take for ever end in time", () => {
  const long = "a".repeat(65_536);
  const bombs: readonly (readonly [expression: string, text: string, isFound: boolean])[] = [
    ["^(a+)+$", `${long.slice(1)}!`, false],
    ["^(a|a)*$", `${long.slice(1)}!`, false],
    ["^(a*)*b", long, false],
    ["(a?){200}a{200}", "a".repeat(200), true],
    ["(x+x+)+y", "x".repeat(65_536), false],
    ["[ab]*a[ab]{500}c", "ab".repeat(5_000), false],
    ["(.*)*(.*)*(.*)*z", long, false],
  ];
  for (const [expression, text, isFound] of bombs) {
    const before = performance.now();
    assert.equal(regexTest(expression)(text), isFound, expression);
    assert.ok(performance.now() - before < 5_000, expression);
  }
});

Deno.test("what is empty may be repeated as often as one likes", () => {
  const before = performance.now();
  const nothing = `${"(".repeat(20)}${"){1000}".repeat(20)}`;
  assert.equal(regexTest(`^a${nothing}b$`)("ab"), true);
  assert.equal(regexTest(`^a${nothing}b$`)("a"), false);
  assert.ok(performance.now() - before < 5_000);
});

Deno.test("a text that leads to ever new states costs no more memory than is remembered", () => {
  let seed = 1;
  const text = Array.from({ length: 8_000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 0x8000_0000;
    return seed > 0x4000_0000 ? "a" : "b";
  }).join("");
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc");
  collectGarbage();
  const before = Deno.memoryUsage().heapUsed;
  const tests = Array.from({ length: 4 }, () => regexTest("[ab]*a[ab]{400}c"));
  for (const test of tests) assert.equal(test(text), false);
  collectGarbage();
  const taken = Deno.memoryUsage().heapUsed - before;
  assert.ok(taken < 8_000_000, `${taken} bytes`);
  assert.equal(tests[0]!("aa"), false, "they are still in use");
});

Deno.test("a text of many different characters costs no more memory than is remembered", () => {
  const text = Array.from({ length: 30_000 }, (_, index) => String.fromCodePoint(0x4e00 + index % 20_000)).join("");
  assert.equal(regexTest("[^x]{3}$")(text), true);
  assert.equal(regexTest("[a-z]")(text), false);
});
