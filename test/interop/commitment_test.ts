import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { startOrthanc } from "../support/orthanc.ts";
import { peerTest } from "../support/peers.ts";
import { acceptsConnections, freePort, Process } from "../support/process.ts";
import { until } from "../support/until.ts";
import { HERE } from "./support.ts";

/** Waits until Orthanc knows what became of a transaction. */
async function orthancReport(ask: (path: string) => Promise<Response>, id: string) {
  const report = async () => await (await ask(`/storage-commitment/${id}`)).json();
  await until("Orthanc has the report", async () => (await report()).Status !== "Pending", { every: 100 });
  return await report();
}

Deno.test(peerTest("Orthanc: storage commitment, both ways", ["Orthanc"], async (t) => {
  using folder = temporaryFolder();
  const [ownPort, orthancPort] = [freePort(), freePort()];
  await using gateway = await listeningGantry({
    config: `peers: { ORTHANC: { aeTitle: ORTHANC, host: ${HERE}, port: ${orthancPort} } }`,
  });
  await using orthanc = await startOrthanc({
    DicomPort: orthancPort,
    DicomModalities: {
      gantry: { AET: "GANTRY", Host: HERE, Port: gateway.port },
      own: { AET: "OWN", Host: HERE, Port: ownPort },
    },
  });
  const instances = [1, 2, 3].map(() => makeInstance({ pixelBytes: 10_000 }));
  writeInstances(folder.path, instances);
  const peer = `ORTHANC@${HERE}:${orthancPort}`;
  const port = ["--ae-title", "OWN", "--commit-port", String(ownPort), "--commit-timeout", "1m"];

  await t.step("gantry send --commit", async () => {
    const { code, stdout, stderr } = await gantry(["send", peer, folder.path, "--commit", ...port]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^3 instances stored; .*; 3 committed\n$/);
  });

  await t.step("gantry commit names what Orthanc does not have", async () => {
    using other = temporaryFolder();
    const [missing] = writeInstances(other.path, [makeInstance({ pixelBytes: 100 })]);
    const { code, stdout, stderr } = await gantry(["commit", peer, folder.path, other.path, ...port]);
    assert.equal(code, 1, stdout);
    assert.match(stderr, /: Not committed: 0x0112 No such instance\n/);
    assert.match(stdout, /^3 instances committed, 1 not committed; /);
    assert.ok(missing !== null);
  });

  await t.step("its request, of what Gantry has and has not", async () => {
    const sent = await gantry(["send", `GANTRY@${HERE}:${gateway.port}`, folder.path]);
    assert.equal(sent.code, 0, sent.stderr);
    const DicomInstances = [...instances, { ...instances[0]!, sopInstanceUid: "1.2.3.4" }]
      .map(({ sopClassUid, sopInstanceUid }) => ({ SOPClassUID: sopClassUid, SOPInstanceUID: sopInstanceUid }));
    const asked = await orthanc.ask("/modalities/gantry/storage-commitment", { DicomInstances });
    const { ID } = await asked.json();
    const { Status, Success, Failures } = await orthancReport(orthanc.ask, ID);
    assert.equal(Status, "Failure");
    assert.equal(Success.length, 3);
    assert.deepEqual(
      Failures.map(({ SOPInstanceUID, FailureReason }: Record<string, unknown>) => [
        SOPInstanceUID,
        FailureReason,
      ]),
      [["1.2.3.4", 0x0112]],
    );
  });

  await t.step("gantry commit where a gateway listens, which asks and waits in its place", async () => {
    const file = `${folder.path}/gantry.yaml`;
    const httpPort = new URL(gateway.origin).port;
    Deno.writeTextFileSync(
      file,
      `dicom: { host: ${HERE}, port: ${gateway.port} }\nhttp: { host: ${HERE}, port: ${httpPort} }\n` +
        `peers: { ORTHANC: { aeTitle: ORTHANC, host: ${HERE}, port: ${orthancPort} } }\n`,
    );
    const { code, stdout, stderr } = await gantry(["commit", "ORTHANC", folder.path, "--config", file]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^3 instances committed; /);
    const other = await gantry(["commit", peer, folder.path, "--config", file]);
    assert.equal(other.code, 1);
    assert.match(
      other.stderr,
      /in use.*; a gateway calls only peers that its configuration names: use --commit-port PORT/,
    );
    Deno.removeSync(file);
  });

  await t.step("POST /commitments, which Orthanc answers to the gateway's port", async () => {
    const body = {
      peer: "ORTHANC",
      instances: instances.map(({ sopClassUid, sopInstanceUid }) => ({ sopClassUid, sopInstanceUid })),
    };
    const response = await fetch(`${gateway.origin}/commitments`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const report = await response.json();
    assert.equal(response.status, 200, JSON.stringify(report));
    assert.deepEqual([report.committed.length, report.failed], [3, []]);
  });
}));

const named = ({ sopClassUid, sopInstanceUid }: { readonly sopClassUid: string; readonly sopInstanceUid: string }) =>
  `${sopClassUid}:${sopInstanceUid}`;

function dcmjs(...args: string[]): Process {
  const program = fileURLToPath(new URL("dcmjs_dimse_commitment.ts", import.meta.url));
  return new Process(Deno.execPath(), ["run", "--quiet", "-A", program, ...args]);
}

Deno.test("dcmjs-dimse asks for commitment, and gets the report on its own port", async () => {
  using folder = temporaryFolder();
  const port = freePort();
  await using gateway = await listeningGantry({
    config: `peers: { DCMJS: { aeTitle: DCMJS, host: ${HERE}, port: ${port} } }`,
  });
  const instances = [1, 2].map(() => makeInstance({ pixelBytes: 1000 }));
  writeInstances(folder.path, instances);
  assert.equal((await gantry(["send", `GANTRY@${HERE}:${gateway.port}`, folder.path])).code, 0);
  const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid);
  await using scu = dcmjs("scu", String(port), String(gateway.port), ...instances.map(named), "1.2:1.2.3");
  assert.deepEqual(JSON.parse(await scu.line(/asked/)), { asked: 0 });
  assert.deepEqual(JSON.parse(await scu.line(/event/)), {
    event: 2,
    transaction: "2.25.77",
    committed: uids,
    failed: [["1.2.3", 0x0112]],
  });
});

