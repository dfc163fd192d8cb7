import assert from "node:assert/strict";
import type { PeerCall } from "../../../src/cli/command_line/peer.ts";
import { type SendCall, sender, type SendEvent } from "../../../src/cli/peers/send_instances.ts";
import type { SentInstance } from "../../../src/cli/peers/store_file.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { firstPreferred } from "../../../src/upper_layer/negotiation.ts";
import { createScp } from "../../../src/services/scp.ts";
import { type ReceivedInstance, storage } from "../../../src/services/storage.ts";
import type { Service } from "../../../src/dimse/service.ts";
import { connectionPair } from "../../../src/transport/memory.ts";
import type { Connection } from "../../../src/upper_layer/connection.ts";
import { DEFAULT_TIMEOUTS } from "../../../src/upper_layer/timeouts.ts";
import { outline } from "../../dicom/data_set/outline.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { type InstanceOptions, makeInstance, writeInstances } from "../../support/instances.ts";
import { associateAc, type ScriptedPeer, scriptedPeer } from "../../support/scripted_peer.ts";

const PEER: PeerCall = {
  written: "PEER@nowhere:104",
  calledAeTitle: "PEER",
  callingAeTitle: "GANTRY",
  host: "nowhere",
  port: 104,
  timeouts: { ...DEFAULT_TIMEOUTS, connect: 1000 },
};

const ABORT = { type: "A-ABORT", source: "service-user", reason: "reason-not-specified" } as const;

type Sent = { readonly events: SendEvent[]; readonly instances: SentInstance[]; readonly pauses: number[] };

/** Sends to what `connect` connects to. With a time, pauses pass at once. */
async function sendTo(
  connect: () => Connection | Promise<Connection>,
  call: Partial<SendCall> & Pick<SendCall, "paths">,
  time?: FakeTime,
): Promise<Sent> {
  const events: SendEvent[] = [];
  const sending = (async () => {
    const send = sender(async () => await connect());
    for await (const event of send({ peer: PEER, asIs: false, retries: 3, ...call })) events.push(event);
    return true;
  })();
  const settled = sending.catch(() => true);
  let done = false;
  settled.then(() => done = true);
  for (let turn = 0; time !== undefined && !done; turn++) {
    assert.ok(turn < 5000, "it goes on without end");
    await time.advance(events.at(-1)?.type === "pause" ? 500 : 0);
  }
  await sending;
  const instances = events.flatMap((event) => event.type === "instance" ? [event.instance] : []);
  return { events, instances, pauses: events.flatMap((event) => event.type === "pause" ? [event.milliseconds] : []) };
}

/** Writes instances into a folder; answers their paths. */
function write(folder: string, ...options: InstanceOptions[]): string[] {
  return writeInstances(folder, options.map((option) => makeInstance(option)));
}

/** A peer that plays one script for each association. */
function scripted(...scripts: ((peer: ScriptedPeer) => Promise<void>)[]): () => Connection {
  let next = 0;
  return () => {
    const [connection, peer] = scriptedPeer();
    const script = scripts[Math.min(next++, scripts.length - 1)]!;
    script(peer).catch(() => {});
    return connection;
  };
}

async function accept(peer: ScriptedPeer): Promise<void> {
  const request = await peer.expectType("A-ASSOCIATE-RQ");
  await peer.send(associateAc(request));
}

const acceptThenAbort = async (peer: ScriptedPeer) => {
  await accept(peer);
  await peer.send(ABORT);
};

const acceptThenRelease = async (peer: ScriptedPeer) => {
  await accept(peer);
  await peer.send({ type: "A-RELEASE-RQ" });
  for (let pdu = await peer.receive(); pdu?.type === "P-DATA-TF";) pdu = await peer.receive();
  await peer.close();
};

/** Takes instances in these transfer syntaxes alone, the first of them where it can choose. */
function taking(syntaxes: readonly string[], keep: (instance: ReceivedInstance) => Promise<void>): Service {
  return { ...storage(keep), transferSyntaxes: () => firstPreferred(syntaxes) };
}

/** A peer that takes these transfer syntaxes, and what it has received, by SOP Instance UID. */
function keeper(...syntaxes: string[]) {
  const kept = new Map<string, { transferSyntax: string; bytes: Uint8Array }>();
  const scp = createScp({
    services: [taking(syntaxes, async ({ sopInstanceUid, transferSyntax, dataSet }) => {
      kept.set(sopInstanceUid, { transferSyntax, bytes: await new Response(dataSet.stream() as BodySource).bytes() });
    })],
  });
  const connect = () => {
    const [near, far] = connectionPair();
    scp.accept(far);
    return near;
  };
  return { kept, connect, [Symbol.asyncDispose]: () => scp[Symbol.asyncDispose]() };
}

type BodySource = ReadableStream<Uint8Array<ArrayBuffer>>;

