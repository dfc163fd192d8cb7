/** Real senders wait for real destinations, and one of several destinations has what comes. */

import assert from "node:assert/strict";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance, writeInstances } from "../support/instances.ts";
import { dicomwebPlugin, missingOfPlugin, type Orthanc, startOrthanc } from "../support/orthanc.ts";
import { dcmtk, peerTest, startStoreScp, testWith } from "../support/peers.ts";
import { freePort } from "../support/process.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { HERE } from "./support.ts";

const peerLine = (name: string, port: number) => `  ${name}: { aeTitle: ${name}, host: ${HERE}, port: ${port} }\n`;

/** Sends instances; answers their statuses, and error comments. */
async function send({ port }: ListeningGantry, instances: readonly MadeInstance[]): Promise<string[]> {
  const connect = () => connectTcp({ hostname: HERE, port });
  await using peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle: "CT1", connect });
  const heard: string[] = [];
  for (const instance of instances) {
    const { status, errorComment = "" } = await peer.store(instance);
    heard.push(`${status.toString(16).padStart(4, "0")} ${errorComment}`.trim());
  }
  return heard;
}

/** Sends a file by storescu; answers what it says and its exit code. */
async function storescu({ port }: ListeningGantry, path: string) {
  return await dcmtk("storescu", ["-v", "-aec", "GANTRY", HERE, String(port), path]);
}

const made = (count: number) => Array.from({ length: count }, () => makeInstance({ pixelBytes: 4096 }));

const successes = (count: number) => Array(count).fill("0000");

Deno.test(
  peerTest(
    "the first of two storescps gets all while it lives, the second what comes when it is killed, and nothing twice",
    ["storescp"],
    async () => {
      await using first = await startStoreScp();
      await using second = await startStoreScp();
      await using gateway = await listeningGantry({
        config: `peers:\n${peerLine("FIRST", first.port)}${peerLine("SECOND", second.port)}` +
          "routes: [{ name: r, to: { firstOf: [FIRST, SECOND] }, acknowledge: delivered-all }]\n",
        logLevel: "info",
      });
      assert.deepEqual(await send(gateway, made(5)), successes(5));
      assert.deepEqual([filesBelow(first.folder).length, filesBelow(second.folder).length], [5, 0]);
      first.process.kill("SIGKILL");
      await first.process.exited;
      assert.deepEqual(await send(gateway, made(10)), successes(10));
      assert.deepEqual(filesBelow(second.folder).length, 10);
      await gateway.logged(/"jobs-moved"/);
      const { jobs } = await (await fetch(`${gateway.origin}/jobs?lane=SECOND`)).json();
      assert.deepEqual([jobs.length, jobs[0].choice], [10, ["FIRST", "SECOND"]]);
    },
  ),
);

Deno.test(
  peerTest(
    "storescu hears of success once storescp has the file, and of 0xA700 at the deadline while that is down",
    ["storescp", "storescu"],
    async () => {
      using folder = temporaryFolder();
      const [one, other] = made(2);
      writeInstances(folder.path, [one!]);
      await using scp = await startStoreScp();
      await using gateway = await listeningGantry({
        config: `peers:\n${peerLine("SCP", scp.port)}` +
          "routing: { acknowledgeWithin: 2s }\n" +
          "routes: [{ name: r, to: [SCP], acknowledge: delivered-all }]\n",
        logLevel: "info",
      });
      const path = `${folder.path}/${filesBelow(folder.path)[0]}`;
      const sent = await storescu(gateway, path);
      assert.equal(sent.code, 0, sent.stderr);
      assert.equal(filesBelow(scp.folder).length, 1);
      scp.process.kill("SIGKILL");
      await scp.process.exited;
      Deno.removeSync(path);
      writeInstances(folder.path, [other!]);
      const late = await storescu(gateway, `${folder.path}/${filesBelow(folder.path)[0]}`);
      assert.match(late.stdout + late.stderr, /0xa700|OutOf ?Resources/i);
      assert.match(late.stdout + late.stderr, /Kept, but not delivered in time|a700|OutOf ?Resources/i);
      const { jobs } = await (await fetch(`${gateway.origin}/jobs?sopInstanceUid=${other!.sopInstanceUid}`)).json();
      assert.equal(jobs[0].state, "ready", "it stays, and is tried when storescp is there again");
    },
  ),
);

/** An Orthanc that answers for what it has at the gateway's port. */
async function withOrthanc(
  config: (port: number) => string,
  body: (gateway: ListeningGantry, orthanc: Orthanc) => Promise<void>,
) {
  const port = freePort();
  await using gateway = await listeningGantry({ config: config(port), logLevel: "info" });
  await using orthanc = await startOrthanc({
    DicomPort: port,
    DicomModalities: { gantry: { AET: "GANTRY", Host: HERE, Port: gateway.port } },
  });
  await body(gateway, orthanc);
}

Deno.test(
  peerTest(
    "committed: Orthanc has an instance and answers for it before its sender hears of success",
    ["Orthanc"],
    async () => {
      const config = (port: number) =>
        `peers:\n${peerLine("ORTHANC", port)}routes: [{ name: r, to: [ORTHANC], acknowledge: committed }]\n`;
      await withOrthanc(config, async (gateway, orthanc) => {
        assert.deepEqual(await send(gateway, made(3)), successes(3));
        assert.equal((await (await orthanc.ask("/instances")).json()).length, 3);
      });
    },
  ),
);

Deno.test(
  peerTest("committed: a storescp that knows no commitment is no reason for success", ["storescp"], async () => {
    await using scp = await startStoreScp();
    await using gateway = await listeningGantry({
      config: `peers:\n${peerLine("SCP", scp.port)}` +
        "routing: { acknowledgeWithin: 5s }\nroutes: [{ name: r, to: SCP, acknowledge: committed }]\n",
    });
    const [heard] = await send(gateway, made(1));
    assert.match(heard!, /^a700 Kept and delivered, and the destination does not commit/);
    assert.equal(filesBelow(scp.folder).length, 1);
  }),
);

Deno.test(testWith({
  name: "committed: Orthanc's DICOMweb plugin finds an instance before its sender hears of success",
  missing: missingOfPlugin(),
  async fn() {
    await using orthanc = await startOrthanc({ Plugins: [dicomwebPlugin()], DicomWeb: { Enable: true } });
    await using gateway = await listeningGantry({
      config: `peers: { CLOUD: { url: "${orthanc.url}/dicom-web" } }\n` +
        "routes: [{ name: r, to: [CLOUD], acknowledge: committed }]\n",
    });
    assert.deepEqual(await send(gateway, made(2)), successes(2));
    assert.equal((await (await orthanc.ask("/instances")).json()).length, 2);
  },
}));