Deno.test("gantry commit asks dcmjs-dimse, which reports on an association of its own without role selection", async () => {
  using folder = temporaryFolder();
  const [port, ownPort] = [freePort(), freePort()];
  await using scp = dcmjs("scp", String(port), String(ownPort));
  await acceptsConnections(scp, port);
  const instances = [1, 2].map(() => makeInstance({ pixelBytes: 1000 }));
  const [, second] = writeInstances(folder.path, instances);
  const call = ["commit", `DCMJS@${HERE}:${port}`, folder.path, "--json", "--commit-port", String(ownPort)];
  const { code, stdout, stderr } = await gantry(call);
  assert.equal(code, 1, stderr);
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ type, committed, reason }) => [type, committed, reason]), [
    ["commitment", true, undefined],
    ["commitment", false, 0x0112],
    ["summary", 1, undefined],
  ]);
  assert.ok([lines[0].path, lines[1].path].includes(second));
  assert.deepEqual(JSON.parse(await scp.line(/reported/)), { reported: 0 });
});

Deno.test("a request for commitment survives kill -9, and so does its report", async () => {
  using folder = temporaryFolder();
  using data = temporaryFolder();
  const port = freePort();
  const instance = makeInstance({ pixelBytes: 1000 });
  writeInstances(folder.path, [instance]);
  const config = `peers: { DCMJS: { aeTitle: DCMJS, host: ${HERE}, port: ${port} } }`;
  {
    await using gateway = await listeningGantry({ config, data: data.path });
    assert.equal((await gantry(["send", `GANTRY@${HERE}:${gateway.port}`, folder.path])).code, 0);
    // It asks under the name of one who is not there.
    await using scu = dcmjs("scu", String(freePort()), String(gateway.port), named(instance));
    await scu.line(/"asked":0/);
    await gateway.end("SIGKILL");
  }
  await using waiting = dcmjs("scp", String(port), "1");
  await acceptsConnections(waiting, port);
  await using gateway = await listeningGantry({ config, data: data.path });
  // Where the first report was tried before the end, the next one comes after a pause.
  await (await fetch(`${gateway.origin}/commitments/2.25.77/retry`, { method: "POST" })).body?.cancel();
  assert.deepEqual(JSON.parse(await waiting.line(/event/)), {
    event: 1,
    transaction: "2.25.77",
    committed: [instance.sopInstanceUid],
    failed: [],
  });
  await gateway.logged(/commitment-reported/);
  const shown = await (await fetch(`${gateway.origin}/commitments/2.25.77`)).json();
  assert.equal(shown.state, "reported");
});
