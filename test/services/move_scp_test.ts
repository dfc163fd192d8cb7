import assert from "node:assert/strict";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { CStoreRq } from "../../src/dimse/commands.ts";
import type { PerformRequest, Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError, TransportError } from "../../src/errors.ts";
import type { HeldInstance, InstanceSource } from "../../src/query/instance_source.ts";
import { moveScp, type MoveScpOptions } from "../../src/services/move_scp.ts";
import { Peer, type PeerOptions } from "../../src/services/peer.ts";
import type { RetrieveProgress } from "../../src/services/retrieve.ts";
import { createScp, type Scp, type ScpOptions } from "../../src/services/scp.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { transcodingBy } from "../../src/pixel_data/transcoding/transcoding_by.ts";
import { encodedImage } from "../pixel_data/instances.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { FakeTime } from "../support/fake_time.ts";
import { CT, listed, meet, type Meeting, MR, sourceOf } from "./query_support.ts";

const MOVE = UID.StudyRootQueryRetrieveInformationModelMove;
const STUDY = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.1" });

/** What a destination was sent. */
interface Sent {
  readonly uid: string;
  readonly transferSyntax: string;
  readonly originator: string | undefined;
  readonly originatorMessageId: number | undefined;
  readonly association: string;
}

interface Destination extends AsyncDisposable {
  readonly peer: Peer;
  readonly scp: Scp;
  readonly sent: Sent[];
  /** Connections that were asked for. */
  connections: number;
}

interface DestinationOptions {
  readonly peer?: Partial<PeerOptions>;
  readonly scp?: Partial<ScpOptions>;
  readonly syntaxes?: (abstractSyntax: string) => typeof anyTransferSyntax | undefined;
  readonly perform?: (request: PerformRequest<CStoreRq>, number: number) => Promise<number | void>;
  /** Called before each connection. */
  readonly connecting?: (number: number) => void;
}

function destination({ peer: peerOptions, scp: scpOptions, ...options }: DestinationOptions = {}): Destination {
  const { perform, connecting, syntaxes = () => anyTransferSyntax } = options;
  const sent: Sent[] = [];
  const service: Service = {
    performs: ["C-STORE-RQ"],
    transferSyntaxes: syntaxes,
    async perform(request) {
      const { command, context, dataSet, association } = request as PerformRequest<CStoreRq>;
      const status = await perform?.(request as PerformRequest<CStoreRq>, sent.length + 1);
      await dataSet?.cancel();
      sent.push({
        uid: command.affectedSopInstanceUid,
        transferSyntax: context.transferSyntax,
        originator: command.moveOriginatorApplicationEntityTitle,
        originatorMessageId: command.moveOriginatorMessageId,
        association: association.id,
      });
      return { status: status ?? Status.Success };
    },
  };
  const scp = createScp({ services: [service], ...scpOptions });
  const made: Destination = {
    sent,
    scp,
    connections: 0,
    peer: new Peer({
      calledAeTitle: "DEST",
      callingAeTitle: "GANTRY",
      maxAssociations: 1,
      connect() {
        made.connections++;
        connecting?.(made.connections);
        const [here, there] = connectionPair();
        scp.accept(there);
        return Promise.resolve(here);
      },
      ...peerOptions,
    }),
    async [Symbol.asyncDispose]() {
      await made.peer[Symbol.asyncDispose]();
      await scp[Symbol.asyncDispose]();
    },
  };
  return made;
}

function moving(
  source: InstanceSource,
  peer: Peer | undefined,
  options: Partial<MoveScpOptions> = {},
): Promise<Meeting> {
  const service = moveScp({
    sourceFor: () => source,
    destinationFor: (aeTitle) => aeTitle === "DEST" ? peer : undefined,
    ...options,
  });
  return meet([service], {
    presentationContexts: [{ abstractSyntax: MOVE, transferSyntaxes: [UID.ExplicitVRLittleEndian] }],
  });
}

async function move({ association }: Meeting, identifier: DataSet = STUDY, to = "DEST") {
  return await Array.fromAsync(association.move({ identifier, destination: to }));
}

const counts = (
  { status, remaining, completed, failed, warning }: RetrieveProgress,
) => [status, remaining, completed, failed, warning];

