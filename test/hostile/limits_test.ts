import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { createArchive } from "../../src/archive/archive.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { defaultConfig, type DicomConfig, type DicomwebConfig } from "../../src/config.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { decodeCommandSet } from "../../src/dimse/command_set.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import { LIMIT_NAMES } from "../../src/telemetry/passed_limits.ts";
import { createStatistics } from "../../src/telemetry/statistics.ts";
import { LimitError } from "../../src/errors.ts";
import { createScp } from "../../src/services/scp.ts";
import { storage } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import type { Pdu } from "../../src/upper_layer/pdu.ts";
import { dataSetOf } from "../archive/instances.ts";
import { countingStore } from "../archive/support.ts";
import { hex } from "../dicom/encoding/elements.ts";
import { parseMetrics } from "../http/metrics_parser.ts";
import { FakeTime } from "../support/fake_time.ts";
import { makeInstance } from "../support/instances.ts";
import {
  associateRq,
  commandPdv,
  concat,
  CT_IMAGE_STORAGE,
  dataPdv,
  echoRq,
  findRq,
  pData,
  ScriptedPeer,
  storeRq,
} from "../support/scripted_peer.ts";
import { until } from "../support/until.ts";
import { type WatchedGateway, watchGateway, type WatchOptions } from "./watched_gateway.ts";
import "../support/late_gateway_parts.ts";

/** How somebody gets to a limit. */
interface Reach extends WatchOptions {
  readonly dicom?: Partial<DicomConfig>;
  /** Who is there already. */
  readonly before?: (gateway: WatchedGateway) => Promise<ScriptedPeer>;
  readonly says?: readonly (Pdu | Uint8Array)[];
  /** The answer to one step too many. */
  readonly hears: readonly string[];
  readonly outcome: "rejected" | "aborted" | "failed";
}

const RQ = associateRq();
const STORE = pData(commandPdv(3, storeRq(1)));
const REMOTE = { remote: { hostname: "192.0.2.1", port: 50_000 } };

const ACCEPTED = "A-ASSOCIATE-AC";
const FULL = "A-ASSOCIATE-RJ rejected-transient by service-provider-presentation, local-limit-exceeded";
const CONGESTED = "A-ASSOCIATE-RJ rejected-transient by service-provider-presentation, temporary-congestion";
const BY_USER = "A-ABORT by service-user, reason-not-specified";
const INVALID = "A-ABORT by service-provider, invalid-pdu-parameter-value";
const OUT_OF_RESOURCES = "C-STORE-RSP A700";

async function associated({ meet }: WatchedGateway): Promise<ScriptedPeer> {
  const { peer } = meet(REMOTE);
  await peer.send(RQ);
  await peer.expectType(ACCEPTED);
  return peer;
}

const silent = ({ meet }: WatchedGateway) => Promise.resolve(meet(REMOTE).peer);

const DEFLATED_RQ = associateRq({
  presentationContexts: [
    { id: 3, abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [UID.DeflatedExplicitVRLittleEndian] },
  ],
});

const FIND_RQ = associateRq({
  presentationContexts: [
    {
      id: 5,
      abstractSyntax: UID.StudyRootQueryRetrieveInformationModelFind,
      transferSyntaxes: [UID.ExplicitVRLittleEndian],
    },
  ],
});

const COMMITMENT_RQ = associateRq({
  presentationContexts: [
    { id: 3, abstractSyntax: UID.StorageCommitmentPushModel, transferSyntaxes: [UID.ExplicitVRLittleEndian] },
  ],
});

const COMMIT = pData(commandPdv(3, {
  type: "N-ACTION-RQ",
  messageId: 1,
  requestedSopClassUid: UID.StorageCommitmentPushModel,
  requestedSopInstanceUid: UID.StorageCommitmentPushModelInstance,
  actionTypeId: 1,
  hasDataSet: true,
}));

const STEP_RQ = associateRq({
  presentationContexts: [
    { id: 3, abstractSyntax: UID.ModalityPerformedProcedureStep, transferSyntaxes: [UID.ExplicitVRLittleEndian] },
  ],
});

const CREATE = pData(commandPdv(3, {
  type: "N-CREATE-RQ",
  messageId: 1,
  affectedSopClassUid: UID.ModalityPerformedProcedureStep,
  affectedSopInstanceUid: "1.2.3",
  hasDataSet: true,
}));

/** The bytes, padded as PS3.5 A.5 has it. */
function even(bytes: Uint8Array): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : concat([bytes, new Uint8Array(1)]);
}

