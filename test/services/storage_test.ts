import assert from "node:assert/strict";
import { readFileHeader } from "../../src/dicom/part10.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { storageSopClasses } from "../../src/dicom/sop_classes.ts";
import { transferSyntaxes } from "../../src/dicom/transfer_syntaxes.ts";
import type { CommandSet } from "../../src/dimse/command_set.ts";
import * as Status from "../../src/dimse/status.ts";
import { describeStatus } from "../../src/dimse/statuses.ts";
import { DataSetError, DimseStatusError, InstanceNotKeptError, LimitError } from "../../src/errors.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import {
  type InstanceToSend,
  type ReceivedInstance,
  storage,
  store,
  type StoreResult,
} from "../../src/services/storage.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { expectMessage, invoking, nextMessage, performing, storeMessage, storeRsp } from "../support/providers.ts";
import { commandPdv, concat, CT_IMAGE_STORAGE, dataPdv, pData, storeRq } from "../support/scripted_peer.ts";

type Keep = Parameters<typeof storage>[0];

const bytes = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);

const instance: InstanceToSend = {
  sopClassUid: CT_IMAGE_STORAGE,
  sopInstanceUid: "1.2.3.4",
  transferSyntax: UID.ExplicitVRLittleEndian,
  dataSet: bytes,
};

/** An SCU's association with an SCP that keeps instances like that. */
async function associate(keep: Keep, proposed: readonly InstanceToSend[] = [instance]) {
  const scp = createScp({ services: [storage(keep)] });
  const [near, far] = connectionPair();
  const served = scp.accept(far);
  const association = await requestAssociation(near, {
    calledAeTitle: "GANTRY",
    callingAeTitle: "CT1",
    presentationContexts: proposed.map(({ sopClassUid, transferSyntax }) => ({
      abstractSyntax: sopClassUid,
      transferSyntaxes: [transferSyntax],
    })),
  });
  const close = async () => {
    await association[Symbol.asyncDispose]();
    await served;
  };
  return { association, [Symbol.asyncDispose]: close };
}

/** Sends instances to an SCP that keeps them like that. */
async function send(keep: Keep, ...instances: InstanceToSend[]): Promise<StoreResult[]> {
  await using setup = await associate(keep, instances);
  const results: StoreResult[] = [];
  for (const each of instances) results.push(await setup.association.store(each));
  return results;
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return concat(await Array.fromAsync(stream));
}

Deno.test("storage() shows each instance as it is announced, and its very bytes", async () => {
  let seen: ReceivedInstance | undefined;
  let received: Uint8Array | undefined;
  const [result] = await send(async (instance) => {
    seen = instance;
    received = await readAll(instance.dataSet.stream());
  }, instance);
  assert.deepEqual(result, { status: Status.Success });
  assert.deepEqual(received, bytes);
  assert.equal(seen?.sopClassUid, instance.sopClassUid);
  assert.equal(seen.sopInstanceUid, instance.sopInstanceUid);
  assert.equal(seen.transferSyntax, instance.transferSyntax);
  assert.equal(seen.association.callingAeTitle, "CT1");
  assert.equal(seen.signal.aborted, false);
});

Deno.test("storage() gives an instance as a Part 10 file", async () => {
  let file = new Uint8Array(0);
  await send(async (instance) => {
    file = concat([await readAll(instance.file().stream())]);
  }, instance);
  const header = readFileHeader(file, { ended: true });
  assert.equal(header?.transferSyntax, instance.transferSyntax);
  assert.equal(header.meta.mediaStorageSopClassUid, instance.sopClassUid);
  assert.equal(header.meta.mediaStorageSopInstanceUid, instance.sopInstanceUid);
  assert.deepEqual(header.warnings, []);
  assert.deepEqual(file.subarray(header.dataSetOffset), bytes);
});

Deno.test("storage() lets its file be cancelled in the middle", async () => {
  const results = await send(
    async (instance) => {
      for await (const _ of instance.file().stream()) break;
    },
    instance,
    { ...instance, sopInstanceUid: "1.2.3.5" },
  );
  assert.deepEqual(results, [{ status: Status.Success }, { status: Status.Success }]);
});

Deno.test("storage() takes every storage SOP class, and every transfer syntax, byte for byte", async () => {
  const ofClasses = storageSopClasses().map((sopClassUid) => ({ ...instance, sopClassUid }));
  const ofSyntaxes = transferSyntaxes().map(({ uid }) => ({ ...instance, transferSyntax: uid }));
  const all = [...ofClasses, ...ofSyntaxes];
  for (let start = 0; start < all.length; start += 128) {
    const batch = all.slice(start, start + 128);
    let kept = 0;
    const results = await send(async (received) => {
      assert.deepEqual(await readAll(received.dataSet.stream()), bytes);
      assert.equal(received.sopClassUid, batch[kept]?.sopClassUid);
      assert.equal(received.transferSyntax, batch[kept]?.transferSyntax);
      kept++;
    }, ...batch);
    assert.ok(results.every(({ status }) => status === Status.Success));
    assert.equal(kept, batch.length);
  }
});

