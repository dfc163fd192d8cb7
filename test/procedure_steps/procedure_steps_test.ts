import assert from "node:assert/strict";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { isValidUid } from "../../src/dicom/uids.ts";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import * as Status from "../../src/dimse/status.ts";
import type { PerformedStepReport } from "../../src/procedure_steps/events.ts";
import { ProcedureSteps, type ProcedureStepsOptions } from "../../src/procedure_steps/procedure_steps.ts";
import { ProcedureStepError } from "../../src/services/procedure_step_rules.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { creation, ending, FROM_CT1 } from "./steps.ts";

const DAY = 24 * 60 * 60 * 1000;

function keep(options: Partial<ProcedureStepsOptions> = {}) {
  const told: PerformedStepReport[] = [];
  const errors: unknown[] = [];
  const documents = options.documents ?? createMemoryDocuments();
  const steps = new ProcedureSteps({
    documents,
    onStep: (step) => void told.push(step),
    onError: (error) => errors.push(error),
    ...options,
  });
  return {
    ...{ steps, told, errors, documents },
    unsettled: () => documents.collection("mpps-unsettled").count(),
    create: (dataSet: DataSet = creation(), sopInstanceUid: string | undefined = "1.9.1") =>
      steps.create({ sopInstanceUid, dataSet, association: FROM_CT1 }),
    set: (dataSet: DataSet, sopInstanceUid = "1.9.1") => steps.set({ sopInstanceUid, dataSet, association: FROM_CT1 }),
  };
}

async function refusal(work: Promise<unknown>) {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof ProcedureStepError, String(error));
    const { status, tags, errorId } = error;
    return { status, tags, errorId };
  }
  throw new Error("Nothing was refused");
}

Deno.test("a step is created, changed, and told of", async () => {
  const { steps, told, create, set, unsettled } = keep();
  assert.equal((await create()).sopInstanceUid, "1.9.1");
  await set(dataSetOf({ PerformedProcedureStepDescription: "Head", PerformedProcedureStepStatus: "IN PROGRESS" }));
  assert.deepEqual(await set(ending()), { sopInstanceUid: "1.9.1", unchanged: [], warnings: [] });
  const step = await steps.get("1.9.1");
  assert.deepEqual(
    (["PatientName", "PerformedProcedureStepDescription", "PerformedProcedureStepStatus"] as const)
      .map((key) => step?.getText(key)),
    ["Adams^Jane", "Head", "COMPLETED"],
  );
  assert.deepEqual(told.map(({ status }) => status), ["IN PROGRESS", "IN PROGRESS", "COMPLETED"]);
  assert.deepEqual(told[2], {
    sopInstanceUid: "1.9.1",
    status: "COMPLETED",
    performedStationAeTitle: "CT1",
    modality: "CT",
    scheduledSteps: [{ studyInstanceUid: "1.2.3", scheduledProcedureStepId: "S1" }],
    series: [{ seriesInstanceUid: "1.2.3.1", sopInstanceUids: ["1.2.3.1.1"] }],
    wrongStep: false,
  });
  assert.equal(await unsettled(), 0);
});

Deno.test("a step without a UID gets one", async () => {
  const { steps, create } = keep();
  const { sopInstanceUid } = await create(creation(), "");
  const made = await steps.create({ sopInstanceUid: undefined, dataSet: creation(), association: FROM_CT1 });
  assert.ok(isValidUid(made.sopInstanceUid));
  assert.ok(await steps.get(made.sopInstanceUid));
  assert.notEqual(made.sopInstanceUid, sopInstanceUid);
});

Deno.test("a step is refused for what it lacks, and nothing is kept of it", async () => {
  const { steps, create, unsettled } = keep();
  const without = (key: string, value?: string) => {
    const dataSet = creation();
    dataSet.delete(key as "Modality");
    if (value !== undefined) dataSet.set(key as "Modality", value);
    return dataSet;
  };
  for (
    const [key, tag] of [
      ["ScheduledStepAttributesSequence", 0x0040_0270],
      ["PerformedProcedureStepID", 0x0040_0253],
      ["PerformedStationAETitle", 0x0040_0241],
      ["PerformedProcedureStepStartDate", 0x0040_0244],
      ["PerformedProcedureStepStartTime", 0x0040_0245],
      ["PerformedProcedureStepStatus", 0x0040_0252],
      ["Modality", 0x0008_0060],
    ] as const
  ) {
    assert.deepEqual(await refusal(create(without(key))), {
      status: Status.MissingAttribute,
      tags: [tag],
      errorId: undefined,
    });
  }
  assert.equal((await refusal(create(without("Modality", "")))).status, Status.MissingAttributeValue);
  const noStudy = creation({ ScheduledStepAttributesSequence: [{ ScheduledProcedureStepID: "S1" }] });
  assert.deepEqual((await refusal(create(noStudy))).tags, [0x0020_000d]);
  for (const status of ["COMPLETED", "DISCONTINUED", "STARTED", "in progress"]) {
    const wrong = creation({ PerformedProcedureStepStatus: status });
    assert.equal((await refusal(create(wrong))).status, Status.InvalidAttributeValue);
  }
  assert.equal(await steps.documents.count(), 0);
  assert.equal(await unsettled(), 0);
});