/** A sequence in an item of a sequence, and so on. */
function deepDataSet(depth: number): Uint8Array {
  const sequence = hex("0800 4011 5351 0000 ffffffff  feff 00e0 ffffffff");
  return concat(Array(depth).fill(sequence));
}

const LIMITS: Readonly<Partial<Record<(typeof LIMIT_NAMES)[number], Reach>>> = {
  maxAssociations: { dicom: { maxAssociations: 1 }, before: associated, hears: [FULL], outcome: "rejected" },
  maxAssociationsPerAeTitle: {
    dicom: { maxAssociationsPerAeTitle: 1 },
    before: associated,
    hears: [FULL],
    outcome: "rejected",
  },
  maxAssociationsPerAddress: {
    dicom: { maxAssociationsPerAddress: 1 },
    before: associated,
    hears: [FULL],
    outcome: "rejected",
  },
  maxUnassociated: { dicom: { maxUnassociated: 1 }, before: silent, hears: [], outcome: "aborted" },
  maxUnassociatedPerAddress: {
    dicom: { maxUnassociatedPerAddress: 1 },
    before: silent,
    hears: [],
    outcome: "aborted",
  },
  maxMemory: { shortage: () => "the process uses 3 GB", hears: [CONGESTED], outcome: "rejected" },
  reserve: {
    store: { ...createMemoryStore(), shortage: () => "the disk is nearly full" },
    hears: [CONGESTED],
    outcome: "rejected",
  },
  maxAssociatePduLength: { says: [hex("01 00 00040001")], hears: [BY_USER], outcome: "aborted" },
  maxPduLength: { says: [RQ, hex("04 00 00020001")], hears: [ACCEPTED, INVALID], outcome: "aborted" },
  maxEmptyPdvs: {
    says: [RQ, concat([hex("04 00 0000180c"), ...Array(1026).fill(hex("00000002 03 00"))])],
    hears: [ACCEPTED, INVALID],
    outcome: "aborted",
  },
  maxCommandSetLength: {
    says: [RQ, pData(commandPdv(1, new Uint8Array(65_538), false))],
    hears: [ACCEPTED, BY_USER],
    outcome: "aborted",
  },
  maxDataSetLength: {
    dicom: { maxDataSetLength: 1000 },
    says: [RQ, STORE, pData(dataPdv(3, new Uint8Array(1002), false))],
    hears: [ACCEPTED, BY_USER],
    outcome: "aborted",
  },
  maxIdentifierLength: {
    says: [FIND_RQ, pData(commandPdv(5, findRq(1))), pData(dataPdv(5, hex("0900 0110 5554 0000 00005000")))],
    hears: [ACCEPTED, "C-FIND-RSP A700"],
    outcome: "failed",
  },
  maxInflatedLength: {
    dicom: { maxDataSetLength: 1000 },
    says: [DEFLATED_RQ, STORE, pData(dataPdv(3, even(deflateRawSync(new Uint8Array(1001)))))],
    hears: [ACCEPTED, OUT_OF_RESOURCES],
    outcome: "failed",
  },
  maxDepth: {
    says: [RQ, STORE, pData(dataPdv(3, deepDataSet(65)))],
    hears: [ACCEPTED, OUT_OF_RESOURCES],
    outcome: "failed",
  },
  maxBytes: {
    store: createMemoryStore({ maxBytes: 100 }),
    says: [RQ, STORE, pData(dataPdv(3, hex("0800 0500 4353 0a00 49534f5f49522031 3030")))],
    hears: [ACCEPTED, OUT_OF_RESOURCES],
    outcome: "failed",
  },
  maxReferences: {
    config: { commitment: { ...defaultConfig.commitment, maxReferences: 2 } },
    // A Referenced SOP Sequence of three empty items.
    says: [
      COMMITMENT_RQ,
      COMMIT,
      pData(dataPdv(3, hex(`0800 9911 5351 0000 18000000 ${"feff 00e0 00000000".repeat(3)}`))),
    ],
    hears: [ACCEPTED, "N-ACTION-RSP 213"],
    outcome: "failed",
  },
  maxProcedureStepLength: {
    // A text of 5 MiB is announced.
    says: [STEP_RQ, CREATE, pData(dataPdv(3, hex("0900 0110 5554 0000 00005000")))],
    hears: [ACCEPTED, "N-CREATE-RSP A700"],
    outcome: "failed",
  },
};

