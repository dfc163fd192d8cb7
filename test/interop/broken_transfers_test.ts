import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry, startGantry } from "../support/gantry.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest, startDcmtk, startStoreScp } from "../support/peers.ts";
import { commandPdv, dataPdv, pData, type ScriptedPeer, storeRq } from "../support/scripted_peer.ts";
import { assertKept, assertUnharmed, associated, HERE } from "./support.ts";

const LARGE = 64 * 1024 * 1024;

/** How the operation and the association ended. */
async function ends(gateway: ListeningGantry): Promise<{ operation: string; association: string }> {
  const operation = await gateway.logged(/"operation-ended".*"sopClass"/);
  const association = await gateway.logged(/"association-ended"/);
  return { operation: operation.message, association: association.message };
}

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  Deno.test(peerTest(
    `storescu that gets ${signal} in the middle of an instance leaves nothing behind`,
    ["storescu"],
    async () => {
      await using gateway = await listeningGantry();
      using folder = temporaryFolder();
      const paths = writeInstances(folder.path, [makeInstance({ pixelBytes: LARGE })]);
      await using sender = startDcmtk("storescu", [HERE, String(gateway.port), ...paths]);
      await gateway.logged(/"operation-started"/);
      sender.kill(signal);
      const { operation, association } = await ends(gateway);
      assert.match(operation, /^C-STORE unfinished: /);
      assert.match(association, /^Connection lost: /);
      assertKept(gateway, []);
      await assertUnharmed(gateway);
    },
  ));
}

Deno.test(peerTest("storescu --abort: what was acknowledged before the abort is kept", ["storescu"], async () => {
  await using gateway = await listeningGantry();
  using folder = temporaryFolder();
  const instances = [makeInstance(), makeInstance({ pixelBytes: 1_000_000 })];
  const paths = writeInstances(folder.path, instances);
  assert.equal((await dcmtk("storescu", ["--abort", HERE, String(gateway.port), ...paths])).code, 0);
  await gateway.logged(/"association-ended".*"how":"aborted","by":"peer"/);
  assertKept(gateway, instances);
}));

/** Sends the beginning of a CT image that will not be ended: so much that some of it must be on disk. */
async function sendBeginning(peer: ScriptedPeer): Promise<void> {
  const { dataSet } = makeInstance({ sopClassUid: UID.CTImageStorage, sopInstanceUid: "1.2.3", pixelBytes: LARGE });
  await peer.send(pData(commandPdv(3, storeRq(1))));
  for (let offset = 0; offset < LARGE / 2; offset += 100_000) {
    await peer.send(pData(dataPdv(3, dataSet.subarray(offset, offset + 100_000), false)));
  }
}

/** Reads what there is until the other side closes, and closes too. */
async function readOut(peer: ScriptedPeer): Promise<void> {
  while (await peer.receive() !== undefined);
  await peer.close().catch(() => {});
}

const breaks: Readonly<Record<string, { readonly config?: string; by(peer: ScriptedPeer): Promise<void> }>> = {
  "an A-ABORT": {
    by: (peer) => peer.send({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" }),
  },
  "a connection that closes": { by: (peer) => peer.close() },
  "a connection that is reset": { by: (peer) => peer.vanish() },
  "silence": { config: "dicom: { timeouts: { idle: 1s } }", by: () => Promise.resolve() },
};

for (const [name, { config, by }] of Object.entries(breaks)) {
  Deno.test(`${name} in the middle of an instance leaves nothing of it behind`, async () => {
    await using gateway = await listeningGantry(config === undefined ? {} : { config });
    const peer = await associated(gateway);
    await sendBeginning(peer);
    assert.equal(gateway.unfinished.length, 1, "the beginning is really on disk");
    await by(peer);
    await readOut(peer);
    const { operation } = await ends(gateway);
    assert.match(operation, /^C-STORE unfinished: /);
    assertKept(gateway, []);
    await assertUnharmed(gateway);
  });
}

Deno.test("a gateway that is killed in the middle of an instance starts clean", async () => {
  using folder = temporaryFolder();
  const data = `${folder.path}/data`;
  {
    await using gateway = await listeningGantry({ data });
    const peer = await associated(gateway);
    await sendBeginning(peer);
    assert.equal(gateway.unfinished.length, 1);
    gateway.process.kill("SIGKILL");
    await gateway.process.exited;
    await readOut(peer);
  }
  await using gateway = await listeningGantry({ data });
  assertKept(gateway, []);
  await assertUnharmed(gateway);
});

Deno.test("gantry send that is killed in the middle of an instance leaves nothing of it at the peer", async () => {
  using folder = temporaryFolder();
  const paths = writeInstances(folder.path, [makeInstance({ pixelBytes: LARGE })]);
  await using gateway = await listeningGantry();
  await using sender = startGantry(["send", `GANTRY@${HERE}:${gateway.port}`, ...paths]);
  await gateway.logged(/"operation-started"/);
  sender.kill("SIGKILL");
  await ends(gateway);
  assertKept(gateway, []);
});

Deno.test(peerTest("gantry send: a peer that is killed is told, and the exit code is 1", ["storescp"], async () => {
  using folder = temporaryFolder();
  const paths = writeInstances(folder.path, [makeInstance({ pixelBytes: LARGE })]);
  await using scp = await startStoreScp("+xa");
  await using sender = startGantry(["send", `STORESCP@${HERE}:${scp.port}`, ...paths]);
  await scp.process.line(/Received Store Request/);
  scp.process.kill("SIGKILL");
  const { code, stdout, stderr } = await sender.exited;
  assert.equal(code, 1);
  assert.match(stdout, /^0 instances stored, 1 failed/);
  assert.match(stderr, /Cannot /);
}));