for (const [how, script] of [["aborts", acceptThenAbort], ["releases", acceptThenRelease]] as const) {
  Deno.test(`gantry send gives up a peer that accepts and then ${how}, after pauses that grow`, async () => {
    using folder = temporaryFolder();
    using time = new FakeTime();
    let associations = 0;
    const connect = scripted((peer) => (associations++, script(peer)));
    const { instances, pauses } = await sendTo(connect, { paths: write(folder.path, {}, {}, {}) }, time);
    assert.deepEqual(pauses, [500, 1000, 2000]);
    assert.equal(associations, 4);
    assert.deepEqual(instances.map(({ status }) => status), [undefined, undefined, undefined]);
    const problem = instances.at(-1)?.problem ?? "";
    assert.match(
      problem,
      /^Given up after 4 tries in \d.* without a response: Cannot go on: the (peer|association) /,
    );
  });
}

Deno.test("gantry send gives up for all that is to be sent, and at once with --retries 0", async () => {
  using folder = temporaryFolder();
  using time = new FakeTime();
  let associations = 0;
  const connect = scripted((peer) => (associations++, acceptThenAbort(peer)));
  // More SOP classes than one association has contexts for.
  const paths = write(folder.path, ...Array.from({ length: 130 }, (_, index) => ({ sopClassUid: `1.2.${index}` })));
  const { instances, pauses } = await sendTo(connect, { paths, retries: 0 }, time);
  assert.deepEqual([instances.length, pauses, associations], [130, [], 1]);
});

Deno.test("gantry send tries a peer again that can't be reached any more, and doesn't one that never was", async () => {
  using folder = temporaryFolder();
  using time = new FakeTime();
  const paths = write(folder.path, {}, {});
  const refused = () => Promise.reject(new Error("Cannot connect to nowhere:104: nothing listens there"));
  await assert.rejects(sendTo(refused, { paths }, time), /nothing listens there/);

  let tries = 0;
  const once = scripted(acceptThenAbort);
  const { instances, pauses } = await sendTo(() => tries++ === 0 ? once() : refused(), { paths }, time);
  assert.deepEqual([tries, pauses], [4, [500, 1000, 2000]]);
  assert.match(
    instances[1]?.problem ?? "",
    /without a response: Cannot connect to nowhere:104: nothing listens there$/,
  );
});

Deno.test("gantry send sends an instance again whose association ended, once, and then goes on with the next", async () => {
  using folder = temporaryFolder();
  using time = new FakeTime();
  const paths = write(folder.path, { sopInstanceUid: "1.1" }, { sopInstanceUid: "1.2" }, { sopInstanceUid: "1.3" });
  const ended: string[] = [];
  // The second instance ends whatever association it comes on; others are kept.
  const poisoned = createScp({
    services: [taking([UID.ExplicitVRLittleEndian], async ({ sopInstanceUid, dataSet, association }) => {
      await new Response(dataSet.stream() as BodySource).bytes();
      if (sopInstanceUid !== "1.2") return;
      ended.push(association.callingAeTitle);
      abortAll();
      await new Promise(() => {});
    })],
  });
  const open: Connection[] = [];
  const abortAll = () =>
    open.splice(0).forEach(({ writable }) => void writable.abort(new Error("gone")).catch(() => {}));
  const { instances, pauses, events } = await sendTo(
    () => {
      const [near, far] = connectionPair();
      const writer = far.writable.getWriter();
      const writable = new WritableStream<Uint8Array>({
        write: (bytes) => writer.write(bytes),
        close: () => writer.close(),
        abort: (reason) => writer.abort(reason),
      });
      open.push({
        ...far,
        writable: { abort: (reason?: unknown) => writer.abort(reason) } as WritableStream<Uint8Array>,
      });
      poisoned.accept({ ...far, writable });
      return near;
    },
    { paths },
    time,
  );
  assert.deepEqual(instances.map(({ sopInstanceUid, status }) => [sopInstanceUid, status]), [
    ["1.1", 0],
    ["1.2", undefined],
    ["1.3", 0],
  ]);
  assert.match(instances[1]?.problem ?? "", /^Given up after 2 tries in \d.*: Cannot /);
  assert.equal(ended.length, 2);
  assert.deepEqual(pauses, [500]);
  assert.equal(events.filter(({ type }) => type === "association-established").length, 3);
});

const ALL = [
  UID.ImplicitVRLittleEndian,
  UID.ExplicitVRLittleEndian,
  UID.ExplicitVRBigEndian,
  UID.DeflatedExplicitVRLittleEndian,
];

