import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { DimseEvent } from "../../src/dimse/events.ts";
import type { Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { DataSetError, DimseStatusError, LimitError } from "../../src/errors.ts";
import type { HeldInstance, InstanceSource } from "../../src/query/instance_source.ts";
import { MergedSource } from "../../src/query/merged_source.ts";
import { createQuery, type Query } from "../../src/query/query.ts";
import { findScp } from "../../src/services/find_scp.ts";
import { getScp } from "../../src/services/get_scp.ts";
import { Peer, type PeerOptions } from "../../src/services/peer.ts";
import { findInstances } from "../../src/services/peer_retrievals.ts";
import { PeerSource } from "../../src/services/peer_source.ts";
import { createScp, type Scp } from "../../src/services/scp.ts";
import { storage } from "../../src/services/storage.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { MR, sourceOf } from "./query_support.ts";

interface Remote extends AsyncDisposable {
  readonly source: PeerSource;
  readonly scp: Scp;
  /** Presentation contexts of each association. */
  readonly contexts: number[];
}

/** A peer that answers with `source`, strictly, and what it looks like from here. */
function remote(source: InstanceSource, services: readonly Service[] = [], options: Partial<PeerOptions> = {}): Remote {
  const face = { sourceFor: () => source, dialectFor: () => ({ strict: true }) };
  const contexts: number[] = [];
  const scp = createScp({
    services: services.length > 0 ? services : [findScp(face), ...getScp(face)],
    observers: [
      (event) => void (event.type === "association-established" && contexts.push(event.association.contexts.length)),
    ],
  });
  const peer = new Peer({
    calledAeTitle: "PACS",
    connect() {
      const [here, there] = connectionPair();
      scp.accept(there);
      return Promise.resolve(here);
    },
    ...options,
  });
  return {
    source: new PeerSource({ peer, aeTitle: "PACS" }),
    scp,
    contexts,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await scp[Symbol.asyncDispose]();
    },
  };
}

const query = (keys: Parameters<typeof dataSetOf>[0], more: Partial<Query> = {}) =>
  createQuery({ level: "STUDY", keys: dataSetOf(keys), ...more });

/** Reads what a source gives, as `UID length` or `UID problem`. */
async function readAll(instances: AsyncIterable<HeldInstance>): Promise<string[]> {
  const read: string[] = [];
  for await (const { sopInstanceUid, stream } of instances) {
    try {
      let length = 0;
      for await (const piece of stream()) length += piece.length;
      read.push(`${sopInstanceUid} ${length > 0 ? "read" : "empty"}`);
    } catch (error) {
      read.push(`${sopInstanceUid} ${(error as Error).message}`);
    }
  }
  return read;
}

Deno.test("PeerSource finds what its peer finds, and says where it can be retrieved", async () => {
  await using there = remote(sourceOf({ studies: 2 }, { availability: "NEARLINE" }));
  const found = await Array.fromAsync(there.source.find(query({ PatientID: "P2", StudyInstanceUID: "" })));
  assert.deepEqual(
    found.map(({ attributes, unmatched, retrieveAeTitles, availability }) => [
      attributes.getText("StudyInstanceUID"),
      unmatched,
      retrieveAeTitles,
      availability,
    ]),
    [["1.2.2", [], ["PACS"], "NEARLINE"]],
  );
});

Deno.test("PeerSource counts optional keys as unmatched where its peer says that it ignored some", async () => {
  const ignoring: InstanceSource = {
    ...sourceOf(),
    async *find() {
      yield { attributes: dataSetOf({ StudyInstanceUID: "1.2" }), unmatched: [0x0008_1030] };
    },
    retrieve: () => {
      throw new Error("Nothing is retrieved");
    },
  };
  await using there = remote(ignoring);
  const asked = query({ StudyDescription: "HEAD", StudyInstanceUID: "", PatientID: "P1", AccessionNumber: "1" });
  const [match] = await Array.fromAsync(there.source.find(asked));
  assert.deepEqual(match?.unmatched, [0x0008_1030]);
});

Deno.test("PeerSource retrieves at every level from a peer that demands the hierarchy", async () => {
  await using there = remote(sourceOf({ studies: 2, series: 2, instances: 2 }));
  const { source } = there;
  const uids = async (asked: Query) => (await readAll(source.retrieve(asked))).map((line) => line.replace(" read", ""));
  assert.deepEqual(await uids(query({ StudyInstanceUID: "1.2.1" })), [
    "1.2.1.1.1",
    "1.2.1.1.2",
    "1.2.1.2.1",
    "1.2.1.2.2",
  ]);
  assert.equal((await uids(query({ StudyInstanceUID: "1.2.1\\1.2.2" }))).length, 8);
  assert.equal((await uids(query({ PatientID: "P2" }))).length, 4);
  assert.equal((await uids(query({ PatientID: "P2" }, { level: "PATIENT", model: "patient-root" }))).length, 4);
  assert.equal((await uids(query({ PatientID: "P2" }, { level: "PATIENT", model: "patient-study-only" }))).length, 4);
  const series = query({ StudyInstanceUID: "1.2.2", SeriesInstanceUID: "1.2.2.1" }, { level: "SERIES" });
  assert.deepEqual(await uids(series), ["1.2.2.1.1", "1.2.2.1.2"]);
  const image = { StudyInstanceUID: "1.2.2", SeriesInstanceUID: "1.2.2.1", SOPInstanceUID: "1.2.2.1.2" };
  assert.deepEqual(await uids(query(image, { level: "IMAGE" })), ["1.2.2.1.2"]);
  assert.deepEqual(await uids(query({ StudyInstanceUID: "9.9" })), []);
  assert.deepEqual((await Array.fromAsync(source.list(query({ StudyInstanceUID: "1.2.1" })))).length, 4);
});

