/** What is wrong with rules, by path, and what was likely meant. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { compileRules } from "../../../src/routing/rules/compiled_rules.ts";
import { readRules } from "../../../src/routing/rules/read_rules.ts";
import type { RoutingRules } from "../../../src/routing/rules/rule.ts";
import { RoutingRulesError } from "../../../src/routing/rules/rule_problem.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";

function problemsOf(rule: object, others: readonly object[] = [], match: "all" | "first" = "all"): string[] {
  const routes = [{ name: "a", to: "PACS", ...rule }, ...others];
  const { problems } = readRules({ routes, match, otherwise: "keep" });
  return problems.map(({ path, found, expected, unknown }) =>
    `${path.join(".")}: ${found ?? ""} | ${expected}${unknown === undefined ? "" : ` (${unknown.word})`}`
  );
}

/** Whether one problem is as expected, and there is no other. */
function assertProblem(problems: readonly string[], pattern: RegExp): void {
  assert.equal(problems.length, 1, problems.join("\n"));
  assert.match(problems[0]!, pattern);
}

const CONDITIONS: readonly (readonly [when: unknown, problem: RegExp])[] = [
  ["CT", /^routes\.0\.when: .*a mapping/],
  [null, /^routes\.0\.when: /],
  [["CT"], /^routes\.0\.when: /],
  [{}, /at least one condition/],
  [{ Modalty: "CT" }, /^routes\.0\.when\.Modalty: no keyword or tag .*\(Modalty\)$/],
  [{ callingAETitle: "CT" }, /\(callingAETitle\)$/],
  [{ equals: "CT" }, /equals without what it is about/],
  [{ "RequestAttributesSequence.RequestedProcedureID": "1" }, /no index in brackets/],
  [{ "RequestAttributesSequence[0]": "1" }, /an item, which has no value/],
  [{ "RequestAttributesSequence[0].Nothing": "1" }, /\(Nothing\)$/],
  [{ PixelData: { present: true } }, /not read on the way in/],
  [{ "(0002,0010)": "1" }, /not read on the way in/],
  [{ RequestAttributesSequence: "1" }, /present: true or false, since SQ/],
  [{ Modality: {} }, /at least one of equals/],
  [{ Modality: null }, /text, a number, a list/],
  [{ Modality: [] }, /a list of 1 to 1000/],
  [{ Modality: [["CT"]] }, /a list of 1 to 1000/],
  [{ Modality: "" }, /text, a number, a list/],
  [{ Modality: { equal: "CT" } }, /^routes\.0\.when\.Modality\.equal: an unknown predicate .*\(equal\)$/],
  [{ Modality: { present: "yes" } }, /true or false/],
  [{ Modality: { range: { from: "A" } } }, /CS has no order/],
  [{ Modality: { range: {} } }, /from and to/],
  [{ SeriesNumber: { range: { from: 2, to: 1 } } }, /does not end before it begins/],
  [{ SeriesNumber: { range: { min: 2 } } }, /\(min\)$/],
  [{ SeriesNumber: "seven" }, /a number: IS/],
  [{ SeriesNumber: "7*" }, /a number, or a range/],
  [{ SeriesNumber: { regex: "7" } }, /equals, in or range/],
  [{ StationName: 7 }, /text in quotation marks, such as "7"/],
  [{ StudyDate: "tomorrow" }, /a date such as/],
  [{ StudyTime: "8 o'clock" }, /a time in quotation marks/],
  [{ StudyDate: { range: { from: "20250201", to: "20250101" } } }, /does not end before/],
  [{ PatientAge: { range: { to: 18 } } }, /an age such as "018Y"/],
  [{ PatientName: { equals: "Smith*" } }, /without wild cards/],
  [{ StudyDescription: { regex: "(" } }, /\( without \) at character 1/],
  [{ PatientAge: "17" }, /an age such as "018Y"/],
  [{ PatientAge: 17 }, /17/],
  [{ Modality: "ct" }, /"CT", since CS has no small letters/],
  [{ Modality: { in: ["CT", "mr"] } }, /"MR", since CS has no small letters/],
  [{ Modality: { not: "c*" } }, /"C\*"/],
  [{ StudyDescription: { regex: "(?=a)" } }, /assertions/],
  [{ StudyDescription: { regex: "a".repeat(2000) } }, /at most 1024/],
  [{ StudyDescription: "a".repeat(2000) }, /at most 1024 characters/],
  [{ address: "10.0.0.0/99" }, /an IP address or a network/],
  [{ callingAeTitle: "A TITLE THAT IS TOO LONG" }, /1 to 16 characters/],
  [{ sopClass: "CTImagStorage" }, /a SOP Class UID.*\(CTImagStorage\)$/],
  [{ sopClass: "ExplicitVRLittleEndian" }, /a SOP Class UID/],
  [{ transferSyntax: "JPEG" }, /a transfer syntax UID.*\(JPEG\)$/],
  [{ way: "STOW" }, /C-STORE or STOW-RS or other \(STOW\)$/],
  [{ all: { Modality: "CT" } }, /a list of 1 to 1000 conditions/],
  [{ any: [] }, /a list of 1 to 1000 conditions/],
  [{ any: [{ Modality: "CT" }, { Modalty: "CT" }] }, /^routes\.0\.when\.any\.1\.Modalty/],
  [{ not: [{ Modality: "CT" }] }, /^routes\.0\.when\.not: .*a mapping/],
];

