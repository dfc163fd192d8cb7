import assert from "node:assert/strict";
import { findAttribute, findAttributeByKeyword } from "../../src/dicom/dictionary.ts";
import { findUid } from "../../src/dicom/uid_registry.ts";
import { findKey, keysOf, levelOfAttribute, tagInEntity } from "../../src/query/keys.ts";
import { findQuerySopClass, levelsOf, QUERY_LEVELS, querySopClassUid, UNIQUE_KEYS } from "../../src/query/levels.ts";
import { worklistKeys } from "../../src/query/worklist_keys.ts";

const tagOf = (keyword: string) => findAttributeByKeyword(keyword)!.tag;
const keywordOf = (tag: number) => findAttribute(tag)!.keyword;

Deno.test("unique and required keys are those of PS3.4 Tables C.6-1 to C.6-5", () => {
  const expected = {
    PATIENT: ["PatientID", "PatientName"],
    STUDY: ["StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyID"],
    SERIES: ["SeriesInstanceUID", "Modality", "SeriesNumber"],
    IMAGE: ["SOPInstanceUID", "InstanceNumber"],
  };
  for (const level of QUERY_LEVELS) {
    const keys = [...keysOf(level, "unique"), ...keysOf(level, "required")];
    assert.deepEqual(keys.map(({ tag }) => keywordOf(tag)), expected[level]);
    assert.equal(findKey(UNIQUE_KEYS[level])?.type, "unique");
  }
  const computed = QUERY_LEVELS.flatMap((level) => keysOf(level)).filter((key) => key.computed);
  assert.equal(computed.length, 8);
});

Deno.test("attributes of no table belong to a level by their group", () => {
  const levels: [string, string | undefined][] = [
    ["PatientBirthName", "PATIENT"],
    ["ClinicalTrialProtocolID", "STUDY"],
    ["SliceThickness", "IMAGE"],
    ["RetrieveAETitle", undefined],
    ["ModalitiesInStudy", "STUDY"],
  ];
  for (const [keyword, level] of levels) assert.equal(levelOfAttribute(tagOf(keyword)), level, keyword);
});

Deno.test("tagInEntity() knows what an entity can't have, and what is meant by Modality at the STUDY level", () => {
  assert.equal(tagInEntity(tagOf("Modality"), "STUDY"), tagOf("ModalitiesInStudy"));
  assert.equal(tagInEntity(tagOf("SOPClassUID"), "STUDY"), tagOf("SOPClassesInStudy"));
  assert.equal(tagInEntity(tagOf("Modality"), "SERIES"), tagOf("Modality"));
  assert.equal(tagInEntity(tagOf("Modality"), "PATIENT"), undefined);
  assert.equal(tagInEntity(tagOf("SeriesDescription"), "STUDY"), undefined);
  assert.equal(tagInEntity(tagOf("RetrieveAETitle"), "PATIENT"), tagOf("RetrieveAETitle"));
});

Deno.test("findQuerySopClass() and querySopClassUid() agree, and with the registry of UIDs", () => {
  for (const model of ["patient-root", "study-root", "patient-study-only"] as const) {
    for (const operation of ["find", "move", "get"] as const) {
      const uid = querySopClassUid(model, operation)!;
      assert.deepEqual(findQuerySopClass(uid), { model, operation });
      const name = findUid(uid)!.name.toLowerCase().replaceAll(/[ /]/g, "-");
      assert.ok(name.startsWith(model) && name.endsWith(operation), name);
    }
    assert.ok(levelsOf(model).length > 1);
  }
  assert.equal(querySopClassUid("worklist", "find"), "1.2.840.10008.5.1.4.31");
  assert.equal(querySopClassUid("worklist", "move"), undefined);
  assert.equal(findQuerySopClass("1.2.840.10008.1.1"), undefined);
});

Deno.test("the keys of the worklist are those of PS3.4 Table K.6-1", () => {
  const required = worklistKeys().filter(({ matching }) => matching === "required");
  const paths = required.map(({ path }) => path.map(keywordOf).join("."));
  assert.deepEqual(paths, [
    "ScheduledProcedureStepSequence",
    "ScheduledProcedureStepSequence.ScheduledStationAETitle",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime",
    "ScheduledProcedureStepSequence.Modality",
    "ScheduledProcedureStepSequence.ScheduledPerformingPhysicianName",
    "PatientName",
    "PatientID",
  ]);
  const deepest = worklistKeys().find(({ path }) => path.length === 3)!;
  assert.deepEqual(deepest.path.map(keywordOf), [
    "ScheduledProcedureStepSequence",
    "ScheduledProtocolCodeSequence",
    "CodeValue",
  ]);
  for (const { path, returning } of worklistKeys()) {
    assert.match(returning, /^(1|1C|2|2C|3)$/);
    for (const [index, tag] of path.entries()) {
      assert.equal(findAttribute(tag)!.vr === "SQ", index < path.length - 1 || findAttribute(tag)!.vr === "SQ");
    }
  }
});
