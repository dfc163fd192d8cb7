/** Every program in examples/, against real peers. */

import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { bundleForNode, nodeRuntimeTests } from "../support/runtimes.ts";
import { temporaryFolder } from "../support/folders.ts";
import { listeningGantry } from "../support/gantry.ts";
import { jsonItem } from "../worklist/items.ts";
import { makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { startOrthanc } from "../support/orthanc.ts";
import { dcmtk, peerTest, startStoreScp } from "../support/peers.ts";
import { acceptsConnections, freePort, Process } from "../support/process.ts";
import { fileOf, image } from "../transform/support.ts";
import { runExample, runExampleWith, startExample } from "./support.ts";
import "../../examples/handler_test.ts";

const HERE = "127.0.0.1";
const EXAMPLES = new URL("../../examples/", import.meta.url);

Deno.test("every example has fewer than 40 lines, a place in examples/README.md and a test", () => {
  const read = (path: string) => Deno.readTextFileSync(new URL(path, EXAMPLES));
  const listed = read("README.md");
  const tests = ["examples_test.ts", "module_test.ts", "workerd_test.ts"].map((name) =>
    read(`../test/examples/${name}`)
  );
  const names = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name).filter((name) => name.endsWith(".ts"));
  assert.ok(names.length > 9);
  for (const name of names) {
    assert.ok(read(name).split("\n").length <= 40, `${name}: 39 lines at most`);
    assert.ok(listed.includes(`](${name})`), `${name} in examples/README.md`);
    assert.ok(tests.some((test) => test.includes(name)), `${name} in a test`);
  }
});

/** Instances on disk, sent by `storescu`, which exits with 0 when each got a success. */
async function send(folder: string, port: number, called = "ANY"): Promise<number> {
  const { code } = await dcmtk("storescu", ["-aet", "CT1", "-aec", called, "+sd", HERE, String(port), folder]);
  return code;
}

Deno.test(peerTest("examples/receive.ts keeps what storescu sends, and calls back", ["storescu"], async () => {
  using source = temporaryFolder();
  using target = temporaryFolder();
  const instances = [makeInstance(), makeInstance({ pixelBytes: 300_000 })];
  writeInstances(source.path, instances);
  await using example = await startExample("receive.ts", target.path);
  assert.equal(await send(source.path, example.port), 0);
  for (const { sopInstanceUid, dataSet } of instances) {
    const path = `${target.path}/${sopInstanceUid}.dcm`;
    assert.deepEqual(readContent(Deno.readFileSync(path)).dataSet, dataSet);
    await example.process.line(new RegExp(`^CT1 sent .*${sopInstanceUid}\\.dcm: \\d+ bytes`));
  }
  assert.equal([...Deno.readDirSync(target.path)].length, 2);
}));

Deno.test(peerTest("examples/forward.ts acknowledges what Orthanc and an HTTP endpoint both have", [
  "storescu",
  "Orthanc",
], async () => {
  using source = temporaryFolder();
  const instance = makeInstance({ pixelBytes: 200_000 });
  writeInstances(source.path, [instance]);
  const posted: Uint8Array[] = [];
  let works = false;
  await using server = Deno.serve({ hostname: HERE, port: 0, onListen: () => {} }, async (request) => {
    const body = await request.bytes();
    if (!works) return new Response("", { status: 503 });
    posted.push(body);
    return new Response("");
  });
  await using orthanc = await startOrthanc();
  const peer = `ORTHANC@${HERE}:${orthanc.port}`;
  await using example = await startExample("forward.ts", peer, `http://${HERE}:${server.addr.port}/dicom`);
  assert.notEqual(await send(source.path, example.port), 0, "the endpoint did not take it");
  works = true;
  assert.equal(await send(source.path, example.port), 0);
  assert.deepEqual(posted.map((file) => readContent(file).dataSet), [instance.dataSet]);
  const [id] = await (await orthanc.ask("/instances")).json();
  assert.deepEqual(readContent(await (await orthanc.ask(`/instances/${id}/file`)).bytes()).dataSet, instance.dataSet);
}));