for (const [when, problem] of CONDITIONS) {
  const shown = JSON.stringify(when);
  Deno.test(`a condition ${shown.slice(0, 80)} is refused, by its path`, () =>
    assertProblem(problemsOf({ when }), problem));
}

const RULES: readonly (readonly [rule: object, problem: RegExp])[] = [
  [{ name: "" }, /^routes\.0\.name: /],
  [{ name: "a/b" }, /^routes\.0\.name: /],
  [{ nam: "x" }, /^routes\.0\.nam: an unknown key .*\(nam\)$/],
  [{ to: [] }, /^routes\.0\.to: /],
  [{ to: ["PACS", "PACS"] }, /^routes\.0\.to\.1: .*not in the list already/],
  [{ to: { first: ["PACS"] } }, /^routes\.0\.to: /],
  [{ to: { firstOf: ["PACS"] } }, /^routes\.0\.to\.firstOf: .*one name.*two or more/],
  [{ to: { firstOf: ["PACS", "../x"] } }, /^routes\.0\.to\.firstOf\.1: /],
  [{ to: 7 }, /^routes\.0\.to: /],
  [{ unit: "patient" }, /instance or series or study \(patient\)$/],
  [{ acknowledge: "delivered" }, /delivered-any or delivered-all or committed \(delivered\)$/],
  [{ acknowledge: "delivered-all", unit: "study" }, /^routes\.0\.acknowledge: .*the sender would wait/],
  [{ acknowledge: "committed", schedule: { hours: "20:00-06:00" } }, /the sender would wait/],
  [{ priority: 1 }, /high or medium or low$/],
  [{ change: { remove: "x" } }, /^routes\.0\.change: .*a list/],
  [{ change: [{ remove: "x", set: {} }] }, /^routes\.0\.change\.0: .*one key/],
  [{ schedule: {} }, /hours, days, or both/],
  [{ schedule: { hours: "20-06" } }, /^routes\.0\.schedule\.hours: .*20:00-06:00/],
  [{ schedule: { hours: "06:00-06:00" } }, /two different times/],
  [{ schedule: { days: ["sonday"] } }, /^routes\.0\.schedule\.days\.0: .*\(sonday\)$/],
];

for (const [rule, problem] of RULES) {
  Deno.test(`a rule with ${JSON.stringify(rule)} is refused, by its path`, () =>
    assertProblem(problemsOf(rule), problem));
}

