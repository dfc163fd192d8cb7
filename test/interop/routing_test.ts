/** Instances go on to real peers, whatever these do in between. */

import assert from "node:assert/strict";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance } from "../support/instances.ts";
import { dicomwebPlugin, missingOfPlugin, startOrthanc } from "../support/orthanc.ts";
import { peerTest, startStoreScp, testWith } from "../support/peers.ts";
import { freePort } from "../support/process.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { HERE } from "./support.ts";

/** A gateway that sends all to peers of these names and ports. */
function configFor(peers: Readonly<Record<string, number>>, more = ""): string {
  const lines = Object.entries(peers).map(([name, port]) =>
    `  ${name}: { aeTitle: ${name}, host: 127.0.0.1, port: ${port} }`
  );
  return `peers:\n${lines.join("\n")}\nroutes: [{ name: all, to: [${Object.keys(peers).join(", ")}] }]\n${more}`;
}

async function send({ port }: ListeningGantry, instances: readonly MadeInstance[]): Promise<void> {
  const connect = () => connectTcp({ hostname: HERE, port });
  await using peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle: "CT1", connect });
  for (const instance of instances) assert.equal((await peer.store(instance)).status, 0);
}

/** Waits for the log to say that instances went to a lane. */
async function delivered(gateway: ListeningGantry, lane: string, instances: readonly MadeInstance[]): Promise<void> {
  for (const { sopInstanceUid } of instances) {
    const uid = sopInstanceUid.replaceAll(".", "\\.");
    await gateway.logged(new RegExp(`"lane":"${lane}".*"sopInstance":"${uid}","class":"delivered"`));
  }
}

async function askJson({ origin }: ListeningGantry, path: string) {
  return await (await fetch(`${origin}${path}`)).json();
}

Deno.test(
  peerTest("instances go to storescp as they came, while another destination is down", ["storescp"], async () => {
    await using scp = await startStoreScp();
    await using gateway = await listeningGantry({
      config: configFor({ STORESCP: scp.port, DOWN: freePort() }),
      logLevel: "info",
    });
    const instances = Array.from({ length: 20 }, () => makeInstance({ pixelBytes: 4096 }));
    await send(gateway, instances);
    await delivered(gateway, "STORESCP", instances);
    assert.equal(filesBelow(scp.folder).length, 20);
    const { lanes } = await askJson(gateway, "/lanes");
    const down = lanes.find(({ name }: { name: string }) => name === "DOWN");
    assert.deepEqual([down.state, down.jobs.ready, down.jobs.delivered], ["open", 20, 0]);
  }),
);

Deno.test(
  peerTest(
    "storescp that refuses associations is a matter of the configuration, and costs no attempt",
    ["storescp"],
    async () => {
      await using scp = await startStoreScp("--refuse");
      await using gateway = await listeningGantry({ config: configFor({ STORESCP: scp.port }), logLevel: "info" });
      await send(gateway, [makeInstance()]);
      const { level, message } = await gateway.logged(/"lane-opened"/);
      assert.deepEqual([level, /refuses this gateway/.test(message)], ["error", true]);
      const { jobs: [job] } = await askJson(gateway, "/jobs");
      assert.deepEqual([job.state, job.attempts, job.last.class], ["ready", 0, "configuration"]);
    },
  ),
);

Deno.test(peerTest("storescp that aborts in mid message interrupts, and is tried again", ["storescp"], async () => {
  await using scp = await startStoreScp("--abort-during");
  await using gateway = await listeningGantry({ config: configFor({ STORESCP: scp.port }), logLevel: "info" });
  await send(gateway, [makeInstance({ pixelBytes: 400_000 })]);
  await gateway.logged(/"lane-opened"/);
  const { jobs: [job] } = await askJson(gateway, "/jobs");
  assert.deepEqual([job.state, job.attempts, job.last.class], ["waiting", 1, "interrupted"]);
}));

Deno.test(peerTest("storescp that sleeps in mid message is given up after the timeout", ["storescp"], async () => {
  await using scp = await startStoreScp("--sleep-during", "30");
  const timeouts = "dicom: { timeouts: { response: 1s, idle: 1s } }";
  await using gateway = await listeningGantry({
    config: configFor({ STORESCP: scp.port }, timeouts),
    logLevel: "info",
  });
  await send(gateway, [makeInstance({ pixelBytes: 400_000 })]);
  await gateway.logged(/"lane-opened"/);
  const { jobs: [job] } = await askJson(gateway, "/jobs");
  assert.deepEqual([job.state, job.attempts, job.last.class], ["waiting", 1, "interrupted"]);
  scp.process.kill("SIGKILL");
}));

Deno.test(
  peerTest("Orthanc that is started late gets everything, once somebody resumes the lane", ["Orthanc"], async () => {
    const port = freePort();
    using folder = temporaryFolder();
    Deno.mkdirSync(`${folder.path}/studies`);
    const more = `destinations: { DISK: { folder: ${JSON.stringify(`${folder.path}/studies`)} } }`;
    const config = configFor({ ORTHANC: port }, more).replace("to: [ORTHANC]", "to: [ORTHANC, DISK]");
    await using gateway = await listeningGantry({ config, logLevel: "info" });
    const instances = Array.from({ length: 10 }, () => makeInstance());
    await send(gateway, instances);
    await delivered(gateway, "DISK", instances);
    assert.equal(filesBelow(`${folder.path}/studies`).filter((name) => name.endsWith(".dcm")).length, 10);
    await using orthanc = await startOrthanc({ DicomPort: port });
    await fetch(`${gateway.origin}/lanes/ORTHANC/resume`, { method: "POST" });
    await delivered(gateway, "ORTHANC", instances);
    const stored: string[] = await (await orthanc.ask("/instances")).json();
    assert.equal(stored.length, 10);
  }),
);

Deno.test(testWith({
  name: "a study goes to Orthanc's DICOMweb plugin in few requests, though one instance of it is none",
  missing: missingOfPlugin(),
  async fn() {
    await using orthanc = await startOrthanc({ Plugins: [dicomwebPlugin()], DicomWeb: { Enable: true } });
    await using gateway = await listeningGantry({
      config: `peers: { CLOUD: { url: "${orthanc.url}/dicom-web", maxBatch: 20 } }\n` +
        "routes: [{ name: all, to: [CLOUD] }]\n",
      logLevel: "info",
    });
    await fetch(`${gateway.origin}/lanes/CLOUD/pause`, { method: "POST" });
    const good = Array.from({ length: 30 }, () => makeInstance({ pixelBytes: 4096 }));
    // Orthanc stores nothing without a Series Instance UID, nor what is behind that in its request, and answers 200.
    const bad = makeInstance({ seriesInstanceUid: "" });
    await send(gateway, [...good.slice(0, 10), bad, ...good.slice(10)]);
    await fetch(`${gateway.origin}/lanes/CLOUD/resume`, { method: "POST" });
    await delivered(gateway, "CLOUD", good);
    const stored = await (await fetch(`${orthanc.url}/instances`)).json();
    assert.equal(stored.length, 30);
    const { deliveries } = await askJson(gateway, `/deliveries?sopInstanceUid=${bad.sopInstanceUid}`);
    assert.equal(deliveries[0].class, "permanent", JSON.stringify(deliveries));
    const first = (await askJson(gateway, "/deliveries?class=delivered&limit=100")).deliveries;
    assert.equal(first.length, 30);
    assert.ok(first.every(({ attempt }: { attempt: number }) => attempt === 1));
  },
}));
