/** Disks that are really full or read-only: that of a folder that is a destination, and that of the archive and its queue. */

import assert from "node:assert/strict";
import { Peer } from "../../src/services/peer.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance } from "../support/instances.ts";
import { canMount, smallDisk } from "../support/small_disk.ts";
import { HERE } from "./support.ts";

const ignore = !await canMount();

/** Sends instances; answers their statuses. */
async function send({ port }: ListeningGantry, instances: readonly MadeInstance[]): Promise<number[]> {
  const connect = () => connectTcp({ hostname: HERE, port });
  await using peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle: "CT1", connect });
  const statuses: number[] = [];
  for (const instance of instances) statuses.push((await peer.store(instance)).status);
  return statuses;
}

async function delivered(gateway: ListeningGantry, instances: readonly MadeInstance[]): Promise<void> {
  for (const { sopInstanceUid } of instances) {
    await gateway.logged(new RegExp(`"sopInstance":"${sopInstanceUid.replaceAll(".", "\\.")}","class":"delivered"`));
  }
}

async function jobsOf({ origin }: ListeningGantry) {
  return (await (await fetch(`${origin}/jobs?limit=100`)).json()).jobs;
}

Deno.test({
  name: "a folder whose disk is full opens its lane and costs no attempt; everything goes there once it has room",
  ignore,
  async fn() {
    await using disk = await smallDisk(4_000_000);
    assert.ok(disk);
    await using gateway = await listeningGantry({
      config: `destinations: { DISK: { folder: ${JSON.stringify(disk.path)}, name: "{SOPInstanceUID}" } }\n` +
        "routes: [{ name: all, to: [DISK] }]\n",
      logLevel: "info",
    });
    const [first, ...others] = Array.from({ length: 8 }, () => makeInstance({ pixelBytes: 300_000 }));
    await send(gateway, [first!]);
    await delivered(gateway, [first!]);
    disk.fill();
    assert.deepEqual(await send(gateway, others), Array(7).fill(0));
    const opened = await gateway.logged(/"lane-opened"/);
    assert.match(opened.message, /ENOSPC/);
    const jobs = await jobsOf(gateway);
    assert.ok(jobs.every(({ attempts, state }: Record<string, unknown>) => state === "delivered" || attempts === 0));
    assert.deepEqual(filesBelow(disk.path).sort(), [".ballast", first!.sopInstanceUid]);
    disk.clear();
    await fetch(`${gateway.origin}/lanes/DISK/resume`, { method: "POST" });
    await delivered(gateway, others);
    for (const { sopInstanceUid, file } of [first!, ...others]) {
      const { dataSet } = readFile(Deno.readFileSync(`${disk.path}/${sopInstanceUid}`));
      assert.deepEqual(dataSet.encode(first!.transferSyntax), readFile(file).dataSet.encode(first!.transferSyntax));
    }
    assert.equal(filesBelow(disk.path).length, 8);
  },
});

Deno.test({
  name:
    "a folder that becomes read-only opens its lane and costs no attempt; everything goes there once it can be written to",
  ignore,
  async fn() {
    await using disk = await smallDisk(4_000_000);
    assert.ok(disk);
    await disk.readOnly(true);
    await using gateway = await listeningGantry({
      config: `destinations: { DISK: { folder: ${JSON.stringify(disk.path)}, name: "{SOPInstanceUID}" } }\n` +
        "routes: [{ name: all, to: [DISK] }]\n",
      logLevel: "info",
    });
    const instances = [makeInstance(), makeInstance()];
    assert.deepEqual(await send(gateway, instances), [0, 0]);
    assert.match((await gateway.logged(/"lane-opened"/)).message, /EROFS/);
    assert.ok((await jobsOf(gateway)).every(({ attempts }: Record<string, unknown>) => attempts === 0));
    await disk.readOnly(false);
    await fetch(`${gateway.origin}/lanes/DISK/resume`, { method: "POST" });
    await delivered(gateway, instances);
    assert.equal(filesBelow(disk.path).length, 2);
  },
});

for (const isKilled of [false, true]) {
  const then = isKilled ? " also when the gateway is killed meanwhile" : " without a new start";
  Deno.test({
    name: `an archive and a queue on a full disk refuse with 0xA700, and what they had acknowledged goes on,${then}`,
    ignore,
    async fn() {
      await using disk = await smallDisk(40_000_000);
      assert.ok(disk);
      using other = temporaryFolder();
      const folder = `${other.path}/later`;
      const options = {
        data: `${disk.path}/data`,
        config: `archive: { reserve: 0 }\ndestinations: { LATER: { folder: ${JSON.stringify(folder)} } }\n` +
          "routes: [{ name: all, to: [LATER] }]\n",
        logLevel: "info",
      } as const;
      await using gateway = await listeningGantry(options);
      const resume = async ({ origin }: ListeningGantry) => {
        const response = await fetch(`${origin}/lanes/LATER/resume`, { method: "POST" });
        await response.body?.cancel();
        return response.status;
      };
      const before = Array.from({ length: 20 }, () => makeInstance({ pixelBytes: 100_000 }));
      assert.deepEqual(await send(gateway, before), Array(20).fill(0));
      await gateway.logged(/"lane-opened"/);

      disk.fill();
      const refused = Array.from({ length: 5 }, () => makeInstance({ pixelBytes: 300_000 }));
      assert.deepEqual(await send(gateway, refused), Array(5).fill(0xA700));
      Deno.mkdirSync(folder);
      // Whether the queue can still be written depends on the room in its own files.
      await resume(gateway);
      if (isKilled) await gateway.end("SIGKILL");
      disk.clear();

      await using next = isKilled ? await listeningGantry(options) : undefined;
      const running = next ?? gateway;
      const after = [makeInstance(), makeInstance({ pixelBytes: 300_000 })];
      assert.deepEqual(await send(running, after), [0, 0]);
      assert.equal(await resume(running), 204);
      await delivered(running, after);
      await drained(running);
      const whole = filesBelow(folder).filter((name) => name.endsWith(".dcm"));
      const names = whole.map((name) => name.split("/").at(-1)!.replace(/\.dcm$/, ""));
      assert.deepEqual(names.sort(), [...before, ...after].map(({ sopInstanceUid }) => sopInstanceUid).sort());
    },
  });
}

/** Resolves once everything is delivered. */
async function drained(gateway: ListeningGantry): Promise<void> {
  for (const end = Date.now() + 60_000;;) {
    const jobs: { state: string }[] = await jobsOf(gateway);
    if (jobs.every(({ state }) => state === "delivered")) return;
    assert.ok(Date.now() < end, JSON.stringify(jobs.slice(0, 3)));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
