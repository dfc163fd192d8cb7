import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createScp } from "../../src/services/scp.ts";
import { storage } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { listenTcp } from "../../src/transport/deno.ts";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { acceptsConnections, freePort, Process, run } from "../support/process.ts";
import { associations, equalBytes, HERE } from "./support.ts";

function program(name: string, ...args: string[]): string[] {
  return ["run", "--quiet", "-A", fileURLToPath(new URL(name, import.meta.url)), ...args];
}

const SYNTAXES = { implicit: "1.2.840.10008.1.2", explicit: "1.2.840.10008.1.2.1" };

function instancesIn(transferSyntax: string): MadeInstance[] {
  return [300, 5000, 40_000, 600_000].map((pixelBytes) => makeInstance({ transferSyntax, pixelBytes }));
}

/** Runs the client over these instances; answers the lines that it printed. */
async function runClient(port: number, outstanding: number, folder: string, instances: readonly MadeInstance[]) {
  const files = writeInstances(folder, instances);
  Deno.mkdirSync(`${folder}/sent`);
  const args = [String(port), String(outstanding), `${folder}/sent`, ...files];
  const { stdout, stderr } = await run(Deno.execPath(), program("dcmjs_dimse_client.ts", ...args));
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const stored = lines.filter(({ service }) => service === "C-STORE");
  assert.ok(lines.some(({ service, status }) => service === "C-ECHO" && status === 0), stderr);
  assert.deepEqual(
    stored.map(({ uid, status }) => [uid, status]).sort(),
    instances.map(({ sopInstanceUid }) => [sopInstanceUid, 0]).sort(),
  );
  return lines;
}

Deno.test("dcmjs-dimse: C-ECHO is answered, and what it sends is kept bit for bit", async () => {
  using folder = temporaryFolder();
  await using gateway = await listeningGantry();
  // It turns everything into Implicit VR Little Endian where it may.
  const instances = instancesIn(SYNTAXES.implicit);
  await runClient(gateway.port, 1, folder.path, instances);
  for (const { sopInstanceUid, transferSyntax, name } of instances) {
    const content = readContent(gateway.read(name));
    assert.equal(content.transferSyntax, transferSyntax);
    assert.ok(equalBytes(content.dataSet, Deno.readFileSync(`${folder.path}/sent/${sopInstanceUid}`)), name);
  }
  const { recent: [association] } = await associations(gateway);
  assert.deepEqual([association?.callingAeTitle, association?.end?.how], ["DCMJS", "released"]);
});

Deno.test("dcmjs-dimse: an asynchronous operations window is agreed on", async () => {
  using folder = temporaryFolder();
  await using scp = createScp({
    operations: { invoked: 1, performed: 3 },
    services: [
      verification(),
      storage(async ({ dataSet }) => {
        for await (const _ of dataSet.stream());
      }),
    ],
  });
  await using listener = await listenTcp({ hostname: HERE, port: 0 });
  const serving = (async () => {
    for await (const connection of listener) scp.accept(connection);
  })();
  const lines = await runClient(listener.addr.port, 10, folder.path, instancesIn(SYNTAXES.implicit));
  assert.deepEqual(lines[0], { service: "A-ASSOCIATE", outstanding: 3 });
  await listener.close();
  await serving;
});

Deno.test("gantry echo, gantry send: dcmjs-dimse answers, and receives the very elements", async () => {
  using folder = temporaryFolder();
  const instances = Object.values(SYNTAXES).flatMap(instancesIn);
  writeInstances(folder.path, instances);
  const port = freePort();
  await using server = new Process(Deno.execPath(), program("dcmjs_dimse_server.ts", String(port), folder.path));
  await acceptsConnections(server, port);
  const echo = await gantry(["echo", `DCMJS@${HERE}:${port}`, "-n", "10"]);
  assert.equal(echo.code, 0, echo.stderr);
  const send = await gantry(["send", `DCMJS@${HERE}:${port}`, folder.path]);
  assert.equal(send.code, 0, send.stderr);
  const received = server.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const expected = instances.map(({ sopInstanceUid: uid, transferSyntax }) => ({ uid, same: true, transferSyntax }));
  const byUid = (a: { uid: string }, b: { uid: string }) => a.uid < b.uid ? -1 : 1;
  assert.deepEqual(received.sort(byUid), expected.sort(byUid));
});