/**
 * The limit of an archive that somebody else makes: a gateway's is `maxDataSetLength`, which is passed before. And that of a
 * gateway whose routes have senders wait.
 */
const ELSEWHERE = ["maxInstanceLength", "maxUnacknowledged"];

function shown(pdu: Pdu): string {
  switch (pdu.type) {
    case "A-ASSOCIATE-RJ":
      return `${pdu.type} ${pdu.result} by ${pdu.source}, ${pdu.reason}`;
    case "A-ABORT":
      return `${pdu.type} by ${pdu.source}, ${pdu.reason}`;
    case "P-DATA-TF": {
      const command = decodeCommandSet(pdu.pdvs[0]!.bytes);
      return `${command.type} ${"status" in command ? command.status.toString(16).toUpperCase() : ""}`;
    }
    default:
      return pdu.type;
  }
}

async function report({ gateway }: WatchedGateway) {
  return await (await gateway.fetch(new Request("http://localhost/associations"))).json();
}

/** Labels and values of a family of the metrics. */
async function counted({ gateway }: WatchedGateway, family: string): Promise<[Record<string, string>, number][]> {
  const response = await gateway.fetch(new Request("http://localhost/metrics"));
  const { samples } = parseMetrics(await response.text()).get(family)!;
  return samples.map(({ labels, value }) => [labels, value]);
}

for (const [limit, { dicom, before, says = [RQ], hears, outcome, ...options }] of Object.entries(LIMITS)) {
  Deno.test(`Past ${limit}, the standard's answer, and one more in its counter`, async () => {
    const config = { dicom: { ...defaultConfig.dicom, ...dicom }, ...options.config };
    await using watched = watchGateway({ ...options, config });
    const first = await before?.(watched);
    const { peer, served } = watched.meet(REMOTE);
    const saying = peer.send(...says).catch(() => {}); // Nobody has to take it.
    const heard: string[] = [];
    while (heard.length < hears.length) heard.push(shown((await peer.receive())!));
    assert.deepEqual(heard, hears);
    if (outcome === "failed") await peer.send({ type: "A-RELEASE-RQ" });
    else assert.equal(await peer.receive(), undefined);
    await saying;
    await peer.close().catch(() => {});
    await served;
    assert.deepEqual(await counted(watched, "gantry_limits_passed_total"), [[{ limit, outcome }, 1]]);
    const { recent: [ended] } = await report(watched);
    assert.equal(ended.end.limit, outcome === "failed" ? undefined : limit);
    await first?.vanish();
  });
}

/** How somebody gets to a limit over HTTP. */
interface WebReach {
  readonly dicomweb: Partial<DicomwebConfig>;
  /** Asks until the limit is passed, and gives the answer to that. */
  readonly asks: (gateway: Gateway) => Promise<Response>;
  readonly status: number;
  readonly outcome: "rejected" | "failed";
}

/** A gateway that is asked for something. */
function ask(gateway: Gateway, path: string, init?: RequestInit): Promise<Response> {
  return gateway.fetch(new Request(`http://localhost/dicom-web${path}`, init));
}

function store(gateway: Gateway, type: string, body: ReadableStream<Uint8Array>, signal?: AbortSignal) {
  const init = { method: "POST", headers: { "content-type": type }, body, duplex: "half", ...(signal && { signal }) };
  return ask(gateway, "/studies", init as RequestInit);
}

/** So many bytes after a text. */
function zeros(length: number, head = ""): ReadableStream<Uint8Array> {
  let left = length;
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(head)),
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(new Uint8Array(Math.min(left, 65_536)));
      left -= 65_536;
    },
  });
}

/** Bytes that never come, until the signal aborts. */
const endless = (signal: AbortSignal) =>
  new ReadableStream<Uint8Array>({
    pull: () => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });

const MULTIPART = "multipart/related; boundary=x";

const text = (text: string) => new Blob([text]).stream();

