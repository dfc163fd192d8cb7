import assert from "node:assert/strict";
import { pixelFrames } from "../../src/dicom/data_set/frames/pixel_frames.ts";
import { readDataSetFrom } from "../../src/dicom/data_set/reading/read_data_set.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { describeFrames } from "../../src/pixel_data/frame_description.ts";
import { transcodingBy } from "../../src/pixel_data/transcoding/transcoding_by.ts";
import { encodedImage, FRAME } from "../pixel_data/instances.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError } from "../../src/errors.ts";
import type { HeldInstance, InstanceSource } from "../../src/query/instance_source.ts";
import { MemorySource } from "../../src/query/memory_source.ts";
import { getScp, type GetScpOptions } from "../../src/services/get_scp.ts";
import { retrievalContexts, type RetrieveProgress } from "../../src/services/retrieve.ts";
import { storage } from "../../src/services/storage.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { CT, instancesOf, listed, meet, type Meeting, MR, sourceOf } from "./query_support.ts";

const GET = UID.StudyRootQueryRetrieveInformationModelGet;
const PATIENT_GET = UID.PatientRootQueryRetrieveInformationModelGet;
const STUDY = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.1" });

/** What is offered and proposed. */
interface Arrangement {
  readonly sopClasses?: readonly string[];
  readonly transferSyntaxes?: readonly string[];
  /** Stands before those of `getScp()`. */
  readonly services?: readonly Service[];
  readonly options?: Partial<GetScpOptions>;
  /** Takes each instance. */
  readonly keep?: Parameters<typeof storage>[0];
}

interface Retrieving extends Meeting {
  readonly received: string[];
}

async function retrieving(source: InstanceSource, arrangement: Arrangement = {}): Promise<Retrieving> {
  const { sopClasses = [CT, MR], transferSyntaxes, services = [], options, keep } = arrangement;
  const received: string[] = [];
  const keeping = storage(async (instance) => {
    if (keep !== undefined) return await keep(instance);
    let length = 0;
    for await (const piece of instance.dataSet.stream()) length += piece.length;
    received.push(`${instance.sopInstanceUid} in ${instance.transferSyntax}`);
    assert.ok(length > 0);
  });
  const contexts = retrievalContexts(sopClasses, transferSyntaxes);
  const meeting = await meet([...services, ...getScp({ sourceFor: () => source, ...options })], {
    presentationContexts: [
      { abstractSyntax: GET, transferSyntaxes: [UID.ExplicitVRLittleEndian] },
      { abstractSyntax: PATIENT_GET, transferSyntaxes: [UID.ImplicitVRLittleEndian] },
      ...contexts.presentationContexts,
    ],
    roleSelections: contexts.roleSelections,
    services: [keeping],
  });
  return { ...meeting, received };
}

async function get({ association }: Meeting, identifier: DataSet = STUDY, sopClassUid?: string) {
  const query = { identifier, ...(sopClassUid !== undefined && { sopClassUid }) };
  return await Array.fromAsync(association.get(query));
}

const counts = (
  { status, remaining, completed, failed, warning }: RetrieveProgress,
) => [status, remaining, completed, failed, warning];

/** A source that holds instances of its own, beside what it finds. */
function holding(instances: readonly HeldInstance[], count = instances.length): InstanceSource {
  return {
    find: () => {
      throw new Error("Nothing is found here");
    },
    async *retrieve() {
      yield* instances;
    },
    list: () => listed(count),
  };
}

function held(sopInstanceUid: string, stream: () => ReadableStream<Uint8Array>, more: Partial<HeldInstance> = {}) {
  return { sopClassUid: CT, sopInstanceUid, transferSyntax: UID.ExplicitVRLittleEndian, stream, ...more };
}

const pieces = (...all: readonly (Uint8Array | Error)[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of all) {
        if (piece instanceof Error) controller.error(piece);
        else controller.enqueue(piece);
      }
      try {
        controller.close();
      } catch {
        // It failed.
      }
    },
  });

