import assert from "node:assert/strict";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import { LimitError } from "../../src/errors.ts";
import { createQuery } from "../../src/query/query.ts";
import { Worklist, type WorklistOptions } from "../../src/worklist/worklist.ts";
import { statusOfStep } from "../../src/worklist/worklist_item.ts";
import { WorklistSource, type WorklistSourceOptions } from "../../src/worklist/worklist_source.ts";
import { slowDocuments, turnsDuring } from "../documents/slow_documents.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";
import { itemOf, THAT_DAY } from "./items.ts";

const DAY = 24 * 60 * 60 * 1000;

function worklistOf(options: Partial<WorklistOptions> = {}): Worklist {
  return new Worklist({ documents: createMemoryDocuments(), now: () => THAT_DAY, ...options });
}

async function asked(worklist: Worklist, keys: Attributes, options?: WorklistSourceOptions) {
  const query = createQuery({ model: "worklist", level: "WORKLIST", keys: dataSetOf(keys) });
  const found = await Array.fromAsync(new WorklistSource(worklist, options).find(query));
  return found.map(({ attributes }) => attributes);
}

/** Scheduled Procedure Step IDs of what is found. */
async function ids(worklist: Worklist, step: Attributes = {}, options?: WorklistSourceOptions): Promise<string[]> {
  const keys = { ScheduledProcedureStepSequence: [{ ScheduledProcedureStepID: "", ...step }] };
  const found = await asked(worklist, keys, options);
  return found.map((item) => item.getText("ScheduledProcedureStepSequence[0].ScheduledProcedureStepID") ?? "");
}

const PERFORMED = {
  sopInstanceUid: "1.9.1",
  scheduledSteps: [{ studyInstanceUid: "1.2.3", scheduledProcedureStepId: "S1" }],
  wrongStep: false,
};

Deno.test("a worklist matches within the steps, and offers them in the order of their start", async () => {
  const worklist = worklistOf();
  await worklist.put("a", itemOf({ ScheduledProcedureStepID: "late", ScheduledProcedureStepStartTime: "1700" }));
  await worklist.put("b", itemOf({ ScheduledProcedureStepID: "mr", Modality: "MR" }));
  await worklist.put("c", itemOf({ ScheduledProcedureStepID: "next", ScheduledProcedureStepStartDate: "20250302" }));
  assert.deepEqual(await ids(worklist), ["mr", "late", "next"]);
  assert.deepEqual(await ids(worklist, { Modality: "CT" }), ["late", "next"]);
  assert.deepEqual(await ids(worklist, { ScheduledProcedureStepStartDate: "20250301" }), ["mr", "late"]);
  assert.deepEqual(await ids(worklist, { ScheduledStationAETitle: "CT2" }), []);
});

Deno.test("a worklist offers each step of an item by itself, and matches it by itself", async () => {
  const worklist = worklistOf();
  const item = dataSetOf({
    PatientName: "Adams^Jane",
    PatientID: "P1",
    StudyInstanceUID: "1.2.3",
    ScheduledProcedureStepSequence: [
      { ScheduledProcedureStepID: "1", Modality: "CT", ScheduledProcedureStepStartDate: "20250301" },
      { ScheduledProcedureStepID: "2", Modality: "MR", ScheduledProcedureStepStartDate: "20250301" },
    ],
  });
  await worklist.put("a", item);
  assert.deepEqual(await ids(worklist), ["1", "2"]);
  assert.deepEqual(await ids(worklist, { Modality: "MR" }), ["2"]);
  const [found] = await asked(worklist, {});
  assert.equal(found?.getAll("ScheduledProcedureStepSequence").length, 1);
});

Deno.test("attributes of a step are matched and returned where somebody asks for them beside the sequence", async () => {
  const worklist = worklistOf();
  await worklist.put("a", itemOf());
  assert.equal((await asked(worklist, { Modality: "MR" })).length, 0);
  const [found] = await asked(worklist, { Modality: "CT" });
  assert.equal(found?.getText("Modality"), "CT");
});

Deno.test("a Pregnancy Status of 0, which there isn't, asks for any", async () => {
  const worklist = worklistOf();
  await worklist.put("a", itemOf({}, { PregnancyStatus: [4] }));
  await worklist.put("b", itemOf());
  assert.equal((await asked(worklist, { PregnancyStatus: [0] })).length, 2);
  assert.equal((await asked(worklist, { PregnancyStatus: [4] })).length, 1);
});

