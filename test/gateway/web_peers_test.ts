import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import { DimseStatusError } from "../../src/errors.ts";
import { createGateway, type Gateway } from "../../src/gateway/gateway.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { AwaitedReports } from "../../src/services/awaited_reports.ts";
import { Peer } from "../../src/services/peer.ts";
import { COMMITMENT_CONTEXT, storageCommitment } from "../../src/services/storage_commitment.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { collect } from "../archive/support.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { type MadeInstance, makeInstance } from "../support/instances.ts";

const TOKEN = "0123456789abcdef";

/** A gateway whose archive is empty, and who calls it. */
interface Site extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly store: ObjectStore;
  readonly caller: (calledAeTitle: string) => Peer;
  /** Reports of storage commitment to callers. */
  readonly awaited: AwaitedReports;
}

async function site(yaml: string): Promise<Site> {
  const store = createMemoryStore();
  const gateway = createGateway({
    ...{ store, index: createMemoryIndex(), config: await parseConfig(yaml) },
    connect: () => Promise.reject(new Error("Nobody is called by DIMSE")),
  });
  const open: AsyncDisposable[] = [];
  const awaited = new AwaitedReports();
  const caller = (calledAeTitle: string) => {
    const connect = () => {
      const [here, there] = connectionPair();
      gateway.accept(there);
      return Promise.resolve(here);
    };
    const services = [storageCommitment({ onReport: awaited.take })];
    const peer = new Peer({ calledAeTitle, callingAeTitle: "OLD", connect, services });
    open.push(peer);
    return peer;
  };
  return {
    ...{ gateway, store, caller, awaited },
    async [Symbol.asyncDispose]() {
      for (const one of [...open.reverse(), gateway, store]) await one[Symbol.asyncDispose]();
    },
  };
}

/** A cloud that speaks DICOMweb, and a gateway in front of it that speaks DIMSE. */
async function cloudAndSite(): Promise<{ cloud: Site; front: Site } & AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  const cloud = starting.use(await site(`http: { token: ${TOKEN} }`));
  const server = starting.use(Deno.serve({ port: 0, onListen: () => {} }, (request) => cloud.gateway.fetch(request)));
  const front = starting.use(
    await site(`
peers: { CLOUD: { url: "http://127.0.0.1:${server.addr.port}/dicom-web", token: ${TOKEN}, aeTitle: CLOUD } }
answers: { BOTH: [archive, CLOUD] }
commitment: { sameAssociation: [OLD] }
`),
  );
  const running = starting.move();
  return { cloud, front, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function store(peer: Peer, { sopClassUid, transferSyntax, sopInstanceUid, dataSet }: MadeInstance) {
  const presentationContexts = [{ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] }];
  return await peer.use(
    { presentationContexts },
    (association) => association.store({ sopClassUid, sopInstanceUid, transferSyntax, dataSet }),
  );
}

const has = async ({ store }: Site, { name }: MadeInstance) => await store.get(name) !== undefined;

Deno.test("what is stored to the AE title of a DICOMweb server is there when the sender hears of it, and not here", async () => {
  await using sites = await cloudAndSite();
  const { cloud, front } = sites;
  const instance = makeInstance({ pixelBytes: 300_000 });
  assert.equal((await store(front.caller("CLOUD"), instance)).status, 0x0000);
  const kept = await cloud.store.get(instance.name);
  assert.deepEqual((await collect(kept!.read())).slice(-instance.dataSet.length), instance.dataSet);
  assert(!await has(front, instance));
  assert.equal((await store(front.caller("OTHER"), makeInstance())).status, 0x0000);
});

Deno.test("queries and retrievals by DIMSE are answered by a DICOMweb server", async () => {
  await using sites = await cloudAndSite();
  const { cloud, front } = sites;
  const instances = [1, 2, 3].map((number) =>
    makeInstance({ studyInstanceUid: "1.2.7", pixel: number, pixelBytes: 70_000 })
  );
  for (const instance of instances) await store(front.caller("CLOUD"), instance);
  assert(await has(cloud, instances[0]!));
  for (const called of ["CLOUD", "BOTH"]) {
    const peer = front.caller(called);
    for (
      const [level, tag] of [["STUDY", "StudyInstanceUID"], ["SERIES", "SeriesInstanceUID"], [
        "PATIENT",
        "PatientID",
      ]] as const
    ) {
      const identifier = dataSetOf({
        QueryRetrieveLevel: level,
        PatientID: level === "PATIENT" ? "ID*" : "",
        [tag]: "",
      });
      if (level === "SERIES") identifier.set("StudyInstanceUID", "1.2.7");
      const found = await Array.fromAsync(peer.find({ identifier }));
      assert.equal(found.length, 1, `${called} ${level}`);
      assert.notEqual(found[0]?.dataSet.getText(tag), "");
    }
    const kept = new Map<string, Uint8Array>();
    const progress = peer.get({
      identifier: dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.7" }),
      sopClassUids: [instances[0]!.sopClassUid],
      keep: async (received) => void kept.set(received.sopInstanceUid, await collect(received.dataSet.stream())),
    });
    const last = (await Array.fromAsync(progress)).at(-1);
    assert.deepEqual([last?.status, last?.completed], [0x0000, 3], called);
    for (const { sopInstanceUid, dataSet } of instances) assert.deepEqual(kept.get(sopInstanceUid), dataSet);
  }
});