Deno.test("rules without effect are found: behind one for all, with the same condition, doing the same again", () => {
  const ct = { name: "ct", when: { Modality: "CT", StationName: "A" }, to: "PACS" };
  const again = { ...ct, name: "again", when: { StationName: "A", Modality: "CT" } };
  assertProblem(
    problemsOf({}, [ct], "first"),
    /^routes\.1: a rule without effect: "a" before it matches all instances/,
  );
  assertProblem(problemsOf(ct, [again], "first"), /^routes\.1: .*has the same condition/);
  assertProblem(problemsOf(ct, [again]), /^routes\.1: .*sends the same to the same destinations/);
  for (const acknowledge of ["received", "delivered-any", "delivered-all", "committed"]) {
    assert.deepEqual(problemsOf(ct, [{ ...again, acknowledge }]), [], acknowledge);
    assertProblem(problemsOf({ ...ct, acknowledge }, [{ ...again, acknowledge }]), /sends the same/);
  }
  assert.deepEqual(problemsOf({}, [ct]), []);
  assert.deepEqual(problemsOf(ct, [{ ...again, to: "DISK" }]), []);
  assert.deepEqual(problemsOf(ct, [{ ...again, change: [{ remove: "PatientName" }] }]), []);
  assert.deepEqual(problemsOf(ct, [{ name: "rest", to: "DISK" }], "first"), []);
  assertProblem(problemsOf({ name: "b" }, [{ name: "b", to: "DISK" }]), /^routes\.1\.name: .*no route before it/);
});

Deno.test("compileRules() throws with everything that is wrong, and says where", () => {
  const rules = { routes: [{ name: "a", when: { Modalty: "CT" }, to: [] }], match: "last" } as unknown as RoutingRules;
  assert.throws(() => compileRules(rules), (error) => {
    assert.ok(error instanceof RoutingRulesError);
    assert.equal(error.problems.length, 3);
    assert.match(error.message, /^Cannot use the rules: match: expected first or all; routes\[0\]\.to: /);
    return true;
  });
});

Deno.test("whatever stands in place of rules is read or refused, and never throws", () => {
  const key = fc.constantFrom(
    "name",
    "when",
    "to",
    "all",
    "any",
    "not",
    "Modality",
    "range",
    "in",
    "regex",
    "address",
    "x",
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>("CT", "*", "(", 7, -1, NaN, true, null, undefined, "__proto__"),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
    ),
  }));
  const dataSet = new DataSet({ Modality: "CT" });
  fc.assert(
    fc.property(tree, tree, (when, to) => {
      const routes = [{ name: "a", when, to }, when];
      const { problems } = readRules({ routes, match: "all", otherwise: to });
      if (problems.length > 0) return;
      compileRules({ routes } as RoutingRules).decide({ sopClassUid: "", transferSyntax: "", dataSet });
    }),
    { seed: 42, numRuns: 500 },
  );
});

Deno.test("conditions that are deep or many are refused, not followed", () => {
  let deep: object = { Modality: "CT" };
  for (let depth = 0; depth < 10_000; depth++) deep = { not: deep };
  assertProblem(problemsOf({ when: deep }), /at most 16 conditions in each other/);
  let demand: object | string = "CT";
  for (let depth = 0; depth < 10_000; depth++) demand = { not: demand };
  assert.equal(problemsOf({ when: { Modality: demand } }).length, 1);
  const path = (sequences: number) => `${"RequestAttributesSequence[0].".repeat(sequences)}Modality`;
  assert.deepEqual(problemsOf({ when: { [path(15)]: "CT" } }), []);
  assertProblem(problemsOf({ when: { [path(16)]: "CT" } }), /more than 16 steps/);
  assertProblem(problemsOf({ when: { [path(5000)]: "CT" } }), /more than 32 attributes in each other/);
  const many = Array.from({ length: 1001 }, () => ({ Modality: "CT" }));
  assertProblem(problemsOf({ when: { any: many } }), /1 to 1000/);
});