Deno.test("a worklist makes the identifiers that an item lacks, and keeps them when the item comes again", async () => {
  const worklist = worklistOf();
  const bare = itemOf({ ScheduledProcedureStepID: "" }, { StudyInstanceUID: "", RequestedProcedureID: "" });
  const first = await worklist.put("a", bare);
  const second = await worklist.put("a", bare);
  assert.deepEqual([first.created, second.created], [true, false]);
  for (const key of ["StudyInstanceUID", "RequestedProcedureID"] as const) {
    assert.ok(first.entry.item.getText(key));
    assert.equal(second.entry.item.getText(key), first.entry.item.getText(key));
  }
  const [step] = second.entry.steps;
  assert.match(step!.scheduledProcedureStepId, /^[A-Z2-9]{13}$/);
  assert.equal(step!.scheduledProcedureStepId, first.entry.steps[0]!.scheduledProcedureStepId);
  assert.equal(bare.getText("StudyInstanceUID"), "", "what was given is left as it is");
});

Deno.test("a worklist keeps its items, and how far their steps are", async () => {
  const documents = createMemoryDocuments();
  const worklist = worklistOf({ documents });
  const name = { SpecificCharacterSet: "ISO_IR 192", PatientName: "Müller^Jürgen" };
  await worklist.put("a", itemOf({}, name));
  await worklist.note({ ...PERFORMED, status: "IN PROGRESS" });
  const later = worklistOf({ documents });
  const entry = await later.get("a");
  assert.equal(entry?.item.getText("PatientName"), "Müller^Jürgen");
  assert.equal(statusOfStep(entry!.steps[0]!), "IN PROGRESS");
  assert.deepEqual(later.counts, { http: 1, folder: 0 });
  assert.equal(await later.delete("a"), true);
  assert.equal(await later.delete("a"), false);
  assert.deepEqual(await Array.fromAsync(worklistOf({ documents }).list()), []);
});

Deno.test("steps have the status of what was performed, and are not offered once they have ended", async () => {
  const worklist = worklistOf();
  await worklist.put("a", itemOf());
  const status = async () => statusOfStep((await worklist.get("a"))!.steps[0]!);
  assert.equal(await status(), "");
  await worklist.note({ ...PERFORMED, status: "IN PROGRESS" });
  assert.equal(await status(), "IN PROGRESS");
  assert.deepEqual(await ids(worklist, { ScheduledProcedureStepStatus: "" }), ["S1"]);
  await worklist.note({ ...PERFORMED, status: "COMPLETED" });
  assert.deepEqual(await ids(worklist), []);
  assert.deepEqual(await ids(worklist, {}, { offerEnded: true }), ["S1"]);
  assert.deepEqual(await ids(worklist, { ScheduledProcedureStepStatus: "COMPLETED" }), ["S1"]);
  assert.deepEqual(await ids(worklist, { ScheduledProcedureStepStatus: "IN PROGRESS" }), []);
});

Deno.test("several performed steps of one scheduled step: what goes on counts, then what was completed", async () => {
  const worklist = worklistOf();
  await worklist.put("a", itemOf());
  const noted = async (sopInstanceUid: string, status: "IN PROGRESS" | "COMPLETED" | "DISCONTINUED") => {
    await worklist.note({ ...PERFORMED, sopInstanceUid, status });
    return statusOfStep((await worklist.get("a"))!.steps[0]!);
  };
  assert.equal(await noted("1.9.1", "DISCONTINUED"), "DISCONTINUED");
  assert.equal(await noted("1.9.2", "IN PROGRESS"), "IN PROGRESS");
  assert.equal(await noted("1.9.2", "COMPLETED"), "COMPLETED");
});

Deno.test("a step that was chosen by mistake is yet to be done", async () => {
  const worklist = worklistOf();
  await worklist.put("a", itemOf());
  await worklist.note({ ...PERFORMED, status: "IN PROGRESS" });
  await worklist.note({ ...PERFORMED, status: "DISCONTINUED", wrongStep: true });
  assert.equal(statusOfStep((await worklist.get("a"))!.steps[0]!), "");
  assert.deepEqual(await ids(worklist), ["S1"]);
});

Deno.test("what was performed counts for items that come later, and for no others", async () => {
  const worklist = worklistOf();
  await worklist.note({ ...PERFORMED, status: "COMPLETED" });
  await worklist.note({
    ...PERFORMED,
    status: "COMPLETED",
    scheduledSteps: [{ studyInstanceUid: "1.2.4", scheduledProcedureStepId: "" }],
  });
  await worklist.put("a", itemOf());
  await worklist.put("b", itemOf({ ScheduledProcedureStepID: "S2" }));
  assert.deepEqual(await ids(worklist), ["S2"]);
});

