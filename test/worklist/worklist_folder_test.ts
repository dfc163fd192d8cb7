import assert from "node:assert/strict";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import { openFileFolder } from "../../src/worklist/file_folder.ts";
import { Worklist } from "../../src/worklist/worklist.ts";
import type { WorklistFiles } from "../../src/worklist/worklist_folder.ts";
import { temporaryFolder } from "../support/folders.ts";
import { itemOf, jsonItem, THAT_DAY } from "./items.ts";

function part10(id: string): Uint8Array {
  const item = itemOf({ ScheduledProcedureStepID: id });
  item.set("SOPClassUID", UID.ModalityWorklistInformationModelFind).set("SOPInstanceUID", "1.2.3.4");
  return writeFile({ dataSet: item, transferSyntax: UID.ExplicitVRLittleEndian });
}

/** A worklist of a folder, its clock, and what it tells of. */
function follow(files: WorklistFiles) {
  const problems: string[] = [];
  const clock = { now: THAT_DAY };
  const worklist = new Worklist({
    documents: createMemoryDocuments(),
    files,
    now: () => clock.now,
    onProblem: ({ message }) => problems.push(message),
  });
  /** IDs of the steps, once time has gone on. */
  const ids = async (later = 1_000) => {
    clock.now += later;
    return (await worklist.steps()).map(({ scheduledProcedureStepId }) => scheduledProcedureStepId).sort();
  };
  return { worklist, problems, ids };
}

Deno.test("a folder's items are files with meta information and without, JSON files, and those in folders in it", async () => {
  using folder = temporaryFolder();
  const { ids, problems, worklist } = follow(openFileFolder(folder.path));
  Deno.mkdirSync(`${folder.path}/RIS`);
  Deno.writeFileSync(`${folder.path}/a.wl`, part10("1"));
  const bare = writeDataSet(itemOf({ ScheduledProcedureStepID: "2" }), { transferSyntax: UID.ImplicitVRLittleEndian });
  Deno.writeFileSync(`${folder.path}/RIS/b.wl`, bare);
  Deno.writeTextFileSync(`${folder.path}/c.json`, JSON.stringify(jsonItem({ ScheduledProcedureStepID: "3" })));
  Deno.writeTextFileSync(`${folder.path}/d.json`, JSON.stringify([jsonItem({ ScheduledProcedureStepID: "4" })]));
  Deno.writeTextFileSync(`${folder.path}/RIS/lockfile`, "");
  Deno.writeTextFileSync(`${folder.path}/.hidden.wl`, "garbage");
  assert.deepEqual(await ids(), ["1", "2", "3", "4"]);
  assert.deepEqual(problems, []);
  assert.equal((await worklist.get("file:RIS/b.wl"))?.source, "folder");
  assert.deepEqual(worklist.counts, { http: 0, folder: 4 });
});

Deno.test("a folder's items come, change and go with its files", async () => {
  using folder = temporaryFolder();
  const { ids } = follow(openFileFolder(folder.path));
  assert.deepEqual(await ids(), []);
  Deno.writeFileSync(`${folder.path}/a.wl`, part10("1"));
  assert.deepEqual(await ids(), ["1"]);
  Deno.writeFileSync(`${folder.path}/a.wl`, part10("22"));
  assert.deepEqual(await ids(11_000), ["22"], "what was written in place is seen within ten seconds");
  Deno.renameSync(`${folder.path}/a.wl`, `${folder.path}/b.wl`);
  assert.deepEqual(await ids(), ["22"]);
  Deno.removeSync(`${folder.path}/b.wl`);
  assert.deepEqual(await ids(), []);
});

