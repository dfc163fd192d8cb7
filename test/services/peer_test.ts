import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { PresentationContextError } from "../../src/dimse/presentation_context_error.ts";
import { AssociationAbortedError } from "../../src/errors.ts";
import { Peer, type PeerOptions } from "../../src/services/peer.ts";
import { createScp, type Scp } from "../../src/services/scp.ts";
import type { ScuAssociation } from "../../src/services/scu.ts";
import { storage, store } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { gate } from "../support/providers.ts";
import { associateAc, scriptedPeer } from "../support/scripted_peer.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const FIND = UID.StudyRootQueryRetrieveInformationModelFind;
const GET = UID.StudyRootQueryRetrieveInformationModelGet;

/** An SCP, and a peer that stands for it; `connections` counts how often it was called. */
function meet(services: readonly Service[], options: Partial<PeerOptions> = {}) {
  const scp = createScp({ services });
  const met = { scp, connections: 0 };
  const peer = new Peer({
    calledAeTitle: "GANTRY",
    connect: () => {
      met.connections++;
      const [here, there] = connectionPair();
      scp.accept(there);
      return Promise.resolve(here);
    },
    ...options,
  });
  const end = async () => {
    await peer[Symbol.asyncDispose]();
    await scp[Symbol.asyncDispose]();
  };
  return Object.assign(met, { peer, [Symbol.asyncDispose]: end });
}

/** Waits until the SCP has so many associations. */
async function hasAssociations(scp: Scp, count: number): Promise<void> {
  while (scp.associations.length !== count) await settle();
}

const keeping = (kept: string[] = []) =>
  storage(async ({ sopInstanceUid, dataSet }) => {
    await dataSet.cancel();
    kept.push(sopInstanceUid);
  });

const instance = (sopInstanceUid: string, transferSyntax: string = UID.ExplicitVRLittleEndian) => ({
  sopClassUid: CT,
  sopInstanceUid,
  transferSyntax,
  dataSet: new DataSet({ SOPClassUID: CT, SOPInstanceUID: sopInstanceUid }),
});

Deno.test("Peer keeps an association open, and uses it again", async () => {
  await using met = meet([verification()]);
  for (let turn = 0; turn < 3; turn++) assert.equal(await met.peer.echo(), Status.Success);
  assert.equal(met.connections, 1);
});

Deno.test("Peer negotiates what is asked for when it is asked for, and remembers it", async () => {
  const kept: string[] = [];
  await using met = meet([verification(), keeping(kept)], { maxAssociations: 1 });
  await met.peer.echo();
  assert.equal((await met.peer.store(instance("1.2.1"))).status, Status.Success);
  assert.equal(met.connections, 2);
  await met.peer.echo();
  await met.peer.store(instance("1.2.2", UID.ImplicitVRLittleEndian));
  assert.equal(met.connections, 3);
  await met.peer.store(instance("1.2.3"));
  await met.peer.echo();
  assert.equal(met.connections, 3);
  assert.deepEqual(kept, ["1.2.1", "1.2.2", "1.2.3"]);
});

Deno.test("Peer doesn't ask again for what the peer refuses while the association lasts", async () => {
  await using met = meet([verification()]);
  await assert.rejects(met.peer.store(instance("1.2.1")), PresentationContextError);
  await assert.rejects(met.peer.store(instance("1.2.2")), PresentationContextError);
  assert.equal(met.connections, 1);
});

Deno.test("Peer makes another association when the one it kept was ended, and retries what can be repeated", async () => {
  await using met = meet([verification(), keeping()]);
  await met.peer.echo();
  met.scp.abort(met.scp.associations[0]!.id);
  await hasAssociations(met.scp, 0);
  assert.equal(await met.peer.echo(), Status.Success);
  assert.equal(met.connections, 2);
});

Deno.test("Peer repeats an operation that meets the end of a kept association, but none on a new one", async () => {
  let performed = 0;
  const aborting: Service = {
    ...verification(),
    perform({ provider }) {
      if (++performed === 2) provider.association.abort();
      return Promise.resolve({ status: Status.Success });
    },
  };
  await using met = meet([aborting]);
  await met.peer.echo();
  assert.equal(await met.peer.echo(), Status.Success);
  assert.deepEqual([performed, met.connections], [3, 2]);
  performed = 1;
  await using other = meet([aborting]);
  await assert.rejects(other.peer.echo(), AssociationAbortedError);
  assert.equal(other.connections, 1);
});