const WEB_LIMITS: Readonly<Partial<Record<(typeof LIMIT_NAMES)[number], WebReach>>> = {
  maxRequestLength: {
    dicomweb: { maxRequestLength: 100_000 },
    asks: (gateway) =>
      store(gateway, "multipart/related; boundary=x", zeros(100_000, "--x\r\nContent-Type: application/dicom\r\n\r\n")),
    status: 413,
    outcome: "failed",
  },
  maxMetadataLength: {
    dicomweb: {},
    asks: (gateway) => store(gateway, "application/dicom+json", zeros(32 * 1024 * 1024 + 1)),
    status: 413,
    outcome: "failed",
  },
  maxParts: {
    dicomweb: {},
    asks: (gateway) => store(gateway, MULTIPART, text("--x\r\n\r\n\r\n".repeat(100_001))),
    status: 413,
    outcome: "failed",
  },
  maxHeaderLength: {
    dicomweb: {},
    asks: (gateway) => store(gateway, MULTIPART, text(`--x\r\nContent-Type: ${"a".repeat(17_000)}`)),
    status: 413,
    outcome: "failed",
  },
  maxHeaders: {
    dicomweb: {},
    asks: (gateway) => store(gateway, MULTIPART, text(`--x\r\n${"A: b\r\n".repeat(65)}\r\n`)),
    status: 413,
    outcome: "failed",
  },
  maxInstances: {
    dicomweb: {},
    asks: (gateway) => store(gateway, "application/dicom+json", text(`[${"{},".repeat(100_000)}{}]`)),
    status: 409,
    outcome: "failed",
  },
  maxJsonValues: {
    dicomweb: {},
    asks: (gateway) => store(gateway, "application/dicom+json", text(`[${"[],".repeat(4_000_000)}[]]`)),
    status: 409,
    outcome: "failed",
  },
  maxElements: {
    dicomweb: {},
    asks: (gateway) =>
      store(
        gateway,
        "application/dicom+xml",
        text(`<NativeDicomModel>${"<a/>".repeat(2_000_001)}</NativeDicomModel>`),
      ),
    status: 409,
    outcome: "failed",
  },
  maxRetrievals: {
    dicomweb: { maxRetrievals: 1 },
    asks: (gateway) => crowd(9, () => ask(gateway, "/studies/1.2/metadata")),
    status: 503,
    outcome: "rejected",
  },
  maxStores: {
    dicomweb: { maxStores: 1 },
    asks: (gateway) => {
      const controller = new AbortController();
      const { signal } = controller;
      return crowd(9, () => store(gateway, "application/dicom", endless(signal), signal), () => controller.abort());
    },
    status: 503,
    outcome: "rejected",
  },
  maxEventStreams: {
    dicomweb: {},
    asks: (gateway) => crowd(64, () => gateway.fetch(new Request("http://localhost/events"))),
    status: 503,
    outcome: "rejected",
  },
};

/** Asks so many times, and once more: gives the answer to that. `end` ends the others. */
async function crowd(others: number, ask: () => Promise<Response>, end = () => {}): Promise<Response> {
  const before = Array.from({ length: others }, () => ask());
  const last = await ask();
  end();
  for (const one of before) await (await one).body?.cancel();
  return last;
}

for (const [limit, { dicomweb, asks, status, outcome }] of Object.entries(WEB_LIMITS)) {
  Deno.test(`Past ${limit} of HTTP, ${status}, and one more in its counter`, async () => {
    await using watched = watchGateway({ config: { dicomweb: { ...defaultConfig.dicomweb, ...dicomweb } } });
    const response = await asks(watched.gateway);
    assert.equal(response.status, status);
    // Of instances that are told one by one the status says that none was stored.
    assert.match(response.headers.get("content-type") ?? "", status === 409 ? /dicom\+json/ : /problem/);
    await response.body?.cancel();
    assert.deepEqual(await counted(watched, "gantry_limits_passed_total"), [[{ limit, outcome }, 1]]);
  });
}

Deno.test("A request that announces more than maxRequestLength is counted as well, before a byte of it is read", async () => {
  await using watched = watchGateway({ config: { dicomweb: { ...defaultConfig.dicomweb, maxRequestLength: 100 } } });
  const headers = { "content-type": "application/dicom", "content-length": "101" };
  const request = { method: "POST", headers, body: new Uint8Array(101) };
  const response = await ask(watched.gateway, "/studies", request);
  assert.equal(response.status, 413);
  await response.body?.cancel();
  const labels = { limit: "maxRequestLength", outcome: "failed" };
  assert.deepEqual(await counted(watched, "gantry_limits_passed_total"), [[labels, 1]]);
});

Deno.test("Every limit is reached by a test", () => {
  const reached = [...Object.keys(LIMITS), ...Object.keys(WEB_LIMITS), ...ELSEWHERE];
  assert.deepEqual([...LIMIT_NAMES].sort(), reached.sort());
});

