import assert from "node:assert/strict";
import { createArchive } from "../../src/archive/archive.ts";
import { openFileArchive } from "../../src/archive/file_archive.ts";
import { parseConfig } from "../../src/config.ts";
import { TransportError } from "../../src/errors.ts";
import type { Connect } from "../../src/gateway/connect.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { deferred } from "../../src/scheduling/deferred.ts";
import { AwaitedReports } from "../../src/services/awaited_reports.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import {
  COMMITMENT_CONTEXT,
  type CommitmentReport,
  requestCommitment,
  storageCommitment,
} from "../../src/services/storage_commitment.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { CT_IMAGE_STORAGE as CT, dataSetOf, incoming } from "../archive/instances.ts";
import { temporaryFolder } from "../support/folders.ts";

const PEERS = "peers: { CT1: { aeTitle: CT1, host: ct1, port: 1 } }";
const reference = (sopInstanceUid: string, sopClassUid = CT) => ({ sopClassUid, sopInstanceUid });

/** A gateway, and what it calls: the peer CT1, which takes reports. */
class Setting implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly awaited = new AwaitedReports();
  readonly events: string[] = [];
  /** Whether CT1 can be called. */
  reachable = true;
  readonly #peer = createScp({ services: [storageCommitment({ onReport: this.awaited.take })] });

  constructor(config: GatewayOptions["config"], options: Pick<GatewayOptions, "store" | "index" | "documents">) {
    const connect: Connect = ({ port }) => {
      if (!this.reachable || port !== 1) throw new TransportError("Cannot connect: nobody there", { phase: "connect" });
      const [here, there] = connectionPair();
      this.#peer.accept(there);
      return Promise.resolve(here);
    };
    this.gateway = createGateway({
      ...options,
      connect,
      ...(config !== undefined && { config }),
      observers: [(event) => {
        if (!("commitment" in event)) return;
        this.events.push(event.type);
        this.#seen.get(event.type)?.resolve();
      }],
    });
  }

  readonly #seen = new Map<string, ReturnType<typeof deferred<void>>>();

  /** Resolves with the next event of a type. */
  next(type: string): Promise<void> {
    const seen = deferred<void>();
    this.#seen.set(type, seen);
    return seen.promise;
  }

  async associate(callingAeTitle = "CT1", services = [storageCommitment({ onReport: this.awaited.take })]) {
    const [here, there] = connectionPair();
    this.gateway.accept(there);
    return await requestAssociation(here, {
      calledAeTitle: "STORE",
      callingAeTitle,
      presentationContexts: [COMMITMENT_CONTEXT],
      services,
    });
  }

  async ask(path: string, method = "GET", body?: unknown) {
    const init = body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    const response = await this.gateway.fetch(new Request(`http://localhost${path}`, init));
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.#peer[Symbol.asyncDispose]();
  }
}

/** A gateway over a folder with the instances 1.2.3.4 to 1.2.3.7. */
async function opened(folder: string, yaml = PEERS) {
  const archive = await openFileArchive(folder, {});
  await using keeping = createArchive(archive);
  const paths: string[] = [];
  for (const sopInstance of ["1.2.3.4", "1.2.3.5", "1.2.3.6", "1.2.3.7"]) {
    const kept = await keeping.keep(incoming(dataSetOf({ sopInstance }), { sopInstanceUid: sopInstance }));
    paths.push(`${folder}/instances/${kept.name}`);
  }
  const setting = new Setting(await parseConfig(yaml), archive);
  await setting.gateway.start();
  return {
    ...archive,
    paths,
    setting,
    async [Symbol.asyncDispose]() {
      await setting[Symbol.asyncDispose]();
      await archive[Symbol.asyncDispose]();
    },
  };
}

function commit(
  { awaited }: Setting,
  association: ScuAssociation,
  instances: readonly { sopClassUid: string; sopInstanceUid: string }[],
): Promise<CommitmentReport> {
  return awaited.commit(association.provider, { transactionUid: "2.25.1", instances });
}