/** An element of that length in Explicit VR Little Endian. */
function element(length: number): Uint8Array {
  const bytes = new Uint8Array(12 + length);
  bytes.set([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0]);
  new DataView(bytes.buffer).setUint32(8, length, true);
  return bytes;
}

Deno.test("getScp() sends what a study has, and its counts add up", async () => {
  await using meeting = await retrieving(sourceOf({ studies: 2 }));
  const progress = await get(meeting);
  const encoding = "in 1.2.840.10008.1.2.1";
  assert.deepEqual(meeting.received, [`1.2.1.1.1 ${encoding}`, `1.2.1.1.2 ${encoding}`, `1.2.1.1.3 ${encoding}`]);
  assert.deepEqual(progress.map(counts), [
    [Status.Pending, 2, 1, 0, 0],
    [Status.Pending, 1, 2, 0, 0],
    [Status.Success, undefined, 3, 0, 0],
  ]);
});

Deno.test("getScp() takes every level, lists, and what names too little", async () => {
  await using meeting = await retrieving(sourceOf({ studies: 2, series: 2, instances: 2 }));
  const sent = async (keys: Parameters<typeof dataSetOf>[0], model?: string) =>
    (await get(meeting, dataSetOf(keys), model)).at(-1)?.completed;
  assert.equal(await sent({ QueryRetrieveLevel: "PATIENT", PatientID: "P2" }, PATIENT_GET), 4);
  assert.equal(await sent({ QueryRetrieveLevel: "STUDY", PatientID: "P2" }), 4);
  assert.equal(await sent({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.1\\1.2.2\\9.9" }), 8);
  assert.equal(
    await sent({ QueryRetrieveLevel: "SERIES", StudyInstanceUID: "1.2.1", SeriesInstanceUID: "1.2.1.2" }),
    2,
  );
  assert.equal(await sent({ QueryRetrieveLevel: "IMAGE", SOPInstanceUID: "1.2.1.1.1\\1.2.2.2.2\\9.9" }), 2);
  assert.equal(await sent({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "9.9" }), 0);
});

Deno.test("getScp() refuses to retrieve everything", async () => {
  await using meeting = await retrieving(sourceOf());
  const [refused] = await get(meeting, dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "" }));
  assert.deepEqual([refused?.status, refused?.errorComment], [0xA900, "StudyInstanceUID (0020,000D): missing"]);
});

Deno.test("getScp() says which instances the negotiated contexts had no place for", async () => {
  const source = sourceOf({ each: (number) => number === 1 ? { SOPClassUID: MR } : {} });
  await using meeting = await retrieving(source, { sopClasses: [CT] });
  const last = (await get(meeting)).at(-1)!;
  assert.deepEqual(counts(last), [Status.SuboperationsCompleteWithFailures, undefined, 2, 1, 0]);
  assert.deepEqual(last.failedSopInstanceUids, ["1.2.1.1.2"]);
  assert.equal(last.errorComment, "SOP class was not negotiated");
  assert.deepEqual(meeting.warnings, [
    `Did not send the instance 1.2.1.1.2: the peer does not take the SOP class ${MR}`,
  ]);
});

Deno.test("getScp() fails with A702 and the list where it could send nothing at all", async () => {
  await using meeting = await retrieving(sourceOf(), { sopClasses: [MR] });
  const last = (await get(meeting)).at(-1)!;
  assert.deepEqual(counts(last), [Status.UnableToPerformSuboperations, undefined, 0, 3, 0]);
  assert.equal(last.failedSopInstanceUids.length, 3);
});

Deno.test("getScp() sends in the contexts of a storage service as well", async () => {
  const keeping = storage(() => Promise.reject(new Error("The peer sends nothing")));
  await using meeting = await retrieving(sourceOf(), { services: [keeping] });
  await get(meeting);
  assert.equal(meeting.received.length, 3);
  assert.deepEqual(meeting.association.provider.roles(MR), { scu: false, scp: true });
});

Deno.test("getScp() converts between uncompressed transfer syntaxes, and nothing that is compressed", async () => {
  const plain = element(4);
  const source = holding([
    held("1.1", () => pieces(plain)),
    held("1.2", () => pieces(plain), { transferSyntax: UID.JPEGBaseline8Bit }),
  ]);
  const received: [string, Uint8Array][] = [];
  await using meeting = await retrieving(source, {
    transferSyntaxes: [UID.ImplicitVRLittleEndian],
    keep: async ({ sopInstanceUid, dataSet }) => {
      const [piece] = await Array.fromAsync(dataSet.stream());
      received.push([sopInstanceUid, piece!.slice()]);
    },
  });
  const last = (await get(meeting)).at(-1)!;
  assert.deepEqual(last.failedSopInstanceUids, ["1.2"]);
  assert.deepEqual(received, [["1.1", Uint8Array.of(0xe0, 0x7f, 0x10, 0, 4, 0, 0, 0, 0, 0, 0, 0)]]);
  await using taking = await retrieving(source, { transferSyntaxes: [UID.JPEGBaseline8Bit] });
  assert.deepEqual((await get(taking)).at(-1)!.failedSopInstanceUids, ["1.1"]);
});

Deno.test("getScp() transcodes what the peer takes in no other way, where it is let; what is broken fails alone", async () => {
  const rle = { transferSyntax: UID.RLELossless };
  const source = holding([
    held("1.1", () => pieces(encodedImage("rle")), rle),
    held("1.2", () => pieces(encodedImage("broken")), rle),
    held("1.3", () => pieces(encodedImage("native"))),
  ]);
  const transcoding = transcodingBy(new FrameCodecs());
  const retrieved = async (transferSyntaxes: readonly string[], options: Partial<GetScpOptions>) => {
    const received: string[] = [];
    await using meeting = await retrieving(source, {
      ...{ transferSyntaxes, options },
      keep: async ({ sopInstanceUid, transferSyntax, dataSet }) => {
        const read = await readDataSetFrom(dataSet.stream(), { transferSyntax });
        const [frame] = pixelFrames(read);
        const { bytes } = await new FrameCodecs().decode(frame!.bytes(), transferSyntax, describeFrames(read));
        assert.deepEqual(bytes, FRAME);
        received.push(`${sopInstanceUid} in ${transferSyntax}`);
      },
    });
    return [received, (await get(meeting)).at(-1)!.failedSopInstanceUids];
  };
  const implicit = UID.ImplicitVRLittleEndian;
  assert.deepEqual(await retrieved([implicit], { transcoding }), [[`1.1 in ${implicit}`, `1.3 in ${implicit}`], [
    "1.2",
  ]]);
  assert.deepEqual(await retrieved([implicit], {}), [[`1.3 in ${implicit}`], ["1.1", "1.2"]]);
  const jpegLs = await retrieved([UID.JPEGLSLossless], { transcoding });
  assert.deepEqual(jpegLs, [[], ["1.1", "1.2", "1.3"]], "no codec here encodes it");
});

Deno.test("getScp() counts warnings and failures that the peer answers", async () => {
  await using meeting = await retrieving(sourceOf({ instances: 4 }), {
    keep: async ({ sopInstanceUid, dataSet }) => {
      await dataSet.cancel();
      if (sopInstanceUid.endsWith(".2")) return { status: Status.CoercionOfDataElements };
      if (sopInstanceUid.endsWith(".3")) throw new DimseStatusError("Full", { status: Status.OutOfResources });
    },
  });
  const progress = await get(meeting);
  for (const { remaining = 0, completed = 0, failed = 0, warning = 0 } of progress) {
    assert.equal(remaining + completed + failed + warning, 4);
  }
  const last = progress.at(-1)!;
  assert.deepEqual(counts(last), [Status.SuboperationsCompleteWithFailures, undefined, 2, 1, 1]);
  assert.deepEqual(last.failedSopInstanceUids, ["1.2.1.1.3"]);
  assert.equal(last.errorComment, "C-STORE was answered with 0xA700");
});

Deno.test("getScp() loses nothing but an instance that is missing, is shorter than its index says, or fails early", async () => {
  const good = () => pieces(element(1000));
  const missing = () => {
    throw new Error("no such file");
  };
  await using meeting = await retrieving(holding([
    held("1.1", good),
    held("1.2", missing),
    held("1.3", () => pieces(new Error("no such file"))),
    held("1.4", () => pieces(element(1000)), { length: 5000 }),
    held("1.5", () => pieces(element(1000)), { length: 500 }),
    held("1.6", () => pieces(element(600_000), new Error("the disk is gone"))),
    held("1.7", () => pieces(element(1000)), { length: 1012 }),
  ]));
  const last = (await get(meeting)).at(-1)!;
  assert.deepEqual(last.failedSopInstanceUids, ["1.2", "1.3", "1.4", "1.5", "1.6"]);
  assert.deepEqual(counts(last), [Status.SuboperationsCompleteWithFailures, undefined, 2, 5, 0]);
  assert.equal(last.errorComment, "Instances can't be read");
  assert.equal(meeting.association.info.state, "Sta6");
});

Deno.test("getScp() ends the association when a message can't be ended, so that the peer keeps no part", async () => {
  const kept: string[] = [];
  const failing = held("1.2", () => {
    let pulled = 0;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulled++ < 2) controller.enqueue(element(900_000));
        else controller.error(new Error("the disk is gone"));
      },
    }, { highWaterMark: 0 });
  });
  await using dying = await retrieving(holding([held("1.1", () => pieces(element(10))), failing]), {
    keep: async ({ sopInstanceUid, dataSet }) => {
      for await (const _ of dataSet.stream());
      kept.push(sopInstanceUid);
    },
  });
  await assert.rejects(get(dying), { name: "AssociationAbortedError" });
  assert.deepEqual(kept, ["1.1"]);
});

