import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { createProcedureStep, setProcedureStep } from "../../src/services/procedure_steps.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { creation, ending } from "../procedure_steps/steps.ts";
import { itemOf, jsonItem } from "../worklist/items.ts";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { startOrthanc } from "../support/orthanc.ts";
import { dcmtk, peerTest, startDcmtk } from "../support/peers.ts";
import { acceptsConnections, freePort, Process, run } from "../support/process.ts";
import { HERE } from "./support.ts";

const FOR_EVER = "worklist: { path: ./planned, keepDays: 0 }";

/** A file as a RIS writes it for wlmscpfs. */
function file(id: string, modality: string): Uint8Array {
  const item = itemOf({ ScheduledProcedureStepID: id, Modality: modality }, { PatientID: id });
  item.set("SOPClassUID", UID.ModalityWorklistInformationModelFind).set("SOPInstanceUID", "1.2.3.4");
  return writeFile({ dataSet: item, transferSyntax: UID.ExplicitVRLittleEndian });
}

function writeFiles(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(`${folder}/lockfile`, "");
  Deno.writeFileSync(`${folder}/a.wl`, file("P1", "CT"));
  Deno.writeFileSync(`${folder}/b.wl`, file("P2", "MR"));
}

async function put(gateway: ListeningGantry, key: string, item: object): Promise<number> {
  const response = await fetch(`${gateway.origin}/worklist/${key}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(item),
  });
  await response.body?.cancel();
  return response.status;
}

async function listed(gateway: ListeningGantry) {
  const response = await fetch(`${gateway.origin}/mpps`);
  return (await response.json()).steps;
}

async function modality(port: number): Promise<ScuAssociation> {
  return await requestAssociation(await connectTcp({ hostname: HERE, port }), {
    calledAeTitle: "GANTRY",
    callingAeTitle: "CT1",
    presentationContexts: [{
      abstractSyntax: UID.ModalityPerformedProcedureStep,
      transferSyntaxes: [UID.ImplicitVRLittleEndian],
    }],
  });
}

function program(name: string, ...args: string[]): string[] {
  return ["run", "--quiet", "-A", fileURLToPath(new URL(name, import.meta.url)), ...args];
}

Deno.test(
  peerTest("findscu -W finds the items of a folder and of HTTP, by keys within the step", ["findscu"], async () => {
    await using gateway = await listeningGantry({ config: FOR_EVER, args: ["--config", "gantry.yaml"] });
    writeFiles(`${gateway.data}/../planned/RIS`);
    assert.equal(await put(gateway, "c", jsonItem({}, { PatientID: "P3" })), 201);
    const found = async (...keys: string[]) => {
      const args = ["-v", "-W", ...keys.flatMap((key) => ["-k", key]), "-k", "PatientID", HERE, String(gateway.port)];
      const { code, stdout, stderr } = await dcmtk("findscu", args);
      assert.equal(code, 0, stderr);
      return [...`${stdout}${stderr}`.matchAll(/\(0010,0020\) LO \[(P\d)/g)].map(([, id]) => id).sort();
    };
    assert.deepEqual(await found(), ["P1", "P2", "P3"]);
    assert.deepEqual(await found("ScheduledProcedureStepSequence[0].Modality=CT"), ["P1", "P3"]);
    assert.deepEqual(await found("ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=20250302-"), []);
    assert.deepEqual(await found("PatientName=ADAMS*", "ScheduledProcedureStepSequence"), ["P1", "P2", "P3"]);
  }),
);

Deno.test(peerTest("wlmscpfs: gantry worklist and gantry find --worklist", ["wlmscpfs"], async () => {
  using folder = temporaryFolder();
  writeFiles(`${folder.path}/RIS`);
  const port = freePort();
  await using peer = startDcmtk("wlmscpfs", ["-v", "-dfr", "-dfp", folder.path, String(port)]);
  await acceptsConnections(peer, port);
  const address = `RIS@${HERE}:${port}`;
  const ids = async (...args: string[]) => {
    const { code, stdout, stderr } = await gantry([...args, "--json"]);
    assert.equal(code, 0, stderr);
    return stdout.trimEnd().split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line)["00100020"].Value[0]).sort();
  };
  assert.deepEqual(await ids("worklist", address), ["P1", "P2"]);
  assert.deepEqual(await ids("worklist", address, "--modality", "MR", "--date", "2025-03-01"), ["P2"]);
  assert.deepEqual(await ids("worklist", address, "--station", "CT2"), []);
  assert.deepEqual(await ids("find", address, "--worklist", "-k", "PatientID=P1"), ["P1"]);
}));

Deno.test(peerTest("Orthanc asks for the worklist, and gantry worklist asks Orthanc's", ["Orthanc"], async () => {
  using folder = temporaryFolder();
  writeFiles(folder.path);
  await using gateway = await listeningGantry({ config: FOR_EVER, args: ["--config", "gantry.yaml"] });
  writeFiles(`${gateway.data}/../planned`);
  await using orthanc = await startOrthanc({
    Plugins: ["/usr/share/orthanc/plugins/libModalityWorklists.so"],
    Worklists: { Enable: true, Database: folder.path },
    DicomModalities: { gantry: ["GANTRY", HERE, gateway.port] },
    DicomAlwaysAllowFind: true,
    DicomAlwaysAllowFindWorklist: true,
  });
  const answer = await orthanc.ask("/modalities/gantry/find-worklist", {
    PatientID: "",
    ScheduledProcedureStepSequence: [{ Modality: "CT" }],
  });
  const items = await answer.json();
  assert.deepEqual(items.map(({ PatientID }: { PatientID: string }) => PatientID), ["P1"]);
  const { code, stdout, stderr } = await gantry([
    ...["worklist", `ORTHANC@${HERE}:${orthanc.port}`, "--modality", "MR", "--csv"],
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^20250301,0800,MR,CT1,Adams\^Jane,P2,/m);
}));

Deno.test("dcmjs-dimse: its modality performs a step of the worklist", async () => {
  await using gateway = await listeningGantry({
    config: "worklist: { keepDays: 0 }",
    args: ["--config", "gantry.yaml"],
  });
  assert.equal(await put(gateway, "a", jsonItem()), 201);
  const { stdout, stderr } = await run(Deno.execPath(), program("dcmjs_dimse_modality.ts", String(gateway.port)));
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines, [
    { service: "C-FIND", status: 0xff00, patientId: "P1" },
    { service: "C-FIND", status: 0 },
    { service: "N-CREATE", status: 0 },
    { service: "N-SET", asked: "IN PROGRESS", status: 0 },
    { service: "N-SET", asked: "COMPLETED", status: 0 },
    { service: "N-SET", asked: "DISCONTINUED", status: 0x0110 },
  ], stderr);
  const [step] = await listed(gateway);
  assert.deepEqual([step.sopInstanceUid, step.status], ["1.2.826.0.1.3680043.99.1", "COMPLETED"]);
  const { items: [item] } = await (await fetch(`${gateway.origin}/worklist`)).json();
  assert.deepEqual(item.steps, [{ scheduledProcedureStepId: "S1", status: "COMPLETED" }]);
});

Deno.test("dcmjs-dimse: its RIS is asked by gantry worklist, and gets what is forwarded", async () => {
  const port = freePort();
  await using ris = new Process(Deno.execPath(), program("dcmjs_dimse_ris.ts", String(port)));
  await acceptsConnections(ris, port);
  const { code, stdout, stderr } = await gantry(["worklist", `RIS@${HERE}:${port}`, "--modality", "CT", "--csv"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^20250301,,CT,,Adams\^Jane,P1,/m);
  await ris.line(/"service":"C-FIND","modality":"CT"/);
  const config = `{ peers: { RIS: { aeTitle: RIS, host: ${HERE}, port: ${port} } }, mpps: { forward: [RIS] } }`;
  await using gateway = await listeningGantry({ config, args: ["--config", "gantry.yaml"] });
  await using association = await modality(gateway.port);
  const dataSet = creation();
  await createProcedureStep(association.provider, { sopInstanceUid: "1.9.1", dataSet });
  await setProcedureStep(association.provider, { sopInstanceUid: "1.9.1", dataSet: ending() });
  await ris.line(/"service":"N-SET","uid":"1.9.1","status":"COMPLETED"/);
  const received = ris.lines.filter((line) => line.includes('"N-')).map((line) => JSON.parse(line));
  assert.deepEqual(received, [
    { service: "N-CREATE", uid: "1.9.1", status: "IN PROGRESS" },
    { service: "N-SET", uid: "1.9.1", status: "COMPLETED" },
  ]);
});

Deno.test("what was acknowledged survives kill -9: items, steps, their status, and what is to be forwarded", async () => {
  using folder = temporaryFolder();
  const data = `${folder.path}/data`;
  const config = `
worklist: { keepDays: 0 }
peers: { RIS: { aeTitle: RIS, host: ${HERE}, port: ${freePort()} } }
mpps: { forward: [RIS] }`;
  const args = ["--config", "gantry.yaml"];
  {
    await using gateway = await listeningGantry({ config, args, data });
    assert.equal(await put(gateway, "a", jsonItem()), 201);
    await using association = await modality(gateway.port);
    await createProcedureStep(association.provider, { sopInstanceUid: "1.9.1", dataSet: creation() });
    await setProcedureStep(association.provider, { sopInstanceUid: "1.9.1", dataSet: ending() });
    await gateway.end("SIGKILL");
    await association.closed;
  }
  await using gateway = await listeningGantry({ config, args, data });
  const { items: [item] } = await (await fetch(`${gateway.origin}/worklist`)).json();
  assert.deepEqual(item.steps, [{ scheduledProcedureStepId: "S1", status: "COMPLETED" }]);
  const [step] = await listed(gateway);
  assert.deepEqual([step.sopInstanceUid, step.status], ["1.9.1", "COMPLETED"]);
  assert.partialDeepStrictEqual(step.forwards, [{ peer: "RIS", state: "waiting", sent: 0, waiting: 2 }]);
});