Deno.test("storage() takes private and unknown SOP classes unless told otherwise, and never other services'", () => {
  const any = storage(() => Promise.resolve());
  const standard = storage(() => Promise.resolve(), { sopClasses: "standard" });
  for (
    const [uid, byDefault, byStandard] of [
      [CT_IMAGE_STORAGE, true, true],
      ["1.3.12.2.1107.5.9.1", true, false],
      [UID.Verification, false, false],
      ["1.2.840.10008.5.1.4.1.2.2.1", false, false],
      ["no UID", false, false],
      ["", false, false],
    ] as const
  ) {
    assert.equal(any.transferSyntaxes(uid) !== undefined, byDefault, uid);
    assert.equal(standard.transferSyntaxes(uid) !== undefined, byStandard, uid);
  }
});

Deno.test("storage() answers what keep() answers", async () => {
  const [result] = await send(() => Promise.resolve({ status: Status.ElementsDiscarded }), instance);
  assert.deepEqual(result, { status: Status.ElementsDiscarded });
});

/** What keeping throws, and the status that the sender gets. */
const failures: readonly [thrown: Error, status: number, comment: string | undefined][] = [
  [new InstanceNotKeptError("no space", { reason: "out-of-resources" }), 0xA700, "no space"],
  [new InstanceNotKeptError("another", { reason: "data-set-does-not-match-sop-class" }), 0xA900, "another"],
  [new InstanceNotKeptError("what?", { reason: "cannot-understand" }), 0xC000, "what?"],
  [new DataSetError("ends early"), 0xC000, "ends early"],
  [new LimitError("too long", { limit: "length", maximum: 1 }), 0xA700, "too long"],
  [new DimseStatusError("hidden", { status: Status.NotAuthorized, comment: "shown" }), 0x0124, "shown"],
  [new Error("hidden"), 0x0110, undefined],
];

for (const [thrown, status, errorComment] of failures) {
  const { name } = thrown;
  Deno.test(`storage() answers ${name} "${thrown.message}" with ${status.toString(16)}, and goes on`, async () => {
    let calls = 0;
    const results = await send(
      () => ++calls === 1 ? Promise.reject(thrown) : Promise.resolve(),
      instance,
      instance,
    );
    assert.deepEqual(results, [
      { status, ...(errorComment !== undefined && { errorComment }) },
      { status: Status.Success },
    ]);
    assert.equal(describeStatus(status, "C-STORE").category, "failure");
  });
}

Deno.test("storage() refuses an instance of another SOP class than its presentation context's", async () => {
  await using conversation = await performing([storage(() => assert.fail("it was kept"))]);
  const { peer } = conversation;
  const affectedSopClassUid = "1.2.840.10008.5.1.4.1.1.4"; // MR images.
  const command: CommandSet = {
    type: "C-STORE-RQ",
    messageId: 1,
    affectedSopClassUid,
    affectedSopInstanceUid: "1.2.3",
    priority: "medium",
    hasDataSet: true,
  };
  await peer.send(pData(commandPdv(3, command), dataPdv(3, bytes)));
  await expectMessage(peer, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: 1,
    affectedSopClassUid,
    affectedSopInstanceUid: "1.2.3",
    status: Status.SopClassNotSupported,
    errorComment: "SOP class is not that of the presentation context",
    hasDataSet: false,
  });
  await peer.send(storeMessage(2));
  await expectMessage(peer, storeRsp(2, Status.ProcessingFailure));
});

/** A C-STORE-RQ for that SOP instance, and its data set. */
function storeOf(affectedSopInstanceUid: string, messageId: number) {
  return pData(commandPdv(3, storeRq(messageId, affectedSopInstanceUid)), dataPdv(3, bytes));
}

Deno.test("storage() hands over an instance whose UID is none, as far as that can name a file", async () => {
  const kept: string[] = [];
  const keep: Keep = async ({ sopInstanceUid, file }) => {
    kept.push(sopInstanceUid);
    const header = readFileHeader(concat([await readAll(file().stream())]), { ended: true });
    assert.equal(header?.meta.mediaStorageSopInstanceUid, sopInstanceUid);
  };
  const fit = ["dccc9599", "2.25." + "7".repeat(60), "7".repeat(250), "1.02", "1..2", "1.2.3.", "a b", "-1_x", "~"];
  const unfit = ["../1", "1/2", "..", ".", "C:1", "a*", "a?", 'a"', "<1>", "1|2"];
  await using conversation = await performing([storage(keep)]);
  const { peer } = conversation;
  for (const [index, uid] of [...fit, ...unfit].entries()) {
    await peer.send(storeOf(uid, index));
    const { command } = await nextMessage(peer);
    assert.ok(command.type === "C-STORE-RSP");
    assert.equal(command.status, fit.includes(uid) ? Status.Success : Status.InvalidSopInstance, uid);
    assert.equal(command.affectedSopInstanceUid, uid);
  }
  assert.deepEqual(kept, fit);
});