Deno.test("a second N-CREATE with the same UID is refused, and the first stays as it is", async () => {
  const { steps, create, set } = keep();
  await create();
  await set(ending());
  const again = await refusal(create(creation({ PatientName: "Other" })));
  assert.equal(again.status, Status.DuplicateSopInstance);
  assert.equal((await steps.get("1.9.1"))?.getText("PatientName"), "Adams^Jane");
});

Deno.test("an N-SET is refused before the N-CREATE, after the end, and for a status that there isn't", async () => {
  for (const end of ["COMPLETED", "DISCONTINUED"]) {
    const { steps, create, set } = keep();
    assert.equal((await refusal(set(ending()))).status, Status.NoSuchSopInstance);
    await create();
    const invalid = dataSetOf({ PerformedProcedureStepStatus: "PAUSED" });
    assert.deepEqual(await refusal(set(invalid)), {
      status: Status.InvalidAttributeValue,
      tags: [0x0040_0252],
      errorId: undefined,
    });
    const empty = dataSetOf({ PerformedProcedureStepStatus: "" });
    assert.equal((await refusal(set(empty))).status, Status.MissingAttributeValue);
    await set(ending({ PerformedProcedureStepStatus: end }));
    for (const dataSet of [ending(), dataSetOf({}), dataSetOf({ PerformedProcedureStepStatus: "IN PROGRESS" })]) {
      assert.deepEqual(await refusal(set(dataSet)), { status: Status.ProcessingFailure, tags: [], errorId: 0xa710 });
    }
    assert.equal((await steps.get("1.9.1"))?.getText("PerformedProcedureStepStatus"), end);
  }
});

Deno.test("what an N-SET may not change stays, and the peer is told where it differs", async () => {
  const { steps, create, set } = keep();
  await create();
  const same = await set(dataSetOf({ Modality: "CT", PerformedStationAETitle: "CT1", PatientName: "Adams^Jane" }));
  assert.deepEqual(same.unchanged, []);
  const other = await set(
    dataSetOf({ Modality: "MR", PatientName: "Other", PerformedProcedureStepDescription: "Head" }),
  );
  assert.deepEqual(other.unchanged.toSorted((one, next) => one - next), [0x0008_0060, 0x0010_0010]);
  const step = await steps.get("1.9.1");
  assert.equal(step?.getText("Modality"), "CT");
  assert.equal(step?.getText("PerformedProcedureStepDescription"), "Head");
});

Deno.test("an N-SET in another character set leaves the text that is there readable", async () => {
  const { steps, create, set } = keep();
  await create(creation({ SpecificCharacterSet: "ISO_IR 100", PatientName: "Müller^Jürgen" }));
  await set(dataSetOf({ SpecificCharacterSet: "ISO_IR 192", PerformedProcedureStepDescription: "Schädel" }));
  const step = await steps.get("1.9.1");
  assert.equal(step?.getText("SpecificCharacterSet"), "ISO_IR 100");
  assert.deepEqual([step?.getText("PatientName"), step?.getText("PerformedProcedureStepDescription")], [
    "Müller^Jürgen",
    "Schädel",
  ]);
  await set(dataSetOf({ SpecificCharacterSet: "ISO_IR 192", PerformedProcedureStepDescription: "頭" }));
  const unicode = await steps.get("1.9.1");
  assert.deepEqual([unicode?.getText("PatientName"), unicode?.getText("PerformedProcedureStepDescription")], [
    "Müller^Jürgen",
    "頭",
  ]);
});

Deno.test("a step that ends without all that it should have is kept with a warning, for else it would never end", async () => {
  const { create, set } = keep();
  await create();
  const { warnings } = await set(dataSetOf({ PerformedProcedureStepStatus: "DISCONTINUED" }));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /PerformedProcedureStepEndDate.*PerformedSeriesSequence/);
});

