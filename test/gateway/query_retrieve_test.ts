import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError, TransportError } from "../../src/errors.ts";
import type { Connect } from "../../src/gateway/connect.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { CT, sourceOf } from "../services/query_support.ts";

/** Gateways by port, which reach each other. */
class Network implements AsyncDisposable {
  readonly #gateways = new Map<number, Gateway>();
  readonly #open: AsyncDisposable[] = [];

  readonly connect: Connect = ({ port }) => {
    const gateway = this.#gateways.get(port);
    if (gateway === undefined) throw new TransportError("Cannot connect: nothing listens there", { phase: "connect" });
    const [here, there] = connectionPair();
    gateway.accept(there);
    return Promise.resolve(here);
  };

  async gateway(port: number, yaml: string, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
    const config = await parseConfig(yaml);
    const gateway = createGateway({ store: createMemoryStore(), connect: this.connect, config, ...options });
    this.#gateways.set(port, gateway);
    this.#open.push(gateway);
    return gateway;
  }

  /** Who calls the gateway at a port. */
  caller(port: number, calledAeTitle: string, callingAeTitle = "ASKER"): Peer {
    const connect = () => this.connect({ host: "", port }, {} as never);
    const peer = new Peer({ calledAeTitle, callingAeTitle, connect });
    this.#open.push(peer);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of this.#open.reverse()) await open[Symbol.asyncDispose]();
  }
}

const STUDIES = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "" });
const STUDY = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.1" });

async function studies(peer: Peer): Promise<string[]> {
  const found = await Array.fromAsync(peer.find({ identifier: STUDIES }));
  return found.map(({ dataSet }) => `${dataSet.getText("StudyInstanceUID")} ${dataSet.getTexts("RetrieveAETitle")}`);
}

Deno.test("a gateway answers with its source, and moves to the peers of its configuration", async () => {
  await using network = new Network();
  await network.gateway(1, "peers: { DEST: { aeTitle: STORE, host: b, port: 2 } }", {
    source: sourceOf({ studies: 2 }),
  });
  const kept: string[] = [];
  await network.gateway(2, "aeTitle: STORE", {
    observers: [(event) => void (event.type === "instance-kept" && kept.push(event.kept.instance.sopInstanceUid))],
  });
  const caller = network.caller(1, "ANY");
  assert.deepEqual(await studies(caller), ["1.2.1 ANY", "1.2.2 ANY"]);
  const moved = await Array.fromAsync(caller.move({ identifier: STUDY, destination: "STORE" }));
  assert.deepEqual([moved.at(-1)?.status, moved.at(-1)?.completed], [Status.Success, 3]);
  assert.equal(kept.length, 3);
  const got: string[] = [];
  const steps = caller.get({
    identifier: STUDY,
    sopClassUids: [CT],
    keep: async ({ sopInstanceUid, dataSet }) => {
      await dataSet.cancel();
      got.push(sopInstanceUid);
    },
  });
  assert.equal((await Array.fromAsync(steps)).at(-1)?.completed, 3);
  assert.equal(got.length, 3);
  const [unknown] = await Array.fromAsync(caller.move({ identifier: STUDY, destination: "STOR" }));
  assert.deepEqual(
    [unknown?.status, unknown?.errorComment],
    [Status.MoveDestinationUnknown, "Unknown move destination; known: STORE"],
  );
});

Deno.test("a gateway answers by the AE title that is called: the archive, a peer, or both", async () => {
  await using network = new Network();
  await network.gateway(2, "aeTitle: PACS", { source: sourceOf({ studies: 2 }) });
  await network.gateway(
    1,
    `
peers: { OLD: { aeTitle: PACS, host: b, port: 2 } }
answers: { default: [archive], PACSWEB: [OLD], BOTH: [archive, OLD] }`,
    { source: sourceOf({ each: () => ({ StudyInstanceUID: "1.9" }) }) },
  );
  assert.deepEqual(await studies(network.caller(1, "GANTRY")), ["1.9 GANTRY"]);
  assert.deepEqual(await studies(network.caller(1, "PACSWEB")), ["1.2.1 PACSWEB,PACS", "1.2.2 PACSWEB,PACS"]);
  assert.deepEqual(await studies(network.caller(1, "BOTH")), ["1.9 BOTH", "1.2.1 BOTH,PACS", "1.2.2 BOTH,PACS"]);
  const got: string[] = [];
  const steps = network.caller(1, "BOTH").get({
    identifier: STUDY,
    sopClassUids: [CT],
    keep: async ({ sopInstanceUid, dataSet }) => {
      await dataSet.cancel();
      got.push(sopInstanceUid);
    },
  });
  const last = (await Array.fromAsync(steps)).at(-1);
  assert.deepEqual([last?.status, last?.completed, got.length], [Status.Success, 3, 3]);
});

Deno.test("a gateway tells that a peer which answers for it is not to be had", async () => {
  await using network = new Network();
  await network.gateway(1, "{ peers: { A: { aeTitle: A, host: a, port: 9 } }, answers: { default: [A] } }");
  await assert.rejects(studies(network.caller(1, "X")), { name: "DimseStatusError", status: Status.ProcessingFailure });
});

Deno.test("a gateway takes each peer for what the configuration says of it", async () => {
  await using network = new Network();
  await network.gateway(1, "peers: { A: { aeTitle: STRICT, host: a, port: 9, dialect: { strict: true } } }", {
    source: sourceOf(),
  });
  const identifier = dataSetOf({ QueryRetrieveLevel: "SERIES", SeriesInstanceUID: "" });
  const asked = (calling: string) => Array.fromAsync(network.caller(1, "X", calling).find({ identifier }));
  assert.equal((await asked("OTHER")).length, 1);
  await assert.rejects(asked("STRICT"), { status: Status.IdentifierDoesNotMatchSopClass });
});

Deno.test("a gateway answers of its own archive, and not where other sources are asked", async () => {
  await using network = new Network();
  await network.gateway(1, "");
  assert.deepEqual(await studies(network.caller(1, "X")), []);
  await network.gateway(2, "{ peers: { A: { aeTitle: A, host: a, port: 9 } }, answers: { default: [], OTHER: [A] } }");
  await assert.rejects(studies(network.caller(2, "X")), (error) => {
    assert.ok(error instanceof DimseStatusError);
    assert.equal(error.status, Status.NotAuthorized);
    return true;
  });
});

Deno.test("answers names the archive and peers, and nothing else", async () => {
  const wrong =
    "{ peers: { PACS: { aeTitle: A, host: a, port: 9 } }, answers: { default: [PASC], B: archive, A\\B: [archive] } }";
  await assert.rejects(
    parseConfig(wrong),
    /answers\.B: found "archive", expected a list of archive and names of peers/,
  );
  await assert.rejects(
    parseConfig("{ peers: { PACS: { aeTitle: A, host: a, port: 9 } }, answers: { default: [PASC] } }"),
    /answers\.default\[0\].*PACS \(did you mean that\?\)/,
  );
  const { answers } = await parseConfig("answers: { default: [], MY AET: [archive] }");
  assert.deepEqual(answers, { default: [], "MY AET": ["archive"] });
});