Deno.test("PeerSource proposes the SOP classes that there are, over more associations where one has no room", async () => {
  const classes = Array.from({ length: 20 }, (_, index) => `1.2.840.99.${index + 1}`);
  const shape = { instances: 40, each: (number: number) => ({ SOPClassUID: classes[number % 20]! }) };
  await using there = remote(sourceOf(shape), [], { keepOpen: 0 });
  const read = await readAll(there.source.retrieve(query({ StudyInstanceUID: "1.2.1" })));
  assert.equal(new Set(read).size, 40);
  assert.ok(read.every((line) => line.endsWith(" read")));
  // A C-FIND each for the study, the series and the instances; then 7 classes of 17 contexts each at a time, beside those
  // of before.
  assert.deepEqual(there.contexts, [1, 1, 1, 121, 128, 128]);
});

Deno.test("PeerSource tries likely SOP classes where its peer says none, for as long as something is missing", async () => {
  const all = sourceOf({ each: (number) => number === 1 ? { SOPClassUID: MR } : {} });
  const silent: InstanceSource = {
    async *find(asked, options) {
      for await (const match of all.find(asked, options)) {
        const attributes = match.attributes.copy();
        attributes.delete("SOPClassUID");
        yield { ...match, attributes };
      }
    },
    retrieve: (asked, options) => all.retrieve(asked, options),
    list: (asked, options) => all.list(asked, options),
  };
  await using there = remote(silent, [], { keepOpen: 0 });
  const read = await readAll(there.source.retrieve(query({ StudyInstanceUID: "1.2.1" })));
  assert.deepEqual(read, ["1.2.1.1.1 read", "1.2.1.1.2 read", "1.2.1.1.3 read"]);
  assert.equal(there.contexts.length, 4);
});

Deno.test("PeerSource gives what its peer finds and doesn't send as what fails", async () => {
  const source = sourceOf();
  const partly: InstanceSource = {
    find: (asked, options) => source.find(asked, options),
    async *retrieve(asked, options) {
      for await (const instance of source.retrieve(asked, options)) {
        yield instance.sopInstanceUid !== "1.2.1.1.2" ? instance : {
          ...instance,
          stream: () => {
            throw new Error("no such file");
          },
        };
      }
    },
  };
  await using there = remote(partly);
  const read = await readAll(there.source.retrieve(query({ StudyInstanceUID: "1.2.1" })));
  assert.deepEqual(read, [
    "1.2.1.1.1 read",
    "1.2.1.1.3 read",
    "1.2.1.1.2 Cannot retrieve 1.2.1.1.2: the peer answered Instances can't be read",
  ]);
});

Deno.test("PeerSource passes over what nobody opens, and cancels what nobody wants the rest of", async () => {
  const statuses: (number | undefined)[] = [];
  const observe = (event: DimseEvent) => {
    if (event.type === "operation-ended" && event.operation.service === "C-STORE") statuses.push(event.outcome.status);
  };
  await using there = remote(sourceOf({ instances: 30 }), [], {
    ...{ keepOpen: 60_000, maxAssociations: 1, observers: [observe] },
  });
  const passed: string[] = [];
  for await (const { sopInstanceUid } of there.source.retrieve(query({ StudyInstanceUID: "1.2.1" }))) {
    passed.push(sopInstanceUid);
  }
  assert.equal(passed.length, 30);
  // Some peers send nothing more once an instance was refused.
  assert.deepEqual(statuses, passed.map(() => Status.Success));
  for await (const { stream } of there.source.retrieve(query({ StudyInstanceUID: "1.2.1" }))) {
    await stream().cancel();
    break;
  }
  const leave = new AbortController();
  const asked = query({ StudyInstanceUID: "1.2.1" });
  await assert.rejects(async () => {
    for await (const instance of there.source.retrieve(asked, { signal: leave.signal })) {
      await new Response(instance.stream()).arrayBuffer();
      leave.abort(new Error("enough"));
    }
  }, /enough/);
  assert.equal((await readAll(there.source.retrieve(query({ StudyInstanceUID: "1.2.1" })))).length, 30);
});