Deno.test("Peer has at most so many associations; others wait their turn", async () => {
  const { open, passed } = gate();
  let running = 0;
  let most = 0;
  const slow: Service = {
    ...verification(),
    async perform() {
      most = Math.max(most, ++running);
      await passed;
      running--;
      return { status: Status.Success };
    },
  };
  await using met = meet([slow], { maxAssociations: 2 });
  const echoes = Array.from({ length: 5 }, () => met.peer.echo());
  const impatient = new AbortController();
  const given = met.peer.echo({ signal: impatient.signal });
  await hasAssociations(met.scp, 2);
  while (most < 2) await settle();
  impatient.abort(new Error("enough"));
  await assert.rejects(given, /enough/);
  open();
  assert.deepEqual(await Promise.all(echoes), [0, 0, 0, 0, 0]);
  assert.deepEqual([most, met.connections], [2, 2]);
});

Deno.test("Peer releases an association that nobody used for a while", async () => {
  using time = new FakeTime();
  await using met = meet([verification()], { keepOpen: 5_000 });
  await met.peer.echo();
  await time.advance(4_999);
  assert.equal(met.scp.associations.length, 1);
  await time.advance(1);
  assert.equal(met.scp.associations.length, 0);
  await met.peer.echo();
  assert.equal(met.connections, 2);
});

Deno.test("Peer that can't connect says so each time, and goes on when it can", async () => {
  let down = true;
  const scp = createScp({ services: [verification()] });
  await using peer = new Peer({
    calledAeTitle: "GANTRY",
    maxAssociations: 1,
    connect: () => {
      if (down) return Promise.reject(new Error("nothing listens there"));
      const [here, there] = connectionPair();
      scp.accept(there);
      return Promise.resolve(here);
    },
  });
  await assert.rejects(peer.echo(), /nothing listens there/);
  await assert.rejects(peer.echo(), /nothing listens there/);
  down = false;
  assert.equal(await peer.echo(), Status.Success);
});

Deno.test("Peer that was closed takes no more work, nor does who waited", async () => {
  const { open, passed } = gate();
  const slow: Service = { ...verification(), perform: () => passed.then(() => ({ status: Status.Success })) };
  const met = meet([slow], { maxAssociations: 1 });
  const running = met.peer.echo();
  await hasAssociations(met.scp, 1);
  const waiting = met.peer.echo();
  await met.peer[Symbol.asyncDispose]();
  await assert.rejects(waiting, /was closed/);
  open();
  assert.equal(await running, Status.Success);
  await hasAssociations(met.scp, 0);
  await assert.rejects(met.peer.echo(), /was closed/);
});

Deno.test("Peer gives up on a peer that doesn't answer its request when its caller does, and closes the connection", async () => {
  const [here, there] = connectionPair();
  await using peer = new Peer({ calledAeTitle: "SILENT", connect: () => Promise.resolve(here), maxAssociations: 1 });
  const enough = new AbortController();
  const echoing = peer.echo({ signal: enough.signal });
  const reader = there.readable.getReader();
  assert.ok((await reader.read()).value?.length, "the request came");
  const reason = new Error("it was enough");
  enough.abort(reason);
  await assert.rejects(echoing, reason);
  const abort = await reader.read();
  assert.equal(abort.value?.[0], 0x07, "an A-ABORT PDU");
  await there.writable.close();
  while (!(await reader.read()).done);
});

Deno.test("Peer keeps an association when what it was made for is given up later", async () => {
  await using met = meet([verification()]);
  const first = new AbortController();
  assert.equal(await met.peer.echo({ signal: first.signal }), Status.Success);
  first.abort(new Error("too late"));
  await settle();
  assert.equal(await met.peer.echo(), Status.Success);
  assert.equal(met.connections, 1);
});

/** Finds two studies, and sends one instance by C-GET. */
const querying: Service[] = [
  {
    performs: ["C-FIND-RQ"],
    transferSyntaxes: (uid) => uid === FIND ? anyTransferSyntax : undefined,
    async *perform() {
      for (const StudyInstanceUID of ["1.1", "1.2"]) {
        yield { status: Status.Pending, dataSet: new DataSet({ StudyInstanceUID }) };
      }
      yield { status: Status.Success };
    },
  },
  {
    performs: ["C-GET-RQ"],
    transferSyntaxes: (uid) => uid === GET ? anyTransferSyntax : undefined,
    invokes: (uid) => uid === CT,
    async perform({ provider, dataSet }) {
      await dataSet?.cancel();
      const { transferSyntax } = provider.context(CT);
      const { status } = await store(provider, instance("1.2.9", transferSyntax));
      return { status, numberOfCompletedSuboperations: 1 };
    },
  },
];

