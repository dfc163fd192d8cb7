import assert from "node:assert/strict";
import { fromJson } from "../../src/dicom/models/from_json.ts";
import { hasValue, jsonOf, reportOf, type StepDocument } from "../../src/procedure_steps/step_document.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { creation, ending } from "./steps.ts";

function documentOf(dataSet: StepDocument["dataSet"]): StepDocument {
  return {
    ...{ createdAt: 1, modifiedAt: 1, status: "COMPLETED", calling: "CT1", characterSet: [], operations: 1 },
    ...{ dataSet, waiting: [], forwards: {} },
  };
}

Deno.test("what is told of a step is what its JSON says, and nothing of what has another form", () => {
  const strange = { "00400270": { vr: "SQ", Value: [{}, null, "x"] }, "00080060": { vr: "UN", InlineBinary: "Q1Q=" } };
  const report = reportOf("1.9.1", documentOf({ ...strange, "00400340": { vr: "SQ" } }));
  assert.deepEqual(report.scheduledSteps[0], { studyInstanceUid: "", scheduledProcedureStepId: "" });
  assert.deepEqual([report.modality, report.series], ["", []]);
  const whole = reportOf("1.9.1", documentOf({ ...jsonOf(creation()), ...jsonOf(ending()) }));
  assert.deepEqual(whole.series, [{ seriesInstanceUid: "1.2.3.1", sopInstanceUids: ["1.2.3.1.1"] }]);
  const ended = documentOf(
    jsonOf(dataSetOf({ PerformedProcedureStepEndDate: "", PerformedProcedureStepEndTime: "08" })),
  );
  assert.deepEqual([0x0040_0250, 0x0040_0251, 0x0040_0340].map((tag) => hasValue(ended, tag)), [false, true, false]);
});

Deno.test("what is told of a step of very many images takes a fraction of the time that its data set takes", () => {
  const ReferencedImageSequence = Array.from({ length: 5000 }, (_, number) => ({
    ReferencedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
    ReferencedSOPInstanceUID: `1.2.3.${number}`,
  }));
  const series = [{ SeriesInstanceUID: "1.2.3.1", ReferencedImageSequence }];
  const document = documentOf(jsonOf(ending({ PerformedSeriesSequence: series })));
  const timeOf = (work: () => unknown) => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  };
  const whole = timeOf(() => fromJson(document.dataSet));
  const told = Math.min(...[1, 2, 3].map(() => timeOf(() => reportOf("1.9.1", document))));
  assert.ok(told < whole / 3, `${told} ms of ${whole} ms`);
});
