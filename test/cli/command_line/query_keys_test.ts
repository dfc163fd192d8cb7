import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { keyDataSet, readKey, shownKeys, writtenQuery } from "../../../src/cli/command_line/query_keys.ts";

const keys = (...written: string[]) => keyDataSet(written.map(readKey));

Deno.test("readKey() reads keywords, tags and paths", () => {
  const dataSet = keys(
    "PatientID=A=1",
    "(0008,0020)=20250101-20251231",
    "00080050",
    "Rows=512",
    "StudyInstanceUID=*",
    "ScheduledProcedureStepSequence[0].Modality=CT",
    "ScheduledProcedureStepSequence.ScheduledStationAETitle=CT1",
    "RequestAttributesSequence",
  );
  assert.equal(dataSet.getText("PatientID"), "A=1");
  assert.equal(dataSet.getText("StudyDate"), "20250101-20251231");
  assert.equal(dataSet.getText("AccessionNumber"), "");
  assert.equal(dataSet.get("Rows"), 512);
  assert.equal(dataSet.getText("StudyInstanceUID"), "*");
  const steps = dataSet.get("ScheduledProcedureStepSequence")!;
  assert.equal(steps.length, 1);
  assert.deepEqual([steps[0]?.getText("Modality"), steps[0]?.getText("ScheduledStationAETitle")], ["CT", "CT1"]);
  assert.equal(dataSet.get("RequestAttributesSequence")?.length, 0);
  assert.equal(dataSet.has("SpecificCharacterSet"), false);
});

Deno.test("keyDataSet() writes what isn't ASCII in UTF-8", () => {
  const dataSet = keys("PatientName=Müller*");
  assert.deepEqual([dataSet.getText("SpecificCharacterSet"), dataSet.getText("PatientName")], [
    "ISO_IR 192",
    "Müller*",
  ]);
});

Deno.test("readKey() and keyDataSet() refuse what is no key, and say what was meant", () => {
  const refused = (pattern: RegExp, ...written: string[]) =>
    assert.throws(() => keys(...written), (error) => error instanceof UsageError && pattern.test(error.message));
  refused(/did you mean PatientID\?/, "PatentID=1");
  refused(/expected a keyword such as PatientID/, "=1");
  refused(/expected a sequence at \(0010,0020\)/, "PatientID[0].Modality=CT");
  refused(/expected numbers/, "Rows=x");
  refused(/expected an attribute of an item/, "RequestAttributesSequence=1");
  refused(/expected an attribute that can be matched/, "PixelData=1");
  refused(/expected an item below 100/, "RequestAttributesSequence[4000].Modality=1");
});

Deno.test("writtenQuery() finds the level of the deepest UID that is given", () => {
  const level = (...written: string[]) => writtenQuery({ keys: written.map(readKey), level: undefined });
  assert.equal(level("PatientID=1").level, "STUDY");
  assert.equal(level("StudyInstanceUID=1", "SeriesInstanceUID").level, "STUDY");
  assert.equal(level("StudyInstanceUID=1", "SeriesInstanceUID=2").level, "SERIES");
  assert.equal(level("SOPInstanceUID=2").level, "IMAGE");
  const patients = writtenQuery({ keys: [], level: "patient" });
  assert.deepEqual([patients.level, patients.model], ["PATIENT", "patient-root"]);
  const items = writtenQuery({ keys: [], level: undefined, worklist: true });
  assert.deepEqual([items.level, items.model], ["WORKLIST", "worklist"]);
});

Deno.test("shownKeys() names attributes that exist, at every level", () => {
  for (const level of ["PATIENT", "STUDY", "SERIES", "IMAGE", "WORKLIST"] as const) {
    assert.ok(keyDataSet(shownKeys(level)).size >= 3);
  }
});