Deno.test(peerTest("examples/proxy.ts passes on what echoscu, storescu and findscu ask of Orthanc", [
  "echoscu",
  "storescu",
  "findscu",
  "Orthanc",
], async () => {
  using source = temporaryFolder();
  const instance = makeInstance({ pixelBytes: 500_000 });
  writeInstances(source.path, [instance]);
  await using orthanc = await startOrthanc({ DicomAlwaysAllowFind: true, DicomCheckCalledAet: true });
  await using example = await startExample("proxy.ts", HERE, String(orthanc.port));
  const echo = await dcmtk("echoscu", ["-aec", "ORTHANC", HERE, String(example.port)]);
  assert.equal(echo.code, 0, echo.stderr);
  assert.equal(await send(source.path, example.port, "ORTHANC"), 0);
  const [id] = await (await orthanc.ask("/instances")).json();
  assert.deepEqual(readContent(await (await orthanc.ask(`/instances/${id}/file`)).bytes()).dataSet, instance.dataSet);
  const keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID"];
  const found = await dcmtk("findscu", ["-S", "-aec", "ORTHANC", ...keys, HERE, String(example.port)]);
  assert.match(found.stdout + found.stderr, /1\.2\.3\.2/);
  const refused = await dcmtk("echoscu", ["-aec", "OTHER", HERE, String(example.port)]);
  assert.notEqual(refused.code, 0, "Orthanc's rejection is passed on");
}));

Deno.test(peerTest("examples/find.ts lists the studies of Orthanc", ["storescu", "Orthanc"], async () => {
  using source = temporaryFolder();
  writeInstances(source.path, [makeInstance({ studyInstanceUid: "1.2.3.40" })]);
  await using orthanc = await startOrthanc({ DicomAlwaysAllowFind: true });
  assert.equal(await send(source.path, orthanc.port, "ORTHANC"), 0);
  const peer = `ORTHANC@${HERE}:${orthanc.port}`;
  const all = await runExample("find.ts", peer);
  assert.equal(all.code, 0, all.stderr);
  assert.match(all.stdout, /^1\.2\.3\.40 /);
  const none = await runExample("find.ts", peer, "NOBODY^AT^ALL");
  assert.deepEqual([none.code, none.stdout], [0, ""]);
}));

Deno.test(peerTest("examples/commit.ts prints what Orthanc answers for", ["storescu", "Orthanc"], async () => {
  using source = temporaryFolder();
  const port = freePort();
  const [kept, other] = [1, 2].map(() => makeInstance());
  await using orthanc = await startOrthanc({ DicomModalities: { ct: { AET: "CT1", Host: HERE, Port: port } } });
  const [first = ""] = writeInstances(source.path, [kept!]);
  assert.equal(await send(source.path, orthanc.port, "ORTHANC"), 0);
  using further = temporaryFolder();
  const [second = ""] = writeInstances(further.path, [other!]);
  const call = [`ORTHANC@${HERE}:${orthanc.port}`, "CT1", String(port), first, second];
  const { code, stdout, stderr } = await runExample("commit.ts", ...call);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `committed ${kept!.sopInstanceUid}\nnot committed ${other!.sopInstanceUid} 274\n`);
}));

Deno.test(peerTest("examples/worklist.ts answers findscu with the items that match", ["findscu"], async () => {
  using folder = temporaryFolder();
  const item = (accession: string, station: string, date: string) => ({
    "00080050": { vr: "SH", Value: [accession] },
    "00100010": { vr: "PN", Value: [{ Alphabetic: "PHANTOM^HEAD" }] },
    "00400100": {
      vr: "SQ",
      Value: [{ "00400001": { vr: "AE", Value: [station] }, "00400002": { vr: "DA", Value: [date] } }],
    },
  });
  const items = [item("A1", "CT1", "20260401"), item("A2", "CT1", "20260402"), item("A3", "MR1", "20260401")];
  Deno.writeTextFileSync(`${folder.path}/worklist.json`, JSON.stringify(items));
  await using example = await startExample("worklist.ts", `${folder.path}/worklist.json`);
  const step = "ScheduledProcedureStepSequence[0]";
  const keys = [
    "AccessionNumber",
    "PatientName",
    `${step}.ScheduledStationAETitle=CT1`,
    `${step}.ScheduledProcedureStepStartDate=20260401`,
  ].flatMap((key) => ["-k", key]);
  const { code, stdout, stderr } = await dcmtk("findscu", ["-W", ...keys, HERE, String(example.port)]);
  assert.equal(code, 0, stderr);
  const found = [...(stdout + stderr).matchAll(/\[(A\d) *\]/g)].map(([, accession]) => accession);
  assert.deepEqual(found, ["A1"]);
}));