Deno.test("dcmjs-dimse: each class of status comes to what the table says, and no instance keeps another waiting", async () => {
  const cases: readonly (readonly [status: number, outcome: string, state: string])[] = [
    [0x0000, "delivered", "delivered"],
    [0xB000, "delivered", "delivered"],
    [0xB006, "delivered", "delivered"],
    [0xB007, "delivered", "delivered"],
    [0x0111, "duplicate", "delivered"],
    [0x0110, "transient", "waiting"],
    [0x0213, "transient", "waiting"],
    [0xA700, "transient", "waiting"],
    [0x0122, "permanent", "waiting"],
    [0x0124, "permanent", "waiting"],
    [0xA900, "permanent", "waiting"],
    [0xC123, "permanent", "waiting"],
  ];
  using folder = temporaryFolder();
  const instances = cases.map(() => makeInstance());
  writeInstances(folder.path, instances);
  const statuses = Object.fromEntries(instances.map(({ sopInstanceUid }, index) => [sopInstanceUid, cases[index]![0]]));
  const port = freePort();
  const args = [String(port), folder.path, JSON.stringify(statuses)];
  await using server = new Process(Deno.execPath(), program("dcmjs_dimse_server.ts", ...args));
  await acceptsConnections(server, port);
  await using gateway = await listeningGantry({
    config: `peers: { PACS: { aeTitle: DCMJS, host: ${HERE}, port: ${port} } }\nroutes: [{ name: all, to: [PACS] }]\n`,
    logLevel: "info",
  });
  const sent = await gantry(["send", `GANTRY@${HERE}:${gateway.port}`, folder.path]);
  assert.equal(sent.code, 0, sent.stderr);
  const uidOf = (uid: string) => uid.replaceAll(".", "\\.");
  for (const { sopInstanceUid } of instances) {
    await gateway.logged(new RegExp(`"job-attempted".*"sopInstance":"${uidOf(sopInstanceUid)}"`));
  }
  const { deliveries } = await (await fetch(`${gateway.origin}/deliveries?limit=100`)).json();
  const { jobs } = await (await fetch(`${gateway.origin}/jobs?limit=100`)).json();
  for (const [index, [status, outcome, state]] of cases.entries()) {
    const { sopInstanceUid: uid } = instances[index]!;
    const isMeant = ({ sopInstanceUid }: { sopInstanceUid: string }) => sopInstanceUid === uid;
    const { class: found, status: answered } = deliveries.find(isMeant);
    const code = `0x${status.toString(16).toUpperCase().padStart(4, "0")}`;
    assert.deepEqual([found, answered], [outcome, code]);
    // Meanwhile it may have been tried again.
    const job = jobs.find(isMeant);
    assert.ok([state, ...state === "waiting" ? ["leased", "dead"] : []].includes(job.state), `${code}: ${job.state}`);
  }
  assert.ok(!gateway.log.some(({ event }) => event === "lane-opened"));
});

function study(): MadeInstance[] {
  const uids = { studyInstanceUid: "1.2.826.9.7", seriesInstanceUid: "1.2.826.9.7.1" };
  return [1, 2, 3].map((number) =>
    makeInstance({ ...uids, sopInstanceUid: `1.2.826.9.7.1.${number}`, transferSyntax: SYNTAXES.implicit })
  );
}

Deno.test("dcmjs-dimse: C-FIND, C-GET and C-MOVE are answered", async () => {
  using folder = temporaryFolder();
  await using destination = await listeningGantry();
  await using gateway = await listeningGantry({
    config: `peers: { DEST: { aeTitle: DEST, host: ${HERE}, port: ${destination.port} } }`,
  });
  writeInstances(folder.path, study());
  assert.equal((await gantry(["send", `GANTRY@${HERE}:${gateway.port}`, folder.path])).code, 0);
  const args = [String(gateway.port), "1.2.826.9.7", "DEST"];
  const { stdout, stderr } = await run(Deno.execPath(), program("dcmjs_dimse_asker.ts", ...args));
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const of = (wanted: string) => lines.filter(({ service }) => service === wanted);
  assert.deepEqual(of("C-FIND").map(({ status, study }) => [status, study]), [
    [0xff00, "1.2.826.9.7"],
    [0, undefined],
  ], stderr);
  assert.equal(of("C-STORE").length, 3);
  for (const service of ["C-GET", "C-MOVE"]) {
    const last = of(service).at(-1);
    assert.deepEqual([last?.status, last?.completed], [0, 3], service);
  }
  assert.equal(destination.instances.length, 3);
});

Deno.test("gantry find, get and move: dcmjs-dimse answers as an archive", async () => {
  using folder = temporaryFolder();
  await using destination = await listeningGantry();
  const instances = study();
  Deno.mkdirSync(`${folder.path}/in`);
  writeInstances(`${folder.path}/in`, instances);
  const port = freePort();
  const args = [String(port), `${folder.path}/in`, String(destination.port)];
  await using server = new Process(Deno.execPath(), program("dcmjs_dimse_archive.ts", ...args));
  await acceptsConnections(server, port);
  const peer = `DCMJS@${HERE}:${port}`;
  const found = await gantry(["find", peer, "--json", "-k", "PatientName=Doe*"]);
  assert.equal(found.code, 0, found.stderr);
  assert.deepEqual(JSON.parse(found.stdout)["0020000D"].Value, ["1.2.826.9.7"]);
  const got = await gantry(["get", peer, "StudyInstanceUID=1.2.826.9.7", "-o", `${folder.path}/out`]);
  assert.equal(got.code, 0, got.stderr);
  for (const { sopInstanceUid, dataSet } of instances) {
    const content = readContent(Deno.readFileSync(`${folder.path}/out/${sopInstanceUid}.dcm`));
    assert.equal(content.transferSyntax, SYNTAXES.implicit);
    assert.ok(equalBytes(content.dataSet, dataSet), sopInstanceUid);
  }
  const moved = await gantry(["move", peer, "--to", "DEST", "StudyInstanceUID=1.2.826.9.7"]);
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stdout, /^3 instances moved to DEST in /);
  assert.equal(destination.instances.length, 3);
});