Deno.test("a gateway commits to what is whole, and says of each other instance what is wrong", async () => {
  using folder = temporaryFolder();
  await using archive = await opened(folder.path);
  const { setting, paths } = archive;
  Deno.removeSync(paths[1]!);
  const bytes = Deno.readFileSync(paths[2]!);
  bytes[bytes.length - 1]! ^= 1;
  Deno.writeFileSync(paths[2]!, bytes);
  await using association = await setting.associate();
  const instances = [
    reference("1.2.3.4"),
    reference("1.2.3.5"),
    reference("1.2.3.6"),
    reference("1.2.3.7", "1.2.840.10008.5.1.4.1.1.4"),
    reference("1.2.3.8"),
  ];
  const report = await commit(setting, association, instances);
  assert.deepEqual(report.committed, [reference("1.2.3.4")]);
  assert.deepEqual(report.failed.map(({ sopInstanceUid, reason }) => [sopInstanceUid, reason]), [
    ["1.2.3.5", 0x0112],
    ["1.2.3.6", 0x0110],
    ["1.2.3.7", 0x0119],
    ["1.2.3.8", 0x0112],
  ]);
  assert.equal(report.retrieveAeTitle, "STORE");
});

Deno.test("/commitments shows what is asked and why a report does not arrive, and has it tried again", async () => {
  using folder = temporaryFolder();
  await using archive = await opened(folder.path);
  const { setting } = archive;
  setting.reachable = false;
  await using association = await setting.associate();
  const failed = setting.next("commitment-report-failed");
  const report = commit(setting, association, [reference("1.2.3.4"), reference("1.2.3.8")]);
  await failed;
  const shown = await setting.ask("/commitments/2.25.1");
  const { requestedAt, checkedAt, nextAttemptAt, ...rest } = shown.body;
  assert.ok([requestedAt, checkedAt, nextAttemptAt].every((time) => !Number.isNaN(Date.parse(time))));
  assert.deepEqual(rest, {
    transactionUid: "2.25.1",
    aeTitle: "CT1",
    calledAeTitle: "STORE",
    state: "reporting",
    instances: 2,
    failed: 1,
    attempts: 1,
    problem: "Cannot connect: nobody there",
    failedInstances: [{ ...reference("1.2.3.8"), reason: 0x0112 }],
  });
  assert.equal((await setting.ask("/commitments?state=reporting")).body.commitments.length, 1);
  assert.equal((await setting.ask("/commitments?state=reported")).body.commitments.length, 0);
  assert.equal((await setting.ask("/commitments?after=2.25.1")).body.commitments.length, 0);
  assert.equal((await setting.ask("/commitments?limit=1")).body.commitments.length, 1);
  for (const wrong of ["state=open", "limit=0", "aeTitle=CT1"]) {
    assert.equal((await setting.ask(`/commitments?${wrong}`)).status, 400, wrong);
  }
  const { checks } = (await setting.ask("/health")).body;
  assert.deepEqual([checks["commitment:reports"][0].status, checks["commitment:reports"][0].observedValue], [
    "warn",
    1,
  ]);
  setting.reachable = true;
  assert.equal((await setting.ask("/commitments/2.25.1/retry", "POST")).status, 202);
  assert.equal((await report).committed.length, 1);
  const metrics = await (await setting.gateway.fetch(new Request("http://localhost/metrics"))).text();
  assert.match(metrics, /gantry_commitment_instances_total\{result="committed"\} 1/);
  assert.match(metrics, /gantry_commitment_instances_total\{result="failed"\} 1/);
  assert.match(metrics, /gantry_commitment_reports_total\{outcome="failed"\} 1/);
  assert.equal((await setting.ask("/commitments/2.25.2/retry", "POST")).status, 404);
  assert.equal((await setting.ask("/commitments/2.25.2")).status, 404);
});