Deno.test("examples/perform.ts performs what a gateway has planned for its station", async () => {
  await using gateway = await listeningGantry({
    config: "worklist: { keepDays: 0 }",
    args: ["--config", "gantry.yaml"],
  });
  const peer = `GANTRY@${HERE}:${gateway.port}`;
  const idle = await runExample("perform.ts", peer, "CT1");
  assert.match(idle.stderr, /Nothing is planned for CT1/);
  const headers = { "Content-Type": "application/json" };
  const put = await fetch(`${gateway.origin}/worklist`, { method: "POST", headers, body: JSON.stringify(jsonItem()) });
  assert.equal(put.status, 201);
  await put.body?.cancel();
  const { code, stdout, stderr } = await runExample("perform.ts", peer, "CT1");
  assert.equal(code, 0, stderr);
  const { steps: [step] } = await (await fetch(`${gateway.origin}/mpps`)).json();
  assert.equal(stdout, `Performed ${step.sopInstanceUid}\n`);
  assert.equal(step.status, "COMPLETED");
});

Deno.test(peerTest(
  "examples/deidentify.ts writes files that dcmdump reads, without the names and UIDs, and says what is held",
  ["dcmdump"],
  async () => {
    using source = temporaryFolder();
    using target = temporaryFolder();
    const put = (name: string, values: Parameters<typeof image>[0]) =>
      Deno.writeFileSync(`${source.path}/${name}.dcm`, fileOf(image({ PatientName: "PHANTOM^PETRA", ...values })));
    put("1", { SOPInstanceUID: "1.2.3.4.5" });
    put("2", { SOPInstanceUID: "1.2.3.4.6" });
    put("screen", { SOPInstanceUID: "1.2.3.4.7", ImageType: ["DERIVED", "SECONDARY", "SCREEN SAVE"] });
    const env = { DEIDENTIFICATION_KEY: "a key for tests alone" };
    const { code, stderr } = await runExampleWith(env, "deidentify.ts", source.path, target.path);
    assert.equal(code, 1);
    assert.match(stderr, /screen\.dcm: Cannot de-identify the pixels/);
    const paths = [...Deno.readDirSync(target.path)].map(({ name }) => `${target.path}/${name}`);
    assert.equal(paths.length, 2);
    const dump = await dcmtk("dcmdump", ["+L", ...paths]);
    assert.equal(dump.code, 0, dump.stderr);
    assert.match(dump.stdout, /PatientIdentityRemoved/);
    assert.doesNotMatch(dump.stdout, /PHANTOM|PETRA/);
    assert.ok(!dump.stdout.includes("1.2.3.4"));
    const studies = paths.map((path) => readFile(Deno.readFileSync(path)).dataSet.get("StudyInstanceUID"));
    assert.equal(new Set(studies).size, 1, "instances of one study stay in one study");
  },
));

Deno.test(peerTest("examples/echo_function.ts answers whether storescp does", ["storescp"], async () => {
  await using scp = await startStoreScp();
  const port = freePort();
  const program = new URL("echo_function.ts", EXAMPLES).pathname;
  await using served = new Process(
    Deno.execPath(),
    ["serve", "--quiet", "-A", "--host", HERE, "--port", String(port), program],
    { env: { NO_COLOR: "1", PEER: `ANY@${HERE}:${scp.port}` } },
  );
  await acceptsConnections(served, port);
  const answer = await fetch(`http://${HERE}:${port}/`);
  const { status, timings } = await answer.json();
  assert.deepEqual([answer.status, status, typeof timings.echo], [200, 0, "number"]);
  await scp[Symbol.asyncDispose]();
  const failed = await fetch(`http://${HERE}:${port}/`);
  assert.equal(failed.status, 502);
  assert.match((await failed.json()).problem, /phase connect/);
}));

const tests = nodeRuntimeTests("examples/node.ts keeps what storescu sends", async (command) => {
  using folder = temporaryFolder();
  await bundleForNode(new URL("node.ts", EXAMPLES), `${folder.path}/node.mjs`);
  const instance = makeInstance({ pixelBytes: 300_000, sopClassUid: UID.CTImageStorage });
  Deno.mkdirSync(`${folder.path}/source`);
  writeInstances(`${folder.path}/source`, [instance]);
  await using program = new Process(command, [`${folder.path}/node.mjs`, "0", `${folder.path}/received`]);
  const line = await program.line(/^Listening on port (\d+)$/);
  assert.equal(await send(`${folder.path}/source`, Number(/\d+/.exec(line)?.[0])), 0);
  const file = Deno.readFileSync(`${folder.path}/received/${instance.sopInstanceUid}.dcm`);
  assert.deepEqual(readContent(file).dataSet, instance.dataSet);
});
for (const test of tests) Deno.test(test);
