import assert from "node:assert/strict";
import { openFileStore } from "../../src/objects/file_store.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { logEvents } from "../../src/cli/output/event_log.ts";
import { createLog } from "../../src/cli/output/log.ts";
import { parseConfig } from "../../src/config.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import * as Status from "../../src/dimse/status.ts";
import { AssociationAbortedError, TransportError } from "../../src/errors.ts";
import { AssociationRejectedError } from "../../src/upper_layer/association_rejected_error.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import type { GatewayEvent } from "../../src/gateway/module.ts";
import { requestAssociation, type ScuAssociation, type ScuOptions } from "../../src/services/scu.ts";
import type { StoreResult } from "../../src/services/storage.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { reject } from "../../src/upper_layer/admission.ts";
import { collect } from "../archive/support.ts";
import { capture } from "../cli/terminal.ts";
import { settle } from "../support/fake_time.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { makeInstance, readContent } from "../support/instances.ts";
import { associateRq, commandPdv, dataPdv, pData, ScriptedPeer, storeRq } from "../support/scripted_peer.ts";

const NOWHERE = new TransportError("Cannot connect: there is no network here", { phase: "connect" });

interface Setting extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly store: ObjectStore;
  /** Asks the sidecar. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Associates with the gateway. */
  associate(options?: Partial<ScuOptions>): Promise<ScuAssociation>;
}

