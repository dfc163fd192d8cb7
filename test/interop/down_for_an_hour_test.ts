/** Real destinations that are down for an hour of fake time: storescp, an HTTP server, a folder. */

import assert from "node:assert/strict";
import { DicomwebClient } from "../../src/dicomweb/client/client.ts";
import { WebDestination } from "../../src/gateway/web_destination.ts";
import type { Destination } from "../../src/routing/destinations/destination.ts";
import { DimseDestination } from "../../src/routing/destinations/dimse_destination.ts";
import { FolderDestination } from "../../src/routing/destinations/file_folder.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { sentUids, storedAnswer } from "../dicomweb/client/server.ts";
import { outgoing, range, startLanes } from "../routing/support.ts";
import { FakeTime } from "../support/fake_time.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";
import { peerTest, startStoreScp } from "../support/peers.ts";
import { freePort } from "../support/process.ts";
import { HERE } from "./support.ts";

const HOUR = 3_600_000;
const COUNT = 50;

/** Sockets go by real time, whatever timers do. */
const { setTimeout: realTimeout } = globalThis;

/** Lets fake time pass in steps, and sockets come along; until something holds, or all of it has passed. */
async function pass(time: FakeTime, milliseconds: number, step: number, holds = () => false): Promise<void> {
  for (let passed = 0; passed < milliseconds && !holds(); passed += step) {
    await time.advance(step);
    await new Promise((resolve) => realTimeout(resolve, 3));
  }
}

/** Keeps a lane waiting for an hour; `up()` brings its destination up, and `has()` counts what that has. */
async function downForAnHour(destination: Destination, up: () => void, has: () => number): Promise<void> {
  using time = new FakeTime();
  await using lane = await startLanes(time, { PACS: destination }, {}, {
    open(number) {
      const { dataSet, ...made } = makeInstance({ sopInstanceUid: `1.2.3.${number}` });
      return outgoing(number, { ...made, length: dataSet.length, stream: () => new Blob([dataSet]).stream() });
    },
  });
  lane.add(range(1, COUNT));
  await pass(time, HOUR, 20_000);
  const jobs = await lane.queue.jobs({}, { limit: 99 });
  assert.ok(jobs.every(({ attempts, state }) => attempts === 0 && state === "ready"), JSON.stringify(jobs[0]));
  const attempts = await lane.queue.deliveries({}, { limit: 99 });
  // One for each association or connection that was under way.
  assert.ok(attempts.length <= 2 * (destination.batch?.instances ?? 1), `${attempts.length} instances were tried`);
  assert.equal((await lane.lanes.report())[0]?.activity, "open");
  up();
  await pass(time, HOUR, 250, () => has() === COUNT);
  await pass(time, 1_000, 250);
  const left = (await lane.queue.jobs({}, { limit: 99 })).filter(({ state }) => state !== "delivered");
  assert.deepEqual([has(), left.map(({ last }) => last)], [COUNT, []]);
  assert.deepEqual(lane.events.flatMap(({ type }) => type === "job-attempted" ? [] : [type]), [
    "lane-opened",
    "lane-closed",
  ]);
}

Deno.test(peerTest("storescp that is down for an hour gets everything once it is up", ["storescp"], async () => {
  await using scp = await startStoreScp();
  let port = freePort();
  const connect = () => connectTcp({ hostname: HERE, port });
  const peer = new Peer({ calledAeTitle: "STORESCP", callingAeTitle: "GANTRY", connect });
  const destination = new DimseDestination({ peer, timeout: 60_000 });
  await downForAnHour(destination, () => void (port = scp.port), () => filesBelow(scp.folder).length);
}));

Deno.test("an HTTP server that is down for an hour gets everything once it is up", async () => {
  const stored = new Set<string>();
  await using server = Deno.serve({ hostname: HERE, port: 0, onListen: () => {} }, async (request) => {
    if (request.method === "GET") return Response.json([]);
    const uids = await sentUids(request);
    for (const uid of uids) stored.add(uid);
    return storedAnswer(uids);
  });
  let port = freePort();
  const client = new DicomwebClient({
    url: "http://cloud.example/dicom-web",
    retries: 0,
    fetch: (url, init) => fetch(String(url).replace("cloud.example", `${HERE}:${port}`), init),
  });
  await downForAnHour(new WebDestination(client), () => void (port = server.addr.port), () => stored.size);
});

Deno.test("a folder whose mount is missing for an hour gets everything once it is there", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/mount`;
  const has = () => filesBelow(path).filter((name) => name.endsWith(".dcm")).length;
  await downForAnHour(new FolderDestination(path), () => Deno.mkdirSync(path), has);
});