for (const only of [UID.ImplicitVRLittleEndian, UID.ExplicitVRLittleEndian]) {
  Deno.test(`gantry send converts what isn't compressed for a peer that takes ${only} alone`, async () => {
    using folder = temporaryFolder();
    await using scp = keeper(only);
    const made = [200, 700_000].flatMap((pixelBytes) =>
      [...ALL, UID.RLELossless].map((transferSyntax) => makeInstance({ transferSyntax, pixelBytes }))
    );
    const { instances, events } = await sendTo(scp.connect, { paths: writeInstances(folder.path, made) });
    for (const [index, { status, convertedTo, transferSyntax, bytes, problem }] of instances.entries()) {
      const { sopInstanceUid, dataSet } = made[index]!;
      assert.equal(bytes, dataSet.length);
      const received = scp.kept.get(sopInstanceUid);
      if (transferSyntax === UID.RLELossless) {
        assert.deepEqual([status, received], [undefined, undefined]);
        assert.match(problem ?? "", /in transfer syntax 1\.2\.840\.10008\.1\.2\.5: the peer accepted no such/);
        continue;
      }
      assert.deepEqual([status, convertedTo], [0, transferSyntax === only ? undefined : only]);
      assert.equal(received?.transferSyntax, only);
      if (transferSyntax === only) assert.deepEqual(received.bytes, dataSet);
      const read = (encoded: Uint8Array, transferSyntax: string) => outline(readDataSet(encoded, { transferSyntax }));
      assert.deepEqual(comparable(read(received.bytes, only)), comparable(read(dataSet, transferSyntax)));
    }
    assert.equal(events.filter(({ type }) => type === "association-established").length, 1);
  });
}

/** Values of numbers in one byte ordering: those of the instances are palindromes but for these. */
function comparable(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const [, head, value] = /^(\(0028,[0-9A-F]{4}\) US) ([0-9a-f]{4})$/.exec(line) ?? [];
    return value === undefined ? line : `${head} ${[value, value.slice(2) + value.slice(0, 2)].sort()[0]}`;
  });
}

Deno.test("gantry send changes nothing where a peer takes more than one transfer syntax, and nothing --as-is", async () => {
  using folder = temporaryFolder();
  const made = ALL.map((transferSyntax) => makeInstance({ transferSyntax }));
  const paths = writeInstances(folder.path, made);
  await using scp = keeper(...ALL);
  await sendTo(scp.connect, { paths });
  for (const { sopInstanceUid, transferSyntax, dataSet } of made) {
    assert.deepEqual(scp.kept.get(sopInstanceUid), { transferSyntax, bytes: dataSet });
  }
  await using choosy = keeper(UID.ImplicitVRLittleEndian);
  const { instances } = await sendTo(choosy.connect, { paths, asIs: true });
  assert.deepEqual(instances.map(({ status }) => status), [0, undefined, undefined, undefined]);
  assert.equal(choosy.kept.size, 1);
});

Deno.test("gantry send fails what can't be converted, and the association with it, and sends the rest", async () => {
  using folder = temporaryFolder();
  const [damaged, whole] = [makeInstance({ pixelBytes: 400_000 }), makeInstance()];
  const paths = writeInstances(folder.path, [damaged, whole]);
  // Pixel Data ends early: only who walks over it can know.
  Deno.truncateSync(paths[0]!, damaged.file.length - 100);
  await using scp = keeper(UID.ImplicitVRLittleEndian);
  const { instances, pauses } = await sendTo(scp.connect, { paths });
  assert.deepEqual(instances.map(({ status }) => status), [undefined, 0]);
  assert.match(instances[0]?.problem ?? "", /its value ends after 399900 of 400000 bytes/);
  assert.deepEqual([[...scp.kept.keys()], pauses], [[whole.sopInstanceUid], []]);
});

Deno.test("gantry send: a file that shrinks while it is sent is aborted in mid message, and the rest is sent", async () => {
  using folder = temporaryFolder();
  const [shrinking, whole] = [makeInstance({ pixelBytes: 3_000_000 }), makeInstance()];
  const paths = writeInstances(folder.path, [shrinking, whole]);
  const kept: string[] = [];
  const scp = createScp({
    services: [storage(async ({ sopInstanceUid, dataSet }) => {
      for await (const _ of dataSet.stream()) {
        if (sopInstanceUid === shrinking.sopInstanceUid) Deno.truncateSync(paths[0]!, 1000);
      }
      kept.push(sopInstanceUid);
    })],
  });
  const { instances } = await sendTo(() => {
    const [near, far] = connectionPair();
    scp.accept(far);
    return near;
  }, { paths });
  await scp[Symbol.asyncDispose]();
  assert.deepEqual(instances.map(({ status }) => status), [undefined, 0]);
  assert.match(instances[0]?.problem ?? "", /^Cannot read the file as it was: found \d+ bytes where its data set had /);
  assert.deepEqual(kept, [whole.sopInstanceUid]);
});

Deno.test("gantry send sends SOP Instance UIDs that are none, and data sets of odd length", async () => {
  using folder = temporaryFolder();
  await using scp = keeper(...ALL);
  const names = ["letters", "1.2.".repeat(20) + "1", "1.2.3"];
  const made = names.map((sopInstanceUid) => makeInstance({ sopInstanceUid }));
  const paths = writeInstances(folder.path, made);
  for (const path of paths) Deno.writeFileSync(path, Uint8Array.of(0), { append: true });
  const { instances } = await sendTo(scp.connect, { paths });
  assert.deepEqual(instances.map(({ status, problem }) => [status, problem]), names.map(() => [0, undefined]));
  for (const { sopInstanceUid, dataSet } of made) {
    assert.deepEqual(scp.kept.get(sopInstanceUid)?.bytes, Uint8Array.of(...dataSet, 0, 0));
  }
});