/** A gateway over a memory store; nobody can be reached from it, unless `options` say how. */
function setting(options: Partial<GatewayOptions> = {}): Setting {
  const store = options.store ?? createMemoryStore();
  const connect = () => Promise.reject(NOWHERE);
  const gateway = createGateway({ store, connect, ...options });
  return {
    gateway,
    store,
    ask: (path, init) => gateway.fetch(new Request(`http://localhost${path}`, init)),
    associate(options) {
      const [near, far] = connectionPair();
      gateway.accept(far);
      return requestAssociation(near, {
        callingAeTitle: "CT1",
        calledAeTitle: "GANTRY",
        presentationContexts: [
          { abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] },
          { abstractSyntax: UID.SecondaryCaptureImageStorage, transferSyntaxes: [UID.ExplicitVRLittleEndian] },
        ],
        ...options,
      });
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function postEcho({ ask }: Setting, body: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return ask("/echo", { method: "POST", headers, body: JSON.stringify(body) });
}

Deno.test("a gateway answers C-ECHO and keeps what comes by C-STORE", async () => {
  await using it = setting();
  const instance = makeInstance({ pixelBytes: 300_000 });
  {
    await using association = await it.associate();
    assert.equal(await association.echo(), Status.Success);
    assert.equal((await association.store(instance)).status, Status.Success);
  }
  const kept = await it.store.get(instance.name);
  assert.ok(kept !== undefined);
  assert.deepEqual(readContent(await collect(kept.read())).dataSet, instance.dataSet);
});

Deno.test("a gateway shows its associations by both doors", async () => {
  await using it = setting();
  const association = await it.associate();
  assert.deepEqual(it.gateway.associations.map(({ callingAeTitle }) => callingAeTitle), ["CT1"]);
  const { active } = await (await it.ask("/associations")).json();
  assert.deepEqual(active.map(({ callingAeTitle, state }: Record<string, string>) => [callingAeTitle, state]), [
    ["CT1", "Sta6"],
  ]);
  const removed = await it.ask(`/associations/${active[0].id}`, { method: "DELETE" });
  assert.equal(removed.status, 204);
  const end = await association.closed;
  assert.deepEqual([end.how, end.by], ["aborted", "peer"]);
  assert.deepEqual(it.gateway.associations, []);
});

Deno.test("a gateway admits by its configuration first, then by its host", async () => {
  const asked: string[] = [];
  const config = await parseConfig(`
aeTitle: ARCHIVE
dicom: { requireCalledAeTitle: true, allow: [{ aeTitle: CT1 }, { aeTitle: CT2 }] }
`);
  await using it = setting({
    config,
    admit: ({ callingAeTitle }) => {
      asked.push(callingAeTitle);
      return callingAeTitle === "CT1" ? { type: "accept" } : reject("no-reason-given");
    },
  });
  const outcome = async (callingAeTitle: string, calledAeTitle: string) => {
    try {
      await using _ = await it.associate({ callingAeTitle, calledAeTitle });
      return "accepted";
    } catch (error) {
      assert.ok(error instanceof AssociationRejectedError);
      return error.reason;
    }
  };
  assert.equal(await outcome("CT1", "ARCHIVE"), "accepted");
  assert.equal(await outcome("CT1", "GANTRY"), "called-ae-title-not-recognized");
  assert.equal(await outcome("CT2", "ARCHIVE"), "no-reason-given");
  assert.equal(await outcome("CT3", "ARCHIVE"), "calling-ae-title-not-recognized");
  assert.deepEqual(asked, ["CT1", "CT2"]);
});

Deno.test("a gateway hands user identities of every type to its host, and answers what that says", async () => {
  const [ticket, response] = [new TextEncoder().encode("ticket"), Uint8Array.of(1, 2, 3)];
  const seen: string[] = [];
  const config = await parseConfig("dicom: { users: hook, allow: [{ users: any }] }");
  await using it = setting({
    config,
    identify: ({ type, primaryField }) => {
      seen.push(type);
      return new TextDecoder().decode(primaryField) === "ticket" ? { name: "ct1", response } : undefined;
    },
  });
  const identity = { positiveResponseRequested: true, secondaryField: new Uint8Array() };
  for (const type of ["kerberos", "saml", "jwt"] as const) {
    await using association = await it.associate({ userIdentity: { ...identity, type, primaryField: ticket } });
    assert.deepEqual(association.agreement.answer.userInformation.userIdentityResponse, response);
    assert.equal(it.gateway.associations[0]?.user, "ct1");
    const forged = it.associate({ userIdentity: { ...identity, type, primaryField: Uint8Array.of(0) } });
    await assert.rejects(forged, { name: "AssociationRejectedError", reason: "no-reason-given" });
  }
  await assert.rejects(it.associate(), { name: "AssociationRejectedError", reason: "no-reason-given" });
  assert.deepEqual(seen, ["kerberos", "kerberos", "saml", "saml", "jwt", "jwt"]);
});

Deno.test("a gateway takes SOP classes that nobody knows, unless it is told to refuse them", async () => {
  const presentationContexts = [{ abstractSyntax: "1.2.3.999", transferSyntaxes: [UID.ImplicitVRLittleEndian] }];
  for (const unknownSopClasses of ["accept", "refuse"]) {
    await using it = setting({ config: await parseConfig(`dicom: { unknownSopClasses: ${unknownSopClasses} }`) });
    await using association = await it.associate({ presentationContexts });
    assert.equal(association.agreement.contexts.length, unknownSopClasses === "accept" ? 1 : 0);
  }
});

Deno.test("a gateway echoes its peers: under its own name or another, and says where that fails", async () => {
  await using pacs = setting();
  const connect: GatewayOptions["connect"] = ({ host }) => {
    if (host !== "pacs") return Promise.reject(NOWHERE);
    const [near, far] = connectionPair();
    pacs.gateway.accept(far);
    return Promise.resolve(near);
  };
  const config = await parseConfig(`
aeTitle: EDGE
peers:
  PACS: { aeTitle: PACS, host: pacs, port: 104 }
  SAME: { aeTitle: PACS, host: pacs, port: 104, callingAeTitle: OTHER }
  GONE: { aeTitle: GONE, host: gone, port: 104 }
`);
  await using it = setting({ config, connect });
  const answered = await postEcho(it, { peer: "PACS" });
  assert.equal(answered.status, 200);
  assert.equal((await answered.json()).status, Status.Success);
  assert.equal((await postEcho(it, { peer: "SAME" })).status, 200);
  const { recent } = await (await pacs.ask("/associations")).json();
  assert.deepEqual(recent.map(({ callingAeTitle }: { callingAeTitle: string }) => callingAeTitle), ["OTHER", "EDGE"]);

  const failed = await postEcho(it, { peer: "GONE" });
  assert.equal(failed.status, 502);
  const { phase, reason, detail } = await failed.json();
  assert.deepEqual([phase, reason, detail], ["connect", "connection-failed", NOWHERE.message]);
  const { totals } = await (await it.ask("/associations")).json();
  assert.deepEqual(totals.operations.map(({ service, role }: Record<string, string>) => [service, role]), [
    ["C-ECHO", "invoked"],
  ]);
});

Deno.test("a gateway that drains lets running associations finish, and takes no new ones", async () => {
  await using it = setting();
  const association = await it.associate();
  assert.equal((await it.ask("/health/ready")).status, 200);
  const drained = it.gateway.drain();
  assert.equal((await it.ask("/health/ready")).status, 503);
  await assert.rejects(it.associate(), { name: "AssociationRejectedError", reason: "temporary-congestion" });
  assert.equal(await association.echo(), Status.Success);
  await association.release();
  await drained;
});

Deno.test("a gateway that is disposed of aborts what is running", async () => {
  const it = setting();
  const association = await it.associate();
  await it[Symbol.asyncDispose]();
  const end = await association.closed;
  assert.deepEqual([end.how, end.by], ["aborted", "peer"]);
  await assert.rejects(() => association.echo(), AssociationAbortedError);
});

Deno.test("a gateway's observers see everything, and can break nothing", async () => {
  const seen: GatewayEvent["type"][] = [];
  const observers = [() => {
    throw new Error("an observer that throws");
  }, ({ type }: GatewayEvent) => void seen.push(type)];
  {
    await using it = setting({ observers });
    await using association = await it.associate();
    assert.equal(await association.echo(), Status.Success);
  }
  assert.deepEqual(seen, [
    "association-opened",
    "association-established",
    "operation-started",
    "operation-ended",
    "association-ended",
  ]);
});

Deno.test("a gateway is as healthy as its archive, and tells its operator once what is wrong", async () => {
  const full = createMemoryStore();
  const check = () => Promise.resolve({ writable: false, problem: "/secret/path is full" });
  const told: unknown[] = [];
  await using it = setting({ store: { ...full, check }, onError: (error) => told.push((error as Error).message) });
  await it.ask("/health");
  const response = await it.ask("/health");
  assert.deepEqual(told, ["Cannot write to the archive: /secret/path is full"]);
  assert.equal(response.status, 503);
  const text = await response.text();
  assert.equal(JSON.parse(text).status, "fail");
  assert.ok(!text.includes("secret"));
});

Deno.test("a gateway that is short of memory or disk takes no new associations, and is not ready, until it is not", async () => {
  let memory: string | undefined;
  let disk: string | undefined;
  const store = { ...createMemoryStore(), shortage: () => disk };
  await using it = setting({ store, shortage: () => memory });
  const ready = async () => (await it.ask("/health/ready")).status;
  const congested = () =>
    assert.rejects(it.associate(), { name: "AssociationRejectedError", reason: "temporary-congestion" });
  memory = "the process uses 3 GB of memory";
  await congested();
  assert.equal(await ready(), 503);
  memory = undefined;
  disk = "the disk is nearly full";
  await congested();
  disk = undefined;
  assert.equal(await ready(), 200);
  const { totals } = await (await it.ask("/associations")).json();
  assert.deepEqual(totals.rejections.map(({ reason, count }: Record<string, unknown>) => [reason, count]), [
    ["temporary-congestion", 2],
  ]);
  await using association = await it.associate();
  assert.equal(await association.echo(), Status.Success);
});

Deno.test("a gateway answers 0xA700 before its disk is full, takes nothing more, and goes on when there is room", async () => {
  using folder = temporaryFolder();
  const reserve = 100_000_000;
  let room = reserve + 1_000_000;
  const store = await openFileStore(folder.path, { reserve, room: () => room, journalLength: 1_000_000 });
  const { now } = performance;
  try {
    let later = 0;
    performance.now = () => now.call(performance) + later;
    await using it = setting({ store });
    const ready = async () => (await it.ask("/health/ready")).status;
    const association = await it.associate();
    const instances = Array.from({ length: 3 }, () => makeInstance({ pixelBytes: 400_000 }));
    const statuses: number[] = [];
    for (const instance of instances) statuses.push((await association.store(instance)).status);
    assert.deepEqual(statuses, [Status.Success, Status.Success, Status.OutOfResources]);
    assert.deepEqual(filesBelow(`${folder.path}/incoming`), []);
    assert.equal(await it.store.get(instances[2]!.name), undefined);
    assert.equal(await ready(), 503);
    await assert.rejects(it.associate(), { name: "AssociationRejectedError", reason: "temporary-congestion" });
    const { totals } = await (await it.ask("/associations")).json();
    assert.deepEqual(totals.limits, [
      { limit: "reserve", outcome: "failed", count: 1 },
      { limit: "reserve", outcome: "rejected", count: 1 },
    ]);

    room += 1_000_000_000; // Somebody makes room, which is noticed when the disk is looked at again.
    later += 1001;
    assert.equal(await ready(), 200);
    assert.equal((await association.store(instances[2]!)).status, Status.Success);
    await (await it.associate()).release();
    await association.release();
  } finally {
    performance.now = now;
  }
});

Deno.test("a gateway answers 0xA700 to a data set that inflates beyond the limit, and nothing of it is left behind", async () => {
  using folder = temporaryFolder();
  const maximum = 2_000_000;
  const config = await parseConfig(`dicom: { maxDataSetLength: ${maximum} }`);
  await using it = setting({ store: await openFileStore(folder.path), config });
  const transferSyntax = UID.DeflatedExplicitVRLittleEndian;
  const abstractSyntax = UID.SecondaryCaptureImageStorage;
  const association = await it.associate({
    presentationContexts: [{ abstractSyntax, transferSyntaxes: [transferSyntax] }],
  });
  const bomb = makeInstance({ transferSyntax, pixelBytes: maximum });
  const good = makeInstance({ transferSyntax, pixelBytes: maximum - 1000 });
  assert.ok(bomb.dataSet.length < maximum / 100);
  const refused = await association.store(bomb);
  assert.equal(refused.status, Status.OutOfResources);
  assert.match(refused.errorComment ?? "", /^Cannot inflate the data set: it is longer than the limit/);
  assert.deepEqual(filesBelow(`${folder.path}/incoming`), []);
  assert.equal((await association.store(good)).status, Status.Success);
  await association.release();
  assert.equal(await it.store.get(bomb.name), undefined);
  assert.deepEqual(filesBelow(`${folder.path}/instances`), [good.name]);
  const { totals } = await (await it.ask("/associations")).json();
  assert.deepEqual(totals.limits, [{ limit: "maxInflatedLength", outcome: "failed", count: 1 }]);
});

Deno.test("a gateway holds no more than one piece of what its store doesn't take", async () => {
  const pieceLength = 65_536;
  const stuck = Promise.withResolvers<void>();
  const memory = createMemoryStore();
  const store: ObjectStore = {
    ...memory,
    create: () => ({ ...memory.create(), write: () => stuck.promise }),
  };
  await using it = setting({ store });
  const [near, far] = connectionPair();
  const served = it.gateway.accept(near);
  const peer = new ScriptedPeer(far);
  await peer.send(associateRq());
  await peer.expectType("A-ASSOCIATE-AC");
  await peer.send(pData(commandPdv(3, storeRq(1))));
  let taken = 0;
  const sending = (async () => {
    for (;;) {
      await peer.send(pData(dataPdv(3, new Uint8Array(pieceLength), false)));
      taken++;
    }
  })().catch(() => {}); // Until the connection is gone.
  for (let turn = 0; turn < 100; turn++) await settle();
  assert.ok(taken <= 1, `${taken} pieces were taken`);
  const [association] = it.gateway.associations;
  assert.ok(association!.bytesReceived < 2 * pieceLength, `${association!.bytesReceived} bytes were taken`);
  await peer.vanish();
  stuck.resolve();
  await Promise.all([served, sending]);
});

Deno.test("a gateway without a token answers under this machine's own names alone", async () => {
  await using it = setting();
  const elsewhere = await it.gateway.fetch(new Request("http://gantry.example/associations"));
  assert.equal(elsewhere.status, 421);
  const token = "0123456789abcdef";
  const otherLoopback = await parseConfig("http: { host: 127.0.0.2 }");
  await using there = setting({ config: otherLoopback });
  const named = ["http://127.0.0.2:8080/health", "http://localhost/health", "http://127.0.0.3/health"];
  const answers = await Promise.all(named.map((url) => there.gateway.fetch(new Request(url))));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 421]);
  await using protectedOne = setting({ config: await parseConfig(`http: { token: ${token} }`) });
  const ask = (headers: HeadersInit) =>
    protectedOne.gateway.fetch(new Request("http://gantry.example/associations", { headers }));
  assert.equal((await ask({})).status, 401);
  assert.equal((await ask({ Authorization: `Bearer ${token}` })).status, 200);
});