Deno.test("files that are no items are told of once, and again when they change", async () => {
  using folder = temporaryFolder();
  const { ids, problems } = follow(openFileFolder(folder.path));
  Deno.writeFileSync(`${folder.path}/good.wl`, part10("1"));
  Deno.writeFileSync(`${folder.path}/garbage.wl`, crypto.getRandomValues(new Uint8Array(500)));
  Deno.writeFileSync(`${folder.path}/half.wl`, part10("2").subarray(0, 300));
  Deno.writeTextFileSync(`${folder.path}/text.json`, "{");
  Deno.writeTextFileSync(`${folder.path}/no-step.json`, JSON.stringify({ "00100020": { vr: "LO", Value: ["Doe"] } }));
  const wrong = {
    ...jsonItem(),
    "00100010": { vr: "PN", Value: [["Doe^Jane"]] },
    "00400100": { vr: "SQ", Value: "Doe" },
  };
  Deno.writeTextFileSync(`${folder.path}/wrong.json`, JSON.stringify(wrong));
  Deno.writeFileSync(`${folder.path}/huge.wl`, new Uint8Array(2 * 1024 * 1024));
  Deno.mkdirSync(`${folder.path}/folder.wl`);
  assert.deepEqual(await ids(), ["1"]);
  assert.deepEqual(problems.map((text) => /"(.*?)"/.exec(text)?.[1]).sort(), [
    ...["garbage.wl", "half.wl", "huge.wl", "no-step.json", "text.json", "wrong.json"],
  ]);
  assert.ok(problems.every((text) => !text.includes("Doe")));
  assert.deepEqual(await ids(20_000), ["1"]);
  assert.equal(problems.length, 6);
  Deno.writeTextFileSync(`${folder.path}/text.json`, JSON.stringify(jsonItem({ ScheduledProcedureStepID: "3" })));
  Deno.writeTextFileSync(`${folder.path}/no-step.json`, "[]");
  assert.deepEqual(await ids(20_000), ["1", "3"]);
  assert.equal(problems.length, 7);
});

Deno.test("a file without all that an item has to have is offered, and told of", async () => {
  using folder = temporaryFolder();
  const { ids, problems } = follow(openFileFolder(folder.path));
  Deno.writeTextFileSync(
    `${folder.path}/a.json`,
    JSON.stringify(jsonItem({ ScheduledStationAETitle: "" }, { PatientID: "" })),
  );
  assert.deepEqual(await ids(), ["S1"]);
  assert.deepEqual(problems, [
    'The worklist file "a.json" is offered without a value of PatientID (0010,0020), ScheduledStationAETitle (0040,0001)',
  ]);
});

Deno.test("a folder that can't be read keeps what it had, and is told of once", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/later`;
  const { ids, problems, worklist } = follow(openFileFolder(path));
  assert.deepEqual(await ids(), []);
  assert.deepEqual(await ids(), []);
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^Cannot read the folder of the worklist: ENOENT/);
  assert.ok(worklist.folderProblem);
  Deno.mkdirSync(path);
  Deno.writeFileSync(`${path}/a.wl`, part10("1"));
  assert.deepEqual(await ids(), ["1"]);
  assert.equal(worklist.folderProblem, undefined);
  Deno.renameSync(path, `${path}-gone`);
  assert.deepEqual(await ids(20_000), ["1"]);
  assert.equal(problems.length, 2);
});

Deno.test("many who ask at once have the folder looked at once, and no files are looked at while nothing came or went", async () => {
  const calls = { fingerprint: 0, list: 0 };
  const { ids } = follow({
    fingerprint: () => Promise.resolve(String(calls.fingerprint++ && "same")),
    async *list() {
      calls.list++;
      yield* [];
    },
    read: () => Promise.reject(new Error("no file")),
  });
  await Promise.all([ids(), ids(0), ids(0)]);
  assert.deepEqual(calls, { fingerprint: 1, list: 1 });
  await ids(100);
  assert.deepEqual(calls, { fingerprint: 1, list: 1 });
  await ids();
  await ids();
  await ids();
  assert.deepEqual(calls, { fingerprint: 4, list: 2 });
  await ids(10_000);
  assert.deepEqual(calls, { fingerprint: 5, list: 3 });
});