Deno.test("getScp() stops at a C-CANCEL-RQ with FE00, its counts and the list of failures", async () => {
  for (const after of [1, 2, 3, 7, 12]) {
    const source = sourceOf({ instances: 20, each: (number) => number === 0 ? { SOPClassUID: "1.2.9.9" } : {} });
    await using meeting = await retrieving(source);
    const stop = new AbortController();
    const progress: RetrieveProgress[] = [];
    for await (const step of meeting.association.get({ identifier: STUDY, signal: stop.signal })) {
      if (progress.push(step) === after) stop.abort();
    }
    const last = progress.at(-1)!;
    assert.equal(last.status, Status.Cancel);
    assert.ok(last.remaining! > 0 && last.completed! >= after - 1, JSON.stringify(last));
    assert.equal(last.remaining! + last.completed! + last.failed!, 20);
    assert.deepEqual(last.failedSopInstanceUids, ["1.2.1.1.1"]);
    assert.equal((await get(meeting, dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "9" }))).length, 1);
  }
});

Deno.test("getScp() stops at a C-CANCEL-RQ that comes before the first instance, while they are counted too", async () => {
  const counting = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  const source = sourceOf({ instances: 3 });
  const slow: InstanceSource = {
    find: (query, options) => source.find(query, options),
    retrieve: (query, options) => source.retrieve(query, options),
    async *list(_, { signal } = {}) {
      yield "1.2.1.1.1";
      signal?.addEventListener("abort", () => cancelled.resolve());
      counting.resolve();
      await cancelled.promise;
      signal?.throwIfAborted();
    },
  };
  await using meeting = await retrieving(slow);
  const stop = new AbortController();
  const asked = Array.fromAsync(meeting.association.get({ identifier: STUDY, signal: stop.signal }));
  await counting.promise;
  stop.abort();
  const last = (await asked).at(-1)!;
  assert.deepEqual([last.status, last.remaining, last.completed, last.failed], [Status.Cancel, 0, 0, 0]);
});