Deno.test("moveScp() sends to the destination, says who asked, and uses one association again", async () => {
  await using there = destination();
  await using meeting = await moving(sourceOf({ studies: 2 }), there.peer);
  const progress = await move(meeting);
  assert.deepEqual(progress.map(counts), [
    [Status.Pending, 2, 1, 0, 0],
    [Status.Pending, 1, 2, 0, 0],
    [Status.Success, undefined, 3, 0, 0],
  ]);
  await move(meeting, dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.2" }));
  assert.deepEqual(
    there.sent.map(({ uid }) => uid),
    [1, 2].flatMap((study) => [1, 2, 3].map((n) => `1.2.${study}.1.${n}`)),
  );
  assert.deepEqual(there.sent.map(({ originatorMessageId }) => originatorMessageId), [1, 1, 1, 2, 2, 2]);
  assert.ok(there.sent.every(({ originator }) => originator === "ASKER"));
  assert.equal(there.connections, 1);
});

Deno.test("moveScp() refuses a destination that nobody knows, and names those that may be meant", async () => {
  await using meeting = await moving(sourceOf(), undefined, {
    nearestTo: (aeTitle) => [`${aeTitle}1`, "A".repeat(16), "B".repeat(16), "C".repeat(16)],
  });
  const [refused] = await move(meeting, STUDY, "WORKSTATIO");
  assert.equal(refused?.status, Status.MoveDestinationUnknown);
  assert.equal(refused?.errorComment, `Unknown move destination; known: WORKSTATIO1, ${"A".repeat(16)}`);
});

Deno.test("moveScp() tries an unreachable destination three times, and no longer", async () => {
  await using there = destination({
    connecting() {
      throw new TransportError("Cannot connect: nothing listens there", { phase: "connect" });
    },
  });
  await using meeting = await moving(sourceOf({ instances: 50 }), there.peer);
  const last = (await move(meeting)).at(-1)!;
  assert.deepEqual(counts(last), [Status.UnableToPerformSuboperations, undefined, 0, 50, 0]);
  assert.equal(last.errorComment, "The move destination can't be reached");
  assert.equal(last.failedSopInstanceUids.length, 50);
  assert.equal(there.connections, 3);
  assert.equal(meeting.warnings.length, 11);
});

Deno.test("moveScp() tells that a destination rejects its associations", async () => {
  await using there = destination({ scp: { aeTitle: "ANOTHER" } });
  await using meeting = await moving(sourceOf({ instances: 2 }), there.peer);
  const last = (await move(meeting)).at(-1)!;
  assert.deepEqual([last.status, last.failed], [Status.UnableToPerformSuboperations, 2]);
  assert.match(meeting.warnings[0]!, /called-ae-title-not-recognized/);
});

Deno.test("moveScp() loses one instance when its destination vanishes in the middle, and the rest goes on another association", async () => {
  await using there = destination({
    perform: ({ association, command }) => {
      if (command.affectedSopInstanceUid === "1.2.1.1.3") there.scp.abort(association.id);
      return Promise.resolve();
    },
  });
  await using meeting = await moving(sourceOf({ instances: 6 }), there.peer);
  const last = (await move(meeting)).at(-1)!;
  assert.deepEqual(counts(last), [Status.SuboperationsCompleteWithFailures, undefined, 5, 1, 0]);
  assert.deepEqual(last.failedSopInstanceUids, ["1.2.1.1.3"]);
  // It was tried once more: the association had been open before, and the peer might have given up on it.
  assert.equal(there.connections, 3);
});

Deno.test("moveScp() loses nothing when the destination gave up on an association that was kept open", async () => {
  await using there = destination({ peer: { keepOpen: 60_000 } });
  await using meeting = await moving(sourceOf({ instances: 2 }), there.peer);
  await move(meeting);
  for (const { id } of there.scp.associations) there.scp.abort(id);
  assert.deepEqual(counts((await move(meeting)).at(-1)!), [Status.Success, undefined, 2, 0, 0]);
  assert.equal(there.connections, 2);
});

Deno.test("moveScp() ends a sub-operation that is never answered, and gives the destination up after three", async () => {
  using time = new FakeTime();
  await using there = destination({
    perform: () => new Promise(() => {}),
    peer: { timeouts: { response: 0, idle: 0, release: 10 } },
  });
  await using meeting = await moving(sourceOf({ instances: 9 }), there.peer, { subOperationTimeout: 5000 });
  const done = move(meeting);
  await time.advance(20_000);
  const progress = await done;
  assert.deepEqual(counts(progress.at(-1)!), [Status.UnableToPerformSuboperations, undefined, 0, 9, 0]);
  assert.equal(there.connections, 3);
  const pending = progress.filter(({ isPending }) => isPending);
  assert.ok(pending.length >= 7, `${pending.length} pending responses in 15 s`);
  for (const { remaining = 0, failed = 0 } of pending) assert.equal(remaining + failed, 9);
});

Deno.test("moveScp() converts for a destination that takes one syntax, and fails what it takes in none", async () => {
  const implicit = (abstractSyntax: string) => {
    if (abstractSyntax !== CT) return undefined;
    return (proposed: readonly string[]) => proposed.find((uid) => uid === UID.ImplicitVRLittleEndian);
  };
  await using there = destination({ syntaxes: implicit });
  const source = sourceOf({ each: (number) => number === 1 ? { SOPClassUID: MR } : {} });
  await using meeting = await moving(source, there.peer);
  const last = (await move(meeting)).at(-1)!;
  assert.deepEqual(counts(last), [Status.SuboperationsCompleteWithFailures, undefined, 2, 1, 0]);
  assert.deepEqual(last.failedSopInstanceUids, ["1.2.1.1.2"]);
  assert.ok(there.sent.every(({ transferSyntax }) => transferSyntax === UID.ImplicitVRLittleEndian));
});

Deno.test("moveScp() proposes and sends what can be transcoded, where it is let", async () => {
  const source: InstanceSource = {
    find: () => {
      throw new Error("Nothing is found here");
    },
    async *retrieve() {
      for (const [sopInstanceUid, form] of [["1.1", "rle"], ["1.2", "native"]] as const) {
        const transferSyntax = form === "rle" ? UID.RLELossless : UID.ExplicitVRLittleEndian;
        const stream = () => new Blob([encodedImage(form)]).stream();
        yield { sopClassUid: CT, sopInstanceUid, transferSyntax, stream };
      }
    },
    list: () => listed(2),
  };
  const moved = async (takes: string, options: Partial<MoveScpOptions>) => {
    const only = () => (proposed: readonly string[]) => proposed.find((uid) => uid === takes);
    await using there = destination({ syntaxes: only });
    await using meeting = await moving(source, there.peer, options);
    const last = (await move(meeting)).at(-1)!;
    return [there.sent.map(({ uid, transferSyntax }) => `${uid} in ${transferSyntax}`), last.failedSopInstanceUids];
  };
  const transcoding = transcodingBy(new FrameCodecs());
  for (const takes of [UID.ImplicitVRLittleEndian, UID.RLELossless]) {
    assert.deepEqual(await moved(takes, { transcoding }), [[`1.1 in ${takes}`, `1.2 in ${takes}`], []]);
  }
  assert.deepEqual(await moved(UID.RLELossless, {}), [[`1.1 in ${UID.RLELossless}`], ["1.2"]]);
});

Deno.test("moveScp() sends over as many associations as the destination may have", async () => {
  let [now, most] = [0, 0];
  await using there = destination({
    peer: { maxAssociations: 3 },
    async perform() {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
    },
  });
  await using meeting = await moving(sourceOf({ instances: 30 }), there.peer);
  assert.deepEqual(counts((await move(meeting)).at(-1)!), [Status.Success, undefined, 30, 0, 0]);
  assert.deepEqual([most, there.connections], [3, 3]);
  assert.equal(new Set(there.sent.map(({ uid }) => uid)).size, 30);
});

Deno.test("moveScp() counts what the destination warns of and refuses", async () => {
  const answers = [
    Status.Success,
    Status.CoercionOfDataElements,
    Status.OutOfResources,
    Status.DataSetDoesNotMatchSopClassWarning,
  ];
  await using there = destination({ perform: (_, number) => Promise.resolve(answers[number - 1]) });
  await using meeting = await moving(sourceOf({ instances: 4 }), there.peer);
  const last = (await move(meeting)).at(-1)!;
  assert.deepEqual(counts(last), [Status.SuboperationsCompleteWithFailures, undefined, 1, 1, 2]);
  assert.equal(last.errorComment, "C-STORE was answered with 0xA700");
});

Deno.test("moveScp() stops at a C-CANCEL-RQ at any point, finishes what is under way, and tells the counts", async () => {
  for (const after of [1, 2, 5]) {
    await using there = destination();
    await using meeting = await moving(sourceOf({ instances: 10 }), there.peer);
    const stop = new AbortController();
    const progress: RetrieveProgress[] = [];
    const steps = meeting.association.move({ identifier: STUDY, destination: "DEST", signal: stop.signal });
    for await (const step of steps) if (progress.push(step) === after) stop.abort();
    const { status, remaining = 0, completed = 0, failed = 0 } = progress.at(-1)!;
    assert.deepEqual([status, remaining + completed + failed], [Status.Cancel, 10]);
    assert.ok(remaining > 0);
    assert.equal(there.sent.length, completed);
  }
});

Deno.test("moveScp() stops when the association ends that asked, in the middle of an instance too", async () => {
  const aborted = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await using there = destination({
    async perform({ signal, dataSet }) {
      await dataSet?.cancel(); // What comes behind it can't be heard before.
      begun.resolve();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      aborted.resolve();
    },
  });
  await using meeting = await moving(sourceOf({ instances: 5 }), there.peer);
  const done = assert.rejects(move(meeting));
  await begun.promise;
  meeting.association.abort();
  await done;
  await aborted.promise;
  assert.equal(there.connections, 1);
});

Deno.test("moveScp() loses an instance that fails in the middle of its message, with its association alone", async () => {
  const bytes = (length: number) => {
    const element = new Uint8Array(12 + length);
    element.set([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0]);
    new DataView(element.buffer).setUint32(8, length, true);
    return element;
  };
  const held = (sopInstanceUid: string, stream: () => ReadableStream<Uint8Array>): HeldInstance => ({
    sopClassUid: CT,
    sopInstanceUid,
    transferSyntax: UID.ExplicitVRLittleEndian,
    stream,
  });
  const shrinking = () => {
    let pulled = 0;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulled++ < 2) controller.enqueue(bytes(900_000));
        else controller.error(new Error("the disk is gone"));
      },
    }, { highWaterMark: 0 });
  };
  const whole = () => new Response(bytes(10)).body!;
  const instances = [held("1.1", whole), held("1.2", shrinking), held("1.3", whole)];
  await using there = destination();
  const source: InstanceSource = {
    find: () => {
      throw new Error("Nothing is found here");
    },
    async *retrieve() {
      yield* instances;
    },
    list: () => listed(instances.length),
  };
  await using meeting = await moving(source, there.peer);
  const last = (await move(meeting)).at(-1)!;
  assert.deepEqual(last.failedSopInstanceUids, ["1.2"]);
  assert.deepEqual(there.sent.map(({ uid }) => uid), ["1.1", "1.3"]);
});