Deno.test("a worklist neither offers nor keeps what is too old", async () => {
  let now = THAT_DAY;
  const worklist = worklistOf({ now: () => now, keepDays: 30, keepEndedDays: 7 });
  await worklist.put("ended", itemOf());
  await worklist.put("planned", itemOf({ ScheduledProcedureStepID: "S2" }));
  await worklist.put("undated", itemOf({ ScheduledProcedureStepID: "S3", ScheduledProcedureStepStartDate: "" }));
  await worklist.note({ ...PERFORMED, status: "COMPLETED" });
  const keys = async () => {
    await worklist.tidy();
    return (await Array.fromAsync(worklist.list())).map(({ key }) => key);
  };
  now += 6 * DAY;
  assert.deepEqual(await keys(), ["ended", "planned", "undated"]);
  now += 2 * DAY;
  assert.deepEqual(await keys(), ["planned", "undated"]);
  now += 30 * DAY;
  assert.deepEqual(await ids(worklist), ["S3"]);
  assert.deepEqual(await keys(), ["undated"]);
});

Deno.test("a worklist takes no more items than it may have", async () => {
  const worklist = worklistOf({ maxItems: 1 });
  await worklist.put("a", itemOf());
  await assert.rejects(worklist.put("b", itemOf()), LimitError);
  await worklist.put("a", itemOf());
  await worklist.delete("a");
  await worklist.put("b", itemOf());
});

Deno.test("an item that can't be read is told of, and the others are offered", async () => {
  const documents = createMemoryDocuments();
  await worklistOf({ documents }).put("a", itemOf());
  await documents.collection("worklist-items").put("b", { modifiedAt: 1, item: { "00100010": { vr: "XX" } } });
  const problems: string[] = [];
  const worklist = worklistOf({ documents, onProblem: ({ message }) => problems.push(message) });
  assert.deepEqual(await ids(worklist), ["S1"]);
  assert.deepEqual(problems, ['Cannot read the worklist item "b"']);
});

Deno.test("10,000 items are asked without holding up others for long", async () => {
  const worklist = worklistOf();
  for (let number = 0; number < 10_000; number++) {
    await worklist.put(
      `k${number}`,
      itemOf({ ScheduledProcedureStepID: `S${number}`, ScheduledProcedureStepStartTime: "" }),
    );
  }
  await worklist.steps();
  let longest = 0;
  let last = performance.now();
  let turns = 0;
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    turns++;
  }, 1);
  assert.deepEqual(await ids(worklist, { ScheduledProcedureStepID: "S9999" }), ["S9999"]);
  clearInterval(timer);
  assert.ok(turns > 0);
  assert.ok(longest < 500, `${longest} ms`);
});

Deno.test("what is done to many items lets others have their turn in between", async () => {
  let now = THAT_DAY;
  const documents = slowDocuments(1);
  const worklist = worklistOf({ documents, now: () => now, keepDays: 30 });
  const scheduledSteps = Array.from({ length: 60 }, (_, number) => ({
    studyInstanceUid: "1.2.3",
    scheduledProcedureStepId: `S${number}`,
  }));
  for (const { scheduledProcedureStepId: id } of scheduledSteps) {
    await worklist.put(id, itemOf({ ScheduledProcedureStepID: id }));
  }
  assert.ok(await turnsDuring(() => worklist.note({ ...PERFORMED, status: "COMPLETED", scheduledSteps })) >= 3);
  now += 70 * DAY;
  assert.ok(await turnsDuring(() => worklist.tidy()) >= 6);
  assert.deepEqual(await Array.fromAsync(worklist.list()), []);
  assert.equal(await documents.collection("worklist-progress").count(), 0);
});

Deno.test("what comes while old items are deleted stays", async () => {
  let now = THAT_DAY;
  const worklist = worklistOf({ documents: slowDocuments(1), now: () => now, keepDays: 30 });
  const performed = (id: string) => ({
    ...PERFORMED,
    status: "COMPLETED" as const,
    scheduledSteps: [{ studyInstanceUid: "1.2.3", scheduledProcedureStepId: id }],
  });
  for (let number = 0; number < 60; number++) {
    await worklist.put(`k${number}`, itemOf({ ScheduledProcedureStepID: `S${number}` }));
    await worklist.note(performed(`S${number}`));
  }
  now += 70 * DAY;
  const tidying = worklist.tidy();
  await new Promise((resolve) => setTimeout(resolve, 0));
  const later = { ScheduledProcedureStepID: "S59", ScheduledProcedureStepStartDate: "20250601" };
  await worklist.put("k59", itemOf(later));
  await worklist.note({ ...performed("S59"), status: "IN PROGRESS" });
  await tidying;
  assert.deepEqual((await Array.fromAsync(worklist.list())).map(({ key }) => key), ["k59"]);
  assert.deepEqual((await worklist.steps()).map(statusOfStep), ["IN PROGRESS"]);
});