Deno.test("store() sends an instance whose UID is none, and storage() keeps it", async () => {
  const kept: string[] = [];
  for (const sopInstanceUid of ["dccc9599", "7".repeat(65), "01.2"]) {
    await send(async (received) => {
      kept.push(received.sopInstanceUid);
      await readAll(received.dataSet.stream());
    }, { ...instance, sopInstanceUid });
  }
  assert.deepEqual(kept, ["dccc9599", "7".repeat(65), "01.2"]);
});

Deno.test("store() sends nothing that the peer did not accept", async () => {
  await using setup = await associate(() => Promise.resolve());
  const { association } = setup;
  for (const other of [{ sopClassUid: "1.2.840.10008.5.1.4.1.1.4" }, { transferSyntax: UID.ImplicitVRLittleEndian }]) {
    await assert.rejects(association.store({ ...instance, ...other }), { name: "PresentationContextError" });
  }
  assert.deepEqual(await association.store(instance), { status: Status.Success });
});

Deno.test("store() aborts when its source has another length than it was said to have, and nothing is kept", async () => {
  for (const dataSetLength of [0, 4998, 4999, 5001, 5002, 600_000]) {
    let kept = 0;
    await using setup = await associate(async ({ dataSet }) => {
      await readAll(dataSet.stream());
      kept++;
    });
    const storing = setup.association.store({ ...instance, dataSet: ReadableStream.from([bytes]), dataSetLength });
    await assert.rejects(storing, { name: "DataSetError", message: /gave .*5000 bytes where/ });
    const end = await setup.association.closed;
    assert.equal(end.how, "aborted");
    assert.equal(kept, 0);
  }
  const exact = { ...instance, dataSet: ReadableStream.from([bytes]), dataSetLength: bytes.length };
  assert.deepEqual(await send(async ({ dataSet }) => void await readAll(dataSet.stream()), exact), [{
    status: Status.Success,
  }]);
});

Deno.test("store() pads a data set of odd length with a NUL, in every transfer syntax", async () => {
  for (const transferSyntax of [instance.transferSyntax, UID.DeflatedExplicitVRLittleEndian]) {
    const given = { ...instance, transferSyntax };
    const received: Uint8Array[] = [];
    await send(
      async ({ dataSet }) => void received.push(await readAll(dataSet.stream())),
      { ...given, dataSet: bytes.subarray(0, 7) },
      { ...given, dataSet: bytes.subarray(0, 7), dataSetLength: 7 },
      { ...given, dataSet: ReadableStream.from([bytes.subarray(0, 3), bytes.subarray(3, 7)]) },
      { ...given, dataSet: ReadableStream.from([bytes.subarray(0, 7)]), dataSetLength: 7 },
      { ...given, dataSet: bytes.subarray(0, 8) },
    );
    const padded = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 0);
    assert.deepEqual(received, [padded, padded, padded, padded, bytes.subarray(0, 8)]);
  }
});

Deno.test("store() streams what it sends, as fast as the peer keeps it", async () => {
  const chunk = new Uint8Array(64 * 1024);
  let sent = 0;
  let kept = 0;
  let ahead = 0;
  const dataSet = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 256 * chunk.length) return controller.close();
      sent += chunk.length;
      ahead = Math.max(ahead, sent - kept);
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
  const [result] = await send(async (received) => {
    for await (const piece of received.dataSet.stream()) kept += piece.length;
  }, { ...instance, dataSet });
  assert.equal(result?.status, Status.Success);
  assert.equal(kept, 16 * 1024 * 1024);
  assert.ok(ahead <= 1024 * 1024, `${ahead} bytes were under way at once`);
});

Deno.test("store() can be aborted in the middle, and the receiver learns of it", async () => {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  await using setup = await associate(async ({ dataSet, signal }) => {
    await readAll(dataSet.stream()).catch(() => {});
    resolve(signal);
  });
  let cancelled = false;
  let pulls = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(65536));
      if (++pulls === 20) stop.abort(new Error("enough"));
    },
    cancel: () => void (cancelled = true),
  });
  const storing = setup.association.store({ ...instance, dataSet: endless }, { signal: stop.signal });
  await assert.rejects(storing, { name: "AssociationAbortedError", by: "local", message: /enough/ });
  assert.equal(cancelled, true);
  assert.equal((await promise).aborted, true);
});

Deno.test("store() says how urgent it is", async () => {
  await using conversation = await invoking();
  const { provider, peer } = conversation;
  for (const [options, priority] of [[{}, "medium"], [{ priority: "high" }, "high"]] as const) {
    const storing = store(provider, { ...instance, sopInstanceUid: "1.2.3" }, options);
    const { command, dataSet } = await nextMessage(peer);
    assert.ok(command.type === "C-STORE-RQ");
    assert.deepEqual(command, { ...storeRq(command.messageId), priority });
    assert.deepEqual(dataSet, bytes);
    await peer.send(pData(commandPdv(3, storeRsp(command.messageId, Status.Success))));
    await storing;
  }
});