Deno.test("getScp() says that it goes on every 2 s, however long one instance takes", async () => {
  using time = new FakeTime();
  const gate = Promise.withResolvers<void>();
  const slow = held("1.1", () =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        await gate.promise;
        controller.enqueue(element(10));
        controller.close();
      },
    }));
  await using meeting = await retrieving(holding([slow, held("1.2", () => pieces(element(10)))]));
  const progress: RetrieveProgress[] = [];
  const done = (async () => {
    for await (const step of meeting.association.get({ identifier: STUDY })) progress.push(step);
  })();
  await time.advance(7000);
  await settle();
  assert.deepEqual(progress.map(counts), Array(3).fill([Status.Pending, 2, 0, 0, 0]));
  gate.resolve();
  await done;
  assert.deepEqual(counts(progress.at(-1)!), [Status.Success, undefined, 2, 0, 0]);
  assert.equal(meeting.association.info.state, "Sta6");
});

Deno.test("getScp() gives up a source that is silent, and goes on with the next instance", async () => {
  using time = new FakeTime();
  let cancelled = 0;
  const silent = held("1.1", () => new ReadableStream<Uint8Array>({ cancel: () => void cancelled++ }));
  await using meeting = await retrieving(holding([silent, held("1.2", () => pieces(element(10)))]), {
    options: { subOperationTimeout: 5000 },
  });
  const done = get(meeting);
  await time.advance(6000);
  const last = (await done).at(-1)!;
  assert.deepEqual([last.status, last.failedSopInstanceUids, cancelled], [0xB000, ["1.1"], 1]);
});