Deno.test("a gateway tells observers, log and metrics of each instance, and of both senders where one is refused", async () => {
  const seen: GatewayEvent[] = [];
  const output = capture();
  const observers = [
    (event: GatewayEvent) => void seen.push(event),
    logEvents(createLog(output, { format: "json", level: "info" })),
  ];
  await using it = setting({ observers });
  const { sopInstanceUid, sopClassUid } = makeInstance({ sopInstanceUid: "1.2.3" });
  const answers: StoreResult[] = [];
  for (const [callingAeTitle, pixel] of [["CT1", 0], ["CT2", 0], ["CT3", 1]] as const) {
    await using association = await it.associate({ callingAeTitle });
    answers.push(await association.store(makeInstance({ sopInstanceUid, pixel })));
  }
  const errorComment = "The archive has another instance with this SOP Instance UID";
  assert.deepEqual(answers, [
    { status: Status.Success },
    { status: Status.Success },
    { status: Status.CoercionOfDataElements, errorComment },
  ]);
  const kept = seen.flatMap((event) => event.type === "instance-kept" ? [event.kept] : []);
  assert.deepEqual(kept.map(({ outcome }) => outcome), ["created", "identical", "kept-first"]);
  assert.deepEqual(kept.map(({ existing }) => existing?.sourceAeTitle), [undefined, "CT1", "CT1"]);
  assert.ok(
    kept.every(({ instance, associationId }) => instance.sopClassUid === sopClassUid && associationId !== undefined),
  );

  const lines = output.lines().map((line) => JSON.parse(line)).filter(({ event }) =>
    !/^(association|operation)-/.test(event)
  );
  assert.deepEqual(
    lines.map(({ level, event, calling, earlierCalling, outcome }) => [level, event, calling, earlierCalling, outcome]),
    [
      ["info", "stored", "CT1", undefined, "created"],
      ["info", "stored", "CT2", undefined, "identical"],
      ["warn", "refused", "CT3", "CT1", "kept-first"],
    ],
  );
  assert.deepEqual([lines[0].sopInstance, lines[0].sopClass, lines[0].transferSyntax], [
    sopInstanceUid,
    "Secondary Capture Image Storage",
    "Explicit VR Little Endian",
  ]);
  assert.ok(lines[0].bytes > 0);
  const metrics = await (await it.ask("/metrics")).text();
  for (const [outcome, count] of Object.entries({ created: 1, identical: 1, replaced: 0, "kept-first": 1 })) {
    assert.ok(metrics.includes(`gantry_instances_total{outcome="${outcome}"} ${count}\n`), outcome);
  }
});