Deno.test("Past maxUnacknowledged, 0xA700 at once of what is kept all the same, and one more in its counter", async () => {
  const routes = [{ name: "r", to: "NEVER", acknowledge: "delivered-all", priority: "medium" }] as const;
  const watched = watchGateway({
    destinations: { NEVER: { store: () => new Promise(() => {}) } },
    config: { routes, routing: { ...defaultConfig.routing, maxUnacknowledged: 1 } },
  });
  const post = (file: Uint8Array<ArrayBuffer>) =>
    store(watched.gateway, "application/dicom", new Blob([file]).stream());
  const [first, second] = [makeInstance(), makeInstance()];
  const waiting = post(first.file);
  await until("one waits", async () => (await counted(watched, "gantry_unacknowledged"))[0]?.[1] === 1);
  const refused = await post(second.file);
  assert.equal(refused.status, 409);
  const { "00081198": { Value: [failed] } } = await refused.json();
  assert.deepEqual(failed["00081197"].Value, [0xA700]);
  const labels = { limit: "maxUnacknowledged", outcome: "failed" };
  assert.deepEqual(await counted(watched, "gantry_limits_passed_total"), [[labels, 1]]);
  await watched[Symbol.asyncDispose]();
  assert.equal((await waiting).status, 409);
  await (await waiting).body?.cancel();
});

Deno.test("Past maxInstanceLength of an SCP's own archive, 0xA700, one more in its counter, and nothing is left", async () => {
  const store = countingStore();
  const archive = createArchive({ store, limits: { maxInstanceLength: 1000 } });
  const { observe, report } = createStatistics();
  const storing = storage(async ({ sopClassUid, sopInstanceUid, transferSyntax, dataSet }) => {
    await archive.keep({ sopClassUid, sopInstanceUid, transferSyntax, dataSet });
  });
  await using scp = createScp({ services: [verification(), storing], observers: [observe] });
  const [near, far] = connectionPair();
  const served = scp.accept(near);
  const peer = new ScriptedPeer(far);
  const dataSet = dataSetOf({}, { pixels: 1000 });
  const pieces = [dataPdv(3, dataSet.subarray(0, 600), false), dataPdv(3, dataSet.subarray(600))];
  await peer.send(RQ, STORE, ...pieces.map((piece) => pData(piece)));
  assert.equal(shown((await peer.receive())!), ACCEPTED);
  assert.equal(shown((await peer.receive())!), OUT_OF_RESOURCES);
  await peer.send(pData(commandPdv(1, echoRq(2))));
  assert.equal(shown((await peer.receive())!), "C-ECHO-RSP 0");
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expectType("A-RELEASE-RP");
  await Promise.all([peer.expectClose(), served]);
  const { limits } = report().totals;
  assert.deepEqual(limits, [{ limit: "maxInstanceLength", outcome: "failed", count: 1 }]);
  assert.deepEqual([store.pending, await archive.get("1.2.3/1.2.3.1/1.2.3.4.dcm")], [0, undefined]);
});

Deno.test("A connection that is one too many before it is accepted is counted as well", async () => {
  await using watched = watchGateway({ config: { dicom: { ...defaultConfig.dicom, maxUnassociated: 1 } } });
  const { enter, refused } = watched.gateway;
  const leave = enter("192.0.2.1");
  assert.throws(() => enter("192.0.2.2"), (error) => {
    refused(error);
    return error instanceof LimitError;
  });
  leave();
  enter("192.0.2.2")();
  const labels = { limit: "maxUnassociated", outcome: "aborted" };
  assert.deepEqual(await counted(watched, "gantry_limits_passed_total"), [[labels, 1]]);
  assert.deepEqual(await counted(watched, "gantry_connections_refused_total"), [[{ reason: "limit" }, 1]]);
});

const DEADLINES: Readonly<Record<string, readonly (Pdu | Uint8Array)[]>> = {
  associate: [encodePdu(RQ).subarray(0, 100)],
  idle: [RQ],
};

for (const [phase, says] of Object.entries(DEADLINES)) {
  Deno.test(`Past the deadline of the ${phase} phase, one more in its counter`, async () => {
    using time = new FakeTime();
    await using watched = watchGateway();
    const { peer, served } = watched.meet(REMOTE);
    const hearing = (async () => {
      while (await peer.receive() !== undefined);
    })();
    await peer.send(...says);
    for (let second = 0; second < 100; second++) await time.advance(1000);
    await Promise.all([served, hearing]);
    assert.deepEqual(await counted(watched, "gantry_deadlines_passed_total"), [[{ phase }, 1]]);
    const { recent: [ended] } = await report(watched);
    assert.equal(ended.end.deadline, phase);
  });
}
