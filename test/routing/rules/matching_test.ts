/** What rules match: asked of a data set, and of what an archive collects of it on the way in. */

import assert from "node:assert/strict";
import { AttributeCollector } from "../../../src/archive/attribute_collector.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { keptLevels } from "../../../src/index/kept_attributes.ts";
import { subjectOf } from "../../../src/routing/routes.ts";
import { compileRules } from "../../../src/routing/rules/compiled_rules.ts";
import type { Condition } from "../../../src/routing/rules/rule.ts";
import type { RoutingSubject } from "../../../src/routing/rules/subject_values.ts";
import { type Attributes, dataSetOf } from "../../query/data_sets.ts";
import { MATCHING_CASES } from "./matching_cases.ts";

const FACTS = { sopClassUid: UID.CTImageStorage, transferSyntax: UID.ExplicitVRLittleEndian };

function rulesOf(when: Condition) {
  return compileRules({ routes: [{ name: "rule", when, to: "PACS" }] });
}

/** The instance as the archive hands it over. */
function collected(
  attributes: Attributes,
  wanted: ReadonlySet<number>,
  facts: Partial<RoutingSubject>,
): RoutingSubject {
  const collector = new AttributeCollector({
    transferSyntax: UID.ExplicitVRLittleEndian,
    identity: new Set(),
    kept: keptLevels(),
    wanted,
  });
  collector.push(dataSetOf(attributes).encode(UID.ExplicitVRLittleEndian) as Uint8Array);
  collector.end();
  const { sopClassUid = FACTS.sopClassUid, callingAeTitle = "", way = "other", ...origin } = facts;
  const instance = {
    ...{ sopClassUid, sopInstanceUid: "1.2.3.4", seriesInstanceUid: "1.2.3", patientId: "" },
    ...{ studyInstanceUid: String(attributes["StudyInstanceUID"] ?? ""), transferSyntax: UID.ExplicitVRLittleEndian },
    ...{ name: "n", size: 1, dataSetOffset: 0, receivedAt: 0, sourceAeTitle: callingAeTitle, serial: 1 },
  };
  const attributesKept = collector.finish();
  const routed = { instance, attributes: attributesKept, wanted: collector.wanted, origin: { ...origin, way } };
  return subjectOf(routed as Parameters<typeof subjectOf>[0], wanted);
}

for (const [condition, attributes, isMeant, facts = {}] of MATCHING_CASES) {
  const what = JSON.stringify({ ...attributes, ...facts });
  Deno.test(`${JSON.stringify(condition)} ${isMeant ? "matches" : "does not match"} ${what}`, () => {
    const rules = rulesOf(condition);
    const subject = { ...FACTS, ...facts, dataSet: dataSetOf(attributes) };
    for (const each of [subject, collected(attributes, rules.attributes, facts)]) {
      assert.equal(rules.decide(each).routes.length === 1, isMeant);
      const { rules: [explained] } = rules.explain(each);
      assert.equal(explained!.outcome, isMeant ? "matches" : "does-not-match");
      assert.ok(explained!.decided.length > 0);
    }
  });
}

Deno.test("there are enough cases", () => assert.ok(MATCHING_CASES.length >= 80));

Deno.test("rules say which attributes they need: those, and what says what they mean", () => {
  const attributes = (when: Condition) => [...rulesOf(when).attributes].sort((one, other) => one - other);
  assert.deepEqual(attributes({ callingAeTitle: "CT1", sopClass: "CTImageStorage" }), []);
  assert.deepEqual(attributes({ Modality: "CT", "RequestAttributesSequence[*].RequestedProcedureID": "1" }), [
    0x0008_0005,
    0x0008_0060,
    0x0008_0201,
    0x0040_0275,
  ]);
  assert.equal(attributes({ '(0009,"ACME 1.1",01)': "x" }).length, 2 + 2 * 240);
  assert.deepEqual([...compileRules({ routes: [{ name: "all", to: "PACS" }] }).attributes], []);
});

Deno.test("the first rule that matches counts, or all do; where none does, what the rules say", () => {
  const routes = [
    { name: "ct", when: { Modality: "CT" }, to: "A" },
    { name: "contrast", when: { ContrastBolusAgent: { present: true } }, to: ["B", "C"] },
    { name: "rest", when: { not: { Modality: "MR" } }, to: "D" },
  ] as const;
  const decide = (match: "first" | "all", attributes: Attributes) => {
    const rules = compileRules({ routes, match, otherwise: "hold" });
    const subject = { ...FACTS, dataSet: dataSetOf(attributes) };
    const { routes: counting, otherwise } = rules.decide(subject);
    assert.deepEqual(rules.explain(subject).routes, counting);
    return [...counting.map(({ name }) => name), otherwise];
  };
  assert.deepEqual(decide("all", { Modality: "CT", ContrastBolusAgent: "x" }), ["ct", "contrast", "rest", undefined]);
  assert.deepEqual(decide("first", { Modality: "CT", ContrastBolusAgent: "x" }), ["ct", undefined]);
  assert.deepEqual(decide("first", { Modality: "US" }), ["rest", undefined]);
  assert.deepEqual(decide("all", { Modality: "MR" }), ["hold"]);
});

Deno.test("an explanation names the predicates that decided, by their places", () => {
  const when: Condition = {
    Modality: ["CT", "PT"],
    any: [{ PatientAge: { range: { to: "017Y" } } }, { StudyDescription: { regex: "(?i)child" } }],
    not: { AccessionNumber: { present: false } },
  };
  const decided = (attributes: Attributes) =>
    rulesOf(when).explain({ ...FACTS, dataSet: dataSetOf(attributes) }).rules[0]!.decided
      .map(({ place, text, holds, present }) => `${place}: ${text}: ${holds}${present ? "" : ", nothing is there"}`);
  assert.deepEqual(decided({ Modality: "MR" }), ["when.Modality: Modality is one of CT, PT: false"]);
  assert.deepEqual(decided({ Modality: "CT", PatientAge: "040Y" }), [
    "when.any[0].PatientAge.range: PatientAge is to 017Y: false",
    "when.any[1].StudyDescription.regex: StudyDescription has (?i)child in it: false, nothing is there",
  ]);
  assert.deepEqual(decided({ Modality: "CT", StudyDescription: "Children", AccessionNumber: "1" }), [
    "when.Modality: Modality is one of CT, PT: true",
    "when.any[1].StudyDescription.regex: StudyDescription has (?i)child in it: true",
    "when.not.AccessionNumber.present: AccessionNumber has no value: false",
  ]);
});