Deno.test("a DICOMweb server is a destination of C-MOVE by its AE title", async () => {
  await using sites = await cloudAndSite();
  const { cloud, front } = sites;
  const instances = [makeInstance({ studyInstanceUid: "1.2.8" }), makeInstance({ studyInstanceUid: "1.2.8" })];
  const peer = front.caller("GANTRY");
  for (const instance of instances) await store(peer, instance);
  const identifier = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.8" });
  const last = (await Array.fromAsync(peer.move({ identifier, destination: "CLOUD" }))).at(-1);
  assert.deepEqual([last?.status, last?.completed, last?.failed], [0x0000, 2, 0]);
  for (const instance of instances) assert(await has(cloud, instance));
});

Deno.test("what a DICOMweb server refuses is not stored, and the sender hears the reason", async () => {
  const uid = "1.2.3.4.9";
  const item = { "00081155": { vr: "UI", Value: [uid] }, "00081197": { vr: "US", Value: [0xa700] } };
  const answers = [
    () => Response.json({ "00081198": { vr: "SQ", Value: [item] } }, { status: 409 }),
    () => new Response("no", { status: 403 }),
    () => Response.json({ "00081199": { vr: "SQ" } }, { status: 202 }),
  ];
  let answer = answers[0]!;
  await using server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    await request.arrayBuffer();
    return answer();
  });
  await using front = await site(`peers: { C: { url: "http://127.0.0.1:${server.addr.port}", aeTitle: CLOUD } }`);
  for (const [index, status] of [0xa700, 0x0110, 0x0110].entries()) {
    answer = answers[index]!;
    const stored = await store(front.caller("CLOUD"), makeInstance({ sopInstanceUid: uid })).catch((error) => {
      assert(error instanceof DimseStatusError);
      return { status: error.status };
    });
    assert.equal(stored.status, status);
  }
});

Deno.test("a query is refused where a DICOMweb server fails, and a retrieval doesn't look complete", async () => {
  await using server = Deno.serve({ port: 0, onListen: () => {} }, () => new Response("no", { status: 500 }));
  await using front = await site(`
peers: { C: { url: "http://127.0.0.1:${server.addr.port}" } }
answers: { default: [C] }
`);
  const peer = front.caller("GANTRY");
  const identifier = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.3" });
  await assert.rejects(Array.fromAsync(peer.find({ identifier })), DimseStatusError);
  const last = (await Array.fromAsync(peer.move({ identifier, destination: "GANTRY" })).catch(() => [])).at(-1);
  assert.notEqual(last?.status, 0x0000);
});

Deno.test("commitment at the AE title of a DICOMweb server is what that server says", async () => {
  await using sites = await cloudAndSite();
  const { cloud, front } = sites;
  const [kept, here, gone] = [makeInstance(), makeInstance(), makeInstance()];
  const peer = front.caller("CLOUD");
  for (const instance of [kept, gone]) await store(peer, instance);
  await store(front.caller("GANTRY"), here);
  await cloud.store.delete(gone.name);
  const { sopClassUid } = kept;
  const references = [
    ...[kept, here, gone].map(({ sopInstanceUid }) => ({ sopClassUid, sopInstanceUid })),
    { sopClassUid: "1.2.840.10008.5.1.4.1.1.2", sopInstanceUid: kept.sopInstanceUid },
  ];
  const failed = async (calledAeTitle: string, transactionUid: string, instances: typeof references) => {
    const report = await front.caller(calledAeTitle).use(
      { presentationContexts: [COMMITMENT_CONTEXT] },
      ({ provider }) => front.awaited.commit(provider, { transactionUid, instances }),
    );
    return report.failed.map(({ sopInstanceUid, reason }) => [sopInstanceUid, reason]);
  };
  assert.deepEqual(await failed("CLOUD", "2.25.1", references.slice(0, 3)), [
    [here.sopInstanceUid, 0x0112],
    [gone.sopInstanceUid, 0x0110],
  ]);
  assert.deepEqual(await failed("CLOUD", "2.25.2", references.slice(3)), [[kept.sopInstanceUid, 0x0119]]);
  assert.deepEqual(await failed("GANTRY", "2.25.3", references.slice(0, 2)), [[kept.sopInstanceUid, 0x0112]]);
});