Deno.test("Peer finds, and gets instances where the caller wants them, on associations of their own roles", async () => {
  const stored: string[] = [];
  await using met = meet([...querying, keeping(stored)]);
  const identifier = new DataSet({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "" });
  const found = await Array.fromAsync(met.peer.find({ identifier }));
  assert.deepEqual(found.map(({ dataSet }) => dataSet.get("StudyInstanceUID")), ["1.1", "1.2"]);
  const got: string[] = [];
  const keep = async (
    { sopInstanceUid, dataSet }: { sopInstanceUid: string; dataSet: { cancel(): Promise<void> } },
  ) => {
    await dataSet.cancel();
    got.push(sopInstanceUid);
  };
  const retrieval = { identifier, sopClassUids: [CT], keep };
  const progress = await Array.fromAsync(met.peer.get(retrieval));
  assert.deepEqual(progress.map(({ status, completed }) => [status, completed]), [[Status.Success, 1]]);
  // The other way round: in the role of an SCU, on another association.
  assert.equal((await met.peer.store(instance("1.2.10"))).status, Status.Success);
  await Array.fromAsync(met.peer.get(retrieval));
  assert.deepEqual([got, stored, met.connections], [["1.2.9", "1.2.9"], ["1.2.10"], 3]);
});

Deno.test("Peer waits for the end of an association once, however often it is used", async () => {
  await using met = meet([verification()]);
  let waits = 0;
  const associations = new Set<unknown>();
  const use = () =>
    met.peer.use(
      { presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }] },
      async ({ closed }) => {
        if (!associations.has(closed)) {
          associations.add(closed);
          const then = closed.then.bind(closed);
          closed.then = ((...handlers: Parameters<typeof then>) => (waits++, then(...handlers))) as typeof closed.then;
        }
        await settle();
      },
    );
  for (let turn = 0; turn < 20; turn++) await use();
  assert.deepEqual([met.connections, associations.size, waits], [1, 1, 0]);
});

Deno.test("Peer gives the next his turn where the one whose turn it was has left off", async () => {
  await using met = meet([verification()], { maxAssociations: 1, keepOpen: 0 });
  const needs = {
    presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }],
  };
  const { open, passed } = gate();
  let inUse!: ScuAssociation;
  const first = met.peer.use(needs, (association) => {
    inUse = association;
    return passed;
  });
  await hasAssociations(met.scp, 1);
  const impatient = new AbortController();
  const second = met.peer.use(needs, () => Promise.resolve("second"), impatient.signal);
  const third = met.peer.use(needs, () => Promise.resolve("third"));
  await settle();
  // The association's place is free in the same moment in which the second one leaves off.
  const dispose = inUse[Symbol.asyncDispose].bind(inUse);
  inUse[Symbol.asyncDispose] = async () => {
    await dispose();
    queueMicrotask(() => queueMicrotask(() => impatient.abort(new Error("enough"))));
  };
  open();
  await first;
  await assert.rejects(second, /enough/);
  assert.equal(await third, "third");
});

/** Answers a C-FIND every few milliseconds: so often after it was cancelled, or without end. */
const answering = (further: number): Service => ({
  performs: ["C-FIND-RQ"],
  transferSyntaxes: () => anyTransferSyntax,
  async *perform({ signal }) {
    for (let left = further; left > 0;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (signal.aborted) left--;
      yield { status: Status.Pending, dataSet: new DataSet({ PatientID: "1" }) };
    }
    yield { status: Status.Cancel };
  },
});

Deno.test("Peer ends with its deadline where a cancelled query goes on and on, but not because its caller is slow", async () => {
  const timeouts = { associate: 5_000, idle: 5_000, response: 200, release: 500 };
  const identifier = new DataSet({ QueryRetrieveLevel: "STUDY" });
  await using endless = meet([answering(Infinity)], { timeouts });
  for await (const _ of endless.peer.find({ identifier })) break;
  await hasAssociations(endless.scp, 0);

  await using ending = meet([answering(3)], { timeouts });
  const cancel = new AbortController();
  const slow = async () => {
    for await (const _ of ending.peer.find({ identifier, signal: cancel.signal })) {
      cancel.abort(new Error("enough"));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  };
  await assert.rejects(slow, /enough/);
  assert.equal(ending.scp.associations.length, 1);
});

Deno.test("Peer that is closed waits for no release that doesn't come", async () => {
  using time = new FakeTime();
  const [here, there] = scriptedPeer();
  const peer = new Peer({ calledAeTitle: "HUNG", connect: () => Promise.resolve(here), keepOpen: 60_000 });
  const presentationContexts = [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }];
  const used = peer.use({ presentationContexts }, () => Promise.resolve());
  await there.send(associateAc(await there.expectType("A-ASSOCIATE-RQ")));
  await used;
  const closed = peer[Symbol.asyncDispose]();
  await there.expectType("A-RELEASE-RQ");
  await time.advance(1_000);
  await there.expectType("A-ABORT");
  await there.close();
  await closed;
});