Deno.test("a peer that can't be called back is refused at once, unless it is told on its own association", async () => {
  using folder = temporaryFolder();
  await using archive = await opened(folder.path, `${PEERS}\ncommitment: { sameAssociation: [CT2] }`);
  const { setting } = archive;
  await using stranger = await setting.associate("CT3");
  const request = { transactionUid: "2.25.3", instances: [reference("1.2.3.4")] };
  const refused = await requestCommitment(stranger.provider, request);
  assert.deepEqual([refused.status, refused.errorComment], [0x0124, "No configured peer has the calling AE title"]);
  await using patient = await setting.associate("CT2");
  assert.deepEqual((await commit(setting, patient, [reference("1.2.3.4")])).failed, []);
  // One that has released its association can't be told.
  await using hasty = await setting.associate("CT2");
  const failed = setting.next("commitment-report-failed");
  assert.equal((await requestCommitment(hasty.provider, request)).status, 0);
  hasty.abort();
  await failed;
  const { body } = await setting.ask("/commitments/2.25.3");
  assert.match(body.problem, /no peer of the configuration has the AE title CT2/);
});

Deno.test("a report that its peer refuses is tried again", async () => {
  using folder = temporaryFolder();
  await using archive = await opened(folder.path);
  const { setting } = archive;
  await using association = await setting.associate();
  const failed = setting.next("commitment-report-failed");
  const request = { transactionUid: "2.25.4", instances: [reference("1.2.3.4")] };
  assert.equal((await requestCommitment(association.provider, request)).status, 0);
  await failed; // Nobody waits for it.
  const { body } = await setting.ask("/commitments/2.25.4");
  assert.match(body.problem, /the peer answered 0x0115, .*: Transaction UID is not known/);
});

Deno.test("a gateway that is told so, or doesn't flush, commits to nothing", async () => {
  for (const yaml of [`${PEERS}\ncommitment: { enabled: false }`, `${PEERS}\narchive: { durable: false }`]) {
    using folder = temporaryFolder();
    await using archive = await opened(folder.path, yaml);
    await using association = await archive.setting.associate();
    const request = { transactionUid: "2.25.4", instances: [reference("1.2.3.4")] };
    assert.equal((await requestCommitment(association.provider, request)).status, 0x0211);
    assert.equal((await archive.setting.ask("/commitments")).status, 405);
  }
});

Deno.test("POST /commitments asks a peer, which reports on an association of its own", async () => {
  using folder = temporaryFolder();
  const archive = await openFileArchive(folder.path, {});
  await using _ = archive;
  await using keeping = createArchive(archive);
  await keeping.keep(incoming(dataSetOf()));
  const gateways = new Map<number, Gateway>();
  const connect: Connect = ({ port }) => {
    const [one, other] = connectionPair();
    gateways.get(port)!.accept(other);
    return Promise.resolve(one);
  };
  const config = (yaml: string) => parseConfig(yaml);
  await using remote = createGateway({
    ...archive,
    connect,
    config: await config("{ aeTitle: STORE, peers: { GW: { aeTitle: GANTRY, host: gw, port: 2 } } }"),
  });
  await using asking = createGateway({
    store: createMemoryStore(),
    connect,
    config: await config("peers: { STORE: { aeTitle: STORE, host: store, port: 1 } }"),
  });
  gateways.set(1, remote).set(2, asking);
  const post = async (body: unknown) => {
    const headers = { "Content-Type": "application/json" };
    const request = new Request("http://localhost/commitments", {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const response = await asking.fetch(request);
    return { status: response.status, body: await response.json() };
  };
  const instances = [reference("1.2.3.4"), reference("1.2.3.5")];
  const { status, body } = await post({ peer: "STORE", instances });
  assert.equal(status, 200);
  assert.deepEqual([body.committed, body.failed], [[instances[0]], [{ ...instances[1], reason: 0x0112 }]]);
  assert.equal((await post({ peer: "OTHER", instances })).status, 404);
  for (
    const wrong of [
      [],
      { peer: "STORE" },
      { peer: "STORE", instances: [] },
      { peer: "STORE", instances: [{ sopClassUid: CT }] },
      { peer: "STORE", instances: [reference("1.2 3")] },
      { peer: "STORE", instances, timeout: 0 },
      { peer: "STORE", instances, more: 1 },
      { peer: 7, instances },
    ]
  ) assert.equal((await post(wrong)).status, 422, JSON.stringify(wrong));
  gateways.set(1, asking); // It has nobody to call back.
  const refused = await post({ peer: "STORE", instances });
  assert.deepEqual([refused.status, refused.body.detail], [
    502,
    "Cannot get commitment: the peer answered 0x0124 (No configured peer has the calling AE title)",
  ]);
});