Deno.test("getScp() reports each hundredth of many instances, and no more", async () => {
  const many = Array.from({ length: 1000 }, (_, index) => held(`1.${index + 1}`, () => pieces(element(10))));
  await using meeting = await retrieving(holding(many));
  const progress = await get(meeting);
  assert.equal(progress.length, 100);
  assert.equal(progress.at(-1)?.completed, 1000);
});

Deno.test("getScp() counts as failed what a source owes when it fails, and tells the operator alone", async () => {
  const source: InstanceSource = {
    ...holding([], 5),
    async *retrieve() {
      yield held("1.1", () => pieces(element(10)));
      throw new Error("the index is broken");
    },
  };
  await using meeting = await retrieving(source);
  const last = (await get(meeting)).at(-1)!;
  assert.deepEqual(counts(last), [Status.SuboperationsCompleteWithFailures, undefined, 1, 4, 0]);
  assert.deepEqual(meeting.warnings, ["Ended a retrieval early: the index is broken"]);
  const uncounted: InstanceSource = {
    ...source,
    list: () => {
      throw new Error("the index is broken");
    },
  };
  await using other = await retrieving(uncounted);
  const [refused] = await get(other);
  assert.deepEqual([refused?.status, refused?.errorComment], [Status.UnableToCalculateNumberOfMatches, undefined]);
});

Deno.test("getScp() lists as many failures as an identifier in an explicit VR has room for", async () => {
  const many = Array.from(
    { length: 2000 },
    (_, index) => held(`1.${"2".repeat(50)}.${index}`, () => pieces(), { sopClassUid: "1.9" }),
  );
  await using meeting = await retrieving(holding(many));
  const last = (await get(meeting)).at(-1)!;
  assert.equal(last.failed, 2000);
  assert.ok(last.failedSopInstanceUids.length > 1000 && last.failedSopInstanceUids.length < 1300);
  assert.equal(meeting.warnings.length, 11);
});

Deno.test("getScp() stops when the association ends", async () => {
  const left = Promise.withResolvers<void>();
  const source: InstanceSource = {
    ...holding([], 1000),
    async *retrieve() {
      try {
        for (let number = 1;; number++) yield held(`1.${number}`, () => pieces(element(10)));
      } finally {
        left.resolve();
      }
    },
  };
  await using meeting = await retrieving(source);
  await assert.rejects(async () => {
    for await (const _ of meeting.association.get({ identifier: STUDY })) meeting.association.abort();
  });
  await left.promise;
});

Deno.test("getScp() sends each instance of a memory source as its data set says", async () => {
  await using meeting = await retrieving(new MemorySource(instancesOf({ instances: 1 })));
  assert.equal((await get(meeting)).at(-1)?.status, Status.Success);
});