Deno.test("moveScp() refuses with a status what a destination throws as one", async () => {
  await using meeting = await moving(sourceOf(), undefined, {
    destinationFor: () => {
      throw new DimseStatusError("Cannot move", { status: Status.NotAuthorized, comment: "Not to there" });
    },
  });
  const [refused] = await move(meeting);
  assert.deepEqual([refused?.status, refused?.errorComment], [Status.NotAuthorized, "Not to there"]);
});

Deno.test("moveScp() sends without saying who asked where that AE title can't be written", async () => {
  await using there = destination();
  const service = moveScp({ sourceFor: () => sourceOf(), destinationFor: () => there.peer });
  for (const callingAeTitle of ["R\u00d6NTGEN", "A\\B", ""]) {
    const asking: Service = {
      ...service,
      perform: (request) => service.perform({ ...request, association: { ...request.association, callingAeTitle } }),
    };
    await using meeting = await meet([asking], {
      presentationContexts: [{ abstractSyntax: MOVE, transferSyntaxes: [UID.ExplicitVRLittleEndian] }],
    });
    assert.equal((await move(meeting)).at(-1)?.status, Status.Success);
  }
  assert.ok(there.sent.length > 0);
  assert.deepEqual(new Set(there.sent.map(({ originator }) => originator)), new Set([undefined]));
});