Deno.test("PeerSource stores, converted where it has to be, and throws what its peer refuses", async () => {
  const kept: string[] = [];
  const taking: Service = {
    ...storage(async ({ sopInstanceUid, dataSet }) => {
      await dataSet.cancel();
      if (sopInstanceUid.endsWith("3")) throw new DimseStatusError("Full", { status: Status.OutOfResources });
      kept.push(`${sopInstanceUid} ${dataSet.transferSyntax}`);
    }),
    transferSyntaxes: (uid) =>
      uid === MR ? undefined : (proposed) => proposed.find((one) => one === UID.ImplicitVRLittleEndian),
    catchAll: false,
  };
  await using there = remote(sourceOf(), [taking]);
  const local = sourceOf({ each: (number) => number === 1 ? { SOPClassUID: MR } : {} });
  const outcomes: string[] = [];
  for await (const instance of local.retrieve(query({ StudyInstanceUID: "1.2.1" }))) {
    outcomes.push(await there.source.store(instance).then(() => "stored", (error: Error) => error.message));
  }
  assert.deepEqual(kept, [`1.2.1.1.1 ${UID.ImplicitVRLittleEndian}`]);
  assert.equal(outcomes[0], "stored");
  assert.match(outcomes[1]!, /the peer does not take the SOP class/);
  assert.match(outcomes[2]!, /the peer answered 0xA700/);
});

Deno.test("MergedSource gives each entity and instance once, from the first that has it", async () => {
  const first = sourceOf({ studies: 1 }, { retrieveAeTitles: ["ONE"], availability: "ONLINE" });
  const second = sourceOf({ studies: 2, instances: 4 }, { retrieveAeTitles: ["TWO"], availability: "NEARLINE" });
  await using there = remote(second);
  const merged = new MergedSource([first, there.source]);
  const found = await Array.fromAsync(merged.find(query({ PatientName: "" })));
  assert.deepEqual(
    found.map(({ attributes, retrieveAeTitles, availability }) => [
      attributes.getText("StudyInstanceUID"),
      retrieveAeTitles,
      availability,
    ]),
    [["1.2.1", ["ONE"], "ONLINE"], ["1.2.2", ["TWO"], "NEARLINE"]],
  );
  const asked = query({ StudyInstanceUID: "1.2.1\\1.2.2" });
  const read = await readAll(merged.retrieve(asked));
  assert.equal(read.length, 8);
  assert.equal(new Set(read).size, 8);
  assert.deepEqual(
    (await Array.fromAsync(merged.list(asked))).toSorted(),
    read.map((line) => line.split(" ")[0]).toSorted(),
  );
});

Deno.test("MergedSource fails after all answers when one of its sources does", async () => {
  const failing: InstanceSource = {
    async *find() {
      yield* await Promise.reject<never[]>(new Error("the peer is down"));
    },
    async *retrieve() {
      yield* await Promise.reject<never[]>(new Error("the peer is down"));
    },
  };
  const merged = new MergedSource([failing, sourceOf({ studies: 2 })]);
  const found: unknown[] = [];
  await assert.rejects(async () => {
    for await (const match of merged.find(query({ PatientName: "" }))) found.push(match);
  }, /the peer is down/);
  assert.equal(found.length, 2);
  const read: string[] = [];
  await assert.rejects(async () => {
    for await (const instance of merged.retrieve(query({ StudyInstanceUID: "1.2.1" }))) {
      read.push(instance.sopInstanceUid);
    }
  }, /the peer is down/);
  assert.equal(read.length, 3);
});

Deno.test("MergedSource tells patients of two issuers apart", async () => {
  const of = (issuer: string) => sourceOf({ each: () => ({ IssuerOfPatientID: issuer }) });
  const merged = new MergedSource([of("A"), of("B"), of("A")]);
  const asked = query({ IssuerOfPatientID: "" }, { level: "PATIENT", model: "patient-root" });
  assert.equal((await Array.fromAsync(merged.find(asked))).length, 2);
});

Deno.test("findInstances() gives up on a peer whose answers don't end, or are too long to be kept", async () => {
  let given = 0;
  let ended = false;
  const endless = async function* () {
    try {
      for (;;) yield { attributes: dataSetOf({ SOPInstanceUID: `1.2.${++given}` }), unmatched: [] };
    } finally {
      ended = true;
    }
  };
  const selection = query({ StudyInstanceUID: "1.2" }, { level: "IMAGE" });
  await assert.rejects(findInstances(selection, endless, 100), LimitError);
  assert.deepEqual([given, ended], [101, true]);
  // Entities without keys would have everything asked for again and again.
  await assert.rejects(findInstances(query({}), endless, 100), LimitError);
  const long = async function* () {
    yield { attributes: dataSetOf({ SOPInstanceUID: "1".repeat(5_000) }), unmatched: [] };
  };
  await assert.rejects(findInstances(selection, long), DataSetError);
});