Deno.test("of N-SETs at the same time, each is whole, and none is taken after the end", async () => {
  const { steps, told, create, set } = keep();
  await create();
  const outcomes = await Promise.allSettled([
    set(dataSetOf({ PerformedProcedureStepDescription: "Head" })),
    set(ending()),
    set(ending({ PerformedProcedureStepStatus: "DISCONTINUED" })),
    set(dataSetOf({ PerformedProcedureStepDescription: "Neck" })),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "fulfilled", "rejected", "rejected"]);
  const step = await steps.get("1.9.1");
  assert.equal(step?.getText("PerformedProcedureStepStatus"), "COMPLETED");
  assert.equal(step?.getText("PerformedProcedureStepDescription"), "Head");
  assert.deepEqual(told.map(({ status }) => status), ["IN PROGRESS", "IN PROGRESS", "COMPLETED"]);
});

Deno.test("a step whose listener fails is acknowledged, and told of again at the next start", async () => {
  const documents = createMemoryDocuments();
  const failing = keep({ documents, onStep: () => Promise.reject(new Error("disk")) });
  await failing.create();
  assert.equal(failing.errors.length, 1);
  assert.equal(await failing.unsettled(), 1);
  const next = keep({ documents });
  await next.steps.resume();
  assert.deepEqual(next.told.map(({ sopInstanceUid }) => sopInstanceUid), ["1.9.1"]);
  assert.equal(await next.unsettled(), 0);
  await next.steps.resume();
  assert.equal(next.told.length, 1);
});

Deno.test("a start after a crash between the mark and the step finds nothing to tell", async () => {
  const { documents, steps, told, unsettled } = keep();
  await documents.collection("mpps-unsettled").put("1.9.7", { told: 0 });
  await steps.resume();
  assert.deepEqual([told.length, await unsettled()], [0, 0]);
});

Deno.test("a step that was chosen by mistake says so", async () => {
  const { told, create, set } = keep();
  await create();
  await set(ending({
    PerformedProcedureStepStatus: "DISCONTINUED",
    PerformedProcedureStepDiscontinuationReasonCodeSequence: [{
      CodeValue: "110514",
      CodingSchemeDesignator: "DCM",
      CodeMeaning: "Incorrect worklist entry selected",
    }],
  }));
  assert.equal(told.at(-1)?.wrongStep, true);
});

Deno.test("values that break their VR are kept or left out, and cost nothing else", async () => {
  const { steps, told, create } = keep();
  await create(creation({
    PerformedProcedureStepStartDate: "next Monday",
    PatientBirthDate: "1.1.1970",
    StudyID: "x".repeat(5000),
    "(0009,0010) LO": "ACME",
    "(0009,1001) UN": "\u0001\u0002",
    ScheduledStepAttributesSequence: [{ StudyInstanceUID: "not a uid", ScheduledProcedureStepID: "" }],
  }));
  assert.equal((await steps.get("1.9.1"))?.getText("PerformedProcedureStepStartDate"), "next Monday");
  assert.deepEqual(told[0]?.scheduledSteps, [{ studyInstanceUid: "not a uid", scheduledProcedureStepId: "" }]);
});

Deno.test("a step can't grow without end", async () => {
  const { steps, create, set } = keep();
  await create();
  let refused: ProcedureStepError | undefined;
  for (let group = 0x0011; refused === undefined && group < 0x0051; group += 2) {
    const block = (element: string) => `(${group.toString(16).padStart(4, "0")},${element})`;
    const dataSet = dataSetOf({ [`${block("0010")} LO`]: "ACME", [`${block("1001")} UT`]: "x".repeat(3_900_000) });
    await set(dataSet).catch((error) => refused = error);
  }
  assert.equal(refused?.status, Status.ResourceLimitation);
  assert.ok(await steps.get("1.9.1"));
});

Deno.test("steps are deleted when they are old enough", async () => {
  let now = 100 * DAY;
  const { steps, create } = keep({ now: () => now, keepDays: 10 });
  await create();
  now += 9 * DAY;
  await create(creation(), "1.9.2");
  await steps.tidy();
  assert.equal(await steps.documents.count(), 2);
  now += 2 * DAY;
  await steps.tidy();
  assert.deepEqual((await Array.fromAsync(steps.list())).map(({ key }) => key), ["1.9.2"]);
});

Deno.test("a step that refers to more scheduled steps than one can is refused, and nothing is kept of it", async () => {
  const { create, documents, told } = keep();
  const referring = (length: number) =>
    creation({
      ScheduledStepAttributesSequence: Array.from({ length }, (_, number) => ({
        StudyInstanceUID: "1.2.3",
        ScheduledProcedureStepID: `S${number}`,
      })),
    });
  assert.deepEqual(await refusal(create(referring(201))), {
    status: Status.ResourceLimitation,
    tags: [0x0040_0270],
    errorId: undefined,
  });
  assert.deepEqual([await documents.collection("mpps").count(), told.length], [0, 0]);
  await create(referring(200));
  assert.equal(told[0]?.scheduledSteps.length, 200);
});