Deno.test("a gateway warns of an instance that is replaced, and of what it keeps as it came", async () => {
  const output = capture();
  const config = await parseConfig("archive: { onExisting: replace }");
  await using it = setting({ config, observers: [logEvents(createLog(output, { format: "json", level: "warn" }))] });
  await using association = await it.associate();
  const instance = makeInstance({ sopInstanceUid: "1.2.3" });
  await association.store(instance);
  await association.store(makeInstance({ sopInstanceUid: "1.2.3", pixel: 1 }));
  await association.store({
    ...instance,
    sopInstanceUid: "1.2.4",
    dataSet: new TextEncoder().encode("GET / HTTP/1.1\r\n"),
  });
  const lines = output.lines().map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ event, sopInstance, earlierCalling }) => [event, sopInstance, earlierCalling]), [
    ["replaced", "1.2.3", "CT1"],
    ["irregular", "1.2.4", undefined],
  ]);
  assert.match(lines[1].message, /^Stored unchanged despite irregularities: Cannot read the data set: /);
});

Deno.test("a gateway never says of an instance that it is stored when another one stays", async () => {
  const output = capture();
  await using it = setting({ observers: [logEvents(createLog(output, { format: "json", level: "warn" }))] });
  await using association = await it.associate();
  const instance = makeInstance({ sopInstanceUid: "1.2.3" });
  await association.store(instance);
  await association.store({ ...instance, dataSet: new TextEncoder().encode("GET / HTTP/1.1\r\n") });
  const messages = output.lines().map((line) => JSON.parse(line)).filter(({ sopInstance }) => sopInstance === "1.2.3")
    .map(({ event, message }) => [event, message.split(":")[0]]);
  assert.deepEqual(messages, [
    ["refused", "Not stored"],
    ["irregular", "The refused instance has irregularities"],
  ]);
});

Deno.test("a gateway is not healthy when its index can't be used, and says why to its host alone", async () => {
  const told: string[] = [];
  let problem: string | undefined = "disk I/O error in /secret/place";
  const index = {
    ...createMemoryIndex(),
    check: () => problem === undefined ? { usable: true } : { usable: false, problem },
  };
  await using it = setting({ index, onError: (error) => void told.push((error as Error).message) });
  for (let asked = 0; asked < 2; asked++) {
    const response = await it.ask("/health");
    assert.equal(response.status, 503);
    const text = await response.text();
    assert.ok(!text.includes("secret"));
    assert.equal(JSON.parse(text).checks["archive:index"][0].status, "fail");
  }
  assert.deepEqual(told, ["Cannot use the index: disk I/O error in /secret/place"]);
  problem = undefined;
  assert.equal((await it.ask("/health")).status, 200);
});
