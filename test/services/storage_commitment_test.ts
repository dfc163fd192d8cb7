import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../src/dicom/data_set/reading/read_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { deferred } from "../../src/scheduling/deferred.ts";
import * as Status from "../../src/dimse/status.ts";
import { AwaitedReports } from "../../src/services/awaited_reports.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import {
  COMMITMENT_CONTEXT,
  COMMITMENT_SCP_ROLE,
  type CommitmentReport,
  describeFailureReason,
  FailureReason,
  type ReceivedCommitmentRequest,
  reportCommitment,
  requestCommitment,
  storageCommitment,
  type StorageCommitmentOptions,
} from "../../src/services/storage_commitment.ts";
import { lend, type LentBytes } from "../../src/streams/lent_bytes.ts";
import { connectionPair } from "../../src/transport/memory.ts";

const CT = UID.CTImageStorage;
const sopClassUid = UID.StorageCommitmentPushModel;
const sopInstanceUid = UID.StorageCommitmentPushModelInstance;
const instances = [{ sopClassUid: CT, sopInstanceUid: "1.2.1" }, { sopClassUid: CT, sopInstanceUid: "1.2.2" }];

async function associated(
  options: StorageCommitmentOptions,
  own: StorageCommitmentOptions = {},
  transferSyntax: string = UID.ExplicitVRLittleEndian,
): Promise<ScuAssociation> {
  const [here, there] = connectionPair();
  createScp({ services: [storageCommitment(options)] }).accept(there);
  return await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    presentationContexts: [{ ...COMMITMENT_CONTEXT, transferSyntaxes: [transferSyntax] }],
    services: [storageCommitment(own)],
  });
}

/** Takes every request, and answers it with `answer` on the same association once the response is out. */
function answering(
  taken: ReceivedCommitmentRequest[],
  answer: (request: ReceivedCommitmentRequest) => CommitmentReport | undefined,
): StorageCommitmentOptions {
  return {
    onRequest(request) {
      taken.push(request);
      const report = answer(request);
      return Promise.resolve(report && (() => void reportCommitment(request.provider, report)));
    },
  };
}

for (const transferSyntax of [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian]) {
  Deno.test(`a report comes to who has asked, on the same association, in ${transferSyntax}`, async () => {
    const taken: ReceivedCommitmentRequest[] = [];
    const awaited = new AwaitedReports();
    const scp = answering(taken, ({ transactionUid, instances: [first, second] }) => ({
      transactionUid,
      committed: [first!],
      failed: [{ ...second!, reason: FailureReason.ClassInstanceConflict }],
      retrieveAeTitle: "STORE",
    }));
    await using association = await associated(scp, { onReport: awaited.take }, transferSyntax);
    const report = await awaited.commit(association.provider, { transactionUid: "2.25.7", instances });
    assert.deepEqual(report, {
      transactionUid: "2.25.7",
      committed: [instances[0]],
      failed: [{ ...instances[1], reason: 0x0119 }],
      retrieveAeTitle: "STORE",
    });
    assert.deepEqual(taken[0]?.instances, instances);
    assert.equal(awaited.size, 0);
  });
}

Deno.test("a report on an association that the SCP opens gets the SCP role, and comes to who has asked", async () => {
  const awaited = new AwaitedReports();
  await using association = await associated(answering([], () => undefined));
  const taken = deferred<void>();
  const request = { transactionUid: "2.25.8", instances };
  const asked = awaited.commit(association.provider, request, { onTaken: taken.resolve });
  await taken.promise;
  await association.release();
  const [here, there] = connectionPair();
  await using scp = createScp({ services: [storageCommitment({ onReport: awaited.take })] });
  scp.accept(there);
  await using reporting = await requestAssociation(here, {
    calledAeTitle: "SCU",
    presentationContexts: [COMMITMENT_CONTEXT],
    roleSelections: [COMMITMENT_SCP_ROLE],
  });
  assert.deepEqual(reporting.provider.roles(sopClassUid), { scu: false, scp: true });
  const unknown = await reportCommitment(reporting.provider, {
    transactionUid: "2.25.9",
    committed: instances,
    failed: [],
  });
  assert.deepEqual([unknown.status, unknown.errorComment], [0x0115, "Transaction UID is not known"]);
  const { status } = await reportCommitment(reporting.provider, {
    transactionUid: "2.25.8",
    committed: instances,
    failed: [],
  });
  assert.equal(status, Status.Success);
  assert.deepEqual((await asked).committed, instances);
});

Deno.test("what a report doesn't mention, or mentions as another class, is not committed", async () => {
  const awaited = new AwaitedReports();
  const other = { sopClassUid: UID.MRImageStorage, sopInstanceUid: "1.2.1" };
  const scp = answering([], ({ transactionUid }) => ({ transactionUid, committed: [other], failed: [] }));
  await using association = await associated(scp, { onReport: awaited.take });
  const { committed, failed } = await awaited.commit(association.provider, { transactionUid: "2.25.7", instances });
  assert.deepEqual(committed, []);
  assert.deepEqual(failed.map(({ sopInstanceUid, reason }) => [sopInstanceUid, reason]), [["1.2.1", 0x0110], [
    "1.2.2",
    0x0110,
  ]]);
});

Deno.test("a wait ends when the peer refuses, and when its signal is aborted", async () => {
  const awaited = new AwaitedReports();
  await using refusing = await associated({});
  await assert.rejects(awaited.commit(refusing.provider, { transactionUid: "2.25.7", instances }), /0x0211/);
  await using silent = await associated(answering([], () => undefined));
  const giveUp = new AbortController();
  const asked = awaited.commit(silent.provider, { transactionUid: "2.25.7", instances }, { signal: giveUp.signal });
  giveUp.abort(new Error("enough"));
  await assert.rejects(asked, /enough/);
  assert.equal(awaited.size, 0);
  await assert.rejects(async () =>
    await requestCommitment(silent.provider, { transactionUid: "2.25.7", instances: [] })
  );
});

const asked = (keys: ConstructorParameters<typeof DataSet>[0]) => new DataSet(keys);
const item = (uid: string, sopClass: string = CT) => ({
  ReferencedSOPClassUID: sopClass,
  ReferencedSOPInstanceUID: uid,
});
const sequence = (...items: ReturnType<typeof item>[]) => items.map((values) => new DataSet(values));

const REFUSALS: readonly (readonly [
  string,
  { dataSet?: DataSet | Uint8Array; actionTypeId?: number; uid?: string },
  number,
  string,
])[] = [
  ["without a data set", {}, 0x0115, "Data set is missing"],
  [
    "without a transaction UID",
    { dataSet: asked({ ReferencedSOPSequence: sequence(item("1.2")) }) },
    0x0115,
    "Transaction UID is missing",
  ],
  [
    "with an empty transaction UID",
    { dataSet: asked({ TransactionUID: "", ReferencedSOPSequence: sequence(item("1.2")) }) },
    0x0115,
    "Transaction UID is no UID",
  ],
  ["without a list", { dataSet: asked({ TransactionUID: "2.25.1" }) }, 0x0115, "Referenced SOP Sequence is missing"],
  [
    "with an empty list",
    { dataSet: asked({ TransactionUID: "2.25.1", ReferencedSOPSequence: [] }) },
    0x0115,
    "Referenced SOP Sequence is empty",
  ],
  [
    "with an item without UIDs",
    {
      dataSet: asked({ TransactionUID: "2.25.1", ReferencedSOPSequence: [new DataSet(item("1.2")), new DataSet()] }),
    },
    0x0115,
    "Item 2 has no UIDs",
  ],
  [
    "with too many items",
    {
      dataSet: asked({
        TransactionUID: "2.25.1",
        ReferencedSOPSequence: sequence(item("1.2"), item("1.3"), item("1.4"), item("1.5")),
      }),
    },
    0x0213,
    "More than 3 instances are referenced",
  ],
  [
    "that breaks PS3.5",
    { dataSet: Uint8Array.of(8, 0, 0x95, 0x11, 0x55, 0x49, 200, 0, 49, 46) },
    0x0115,
    "Data set cannot be understood",
  ],
  [
    "of another action type",
    { actionTypeId: 2, dataSet: asked({ TransactionUID: "2.25.1" }) },
    0x0123,
    "Action type is not 1",
  ],
  ["for another SOP instance", { uid: "1.2.3" }, 0x0112, `SOP instance is not ${sopInstanceUid}`],
];

for (const [what, { dataSet, actionTypeId = 1, uid = sopInstanceUid }, status, comment] of REFUSALS) {
  Deno.test(`a request ${what} is refused`, async () => {
    const taken: ReceivedCommitmentRequest[] = [];
    await using association = await associated({ ...answering(taken, () => undefined), maxReferences: 3 });
    const call = { sopClassUid, sopInstanceUid: uid, actionTypeId, ...(dataSet !== undefined && { dataSet }) };
    const refused = await association.requestAction(call);
    assert.deepEqual([refused.status, refused.errorComment], [status, comment]);
    const good = await requestCommitment(association.provider, { transactionUid: "2.25.2", instances });
    assert.equal(good.status, Status.Success);
    assert.equal(taken.length, 1);
  });
}

Deno.test("other attributes and sequences in a request are passed over", async () => {
  const taken: ReceivedCommitmentRequest[] = [];
  await using association = await associated({ ...answering(taken, () => undefined), maxReferences: 3 });
  const inner = new DataSet({
    ...item("9.9"),
    ReferencedSOPSequence: sequence(item("9.8"), item("9.7"), item("9.6"), item("9.5")),
  });
  const first = new DataSet({ ...item("1.2.1"), ReferencedSOPSequence: [inner], StorageMediaFileSetID: "DISC" });
  const dataSet = new DataSet({
    TransactionUID: "2.25.1",
    StorageMediaFileSetID: "DISC",
    ReferencedSOPSequence: [first, new DataSet(item("1.2.2"))],
    ReferencedStudySequence: [inner, inner, inner, inner],
  });
  const { status } = await association.requestAction({ sopClassUid, sopInstanceUid, actionTypeId: 1, dataSet });
  assert.equal(status, 0);
  assert.deepEqual(taken[0]?.instances, instances);
});

Deno.test("a million references are refused at the limit, and the association goes on", async () => {
  const line = new DataSet({ ReferencedSOPSequence: sequence(item("1.2.276.0.7230010.3.1.4.0.1")) });
  const one = line.encode(UID.ImplicitVRLittleEndian) as Uint8Array;
  // The item of that sequence, a million times in one of undefined length.
  const bytes = one.slice(8);
  let sent = 0;
  const head = Uint8Array.of(8, 0, 0x99, 0x11, 0xff, 0xff, 0xff, 0xff);
  const many = new Uint8Array(1000 * bytes.length);
  for (let index = 0; index < 1000; index++) many.set(bytes, index * bytes.length);
  const dataSet = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 0) controller.enqueue(head);
      if (++sent > 1000) controller.close();
      else controller.enqueue(many.slice());
    },
  });
  await using implicit = await associated(answering([], () => undefined), {}, UID.ImplicitVRLittleEndian);
  const refused = await implicit.requestAction({ sopClassUid, sopInstanceUid, actionTypeId: 1, dataSet });
  assert.deepEqual([refused.status, refused.errorComment], [0x0213, "More than 50000 instances are referenced"]);
  const good = await requestCommitment(implicit.provider, { transactionUid: "2.25.2", instances });
  assert.equal(good.status, Status.Success);
});

Deno.test("the response to a request is out before its report", async () => {
  const order: string[] = [];
  const reported = deferred<void>();
  const scp = answering([], ({ transactionUid }) => ({ transactionUid, committed: instances, failed: [] }));
  await using association = await associated(scp, {
    onReport: () => {
      order.push("report");
      return Promise.resolve(reported.resolve);
    },
  });
  const asked = requestCommitment(association.provider, { transactionUid: "2.25.3", instances });
  asked.then(() => order.push("response"));
  await Promise.all([asked, reported.promise]);
  assert.deepEqual(order, ["response", "report"]);
});

Deno.test("an event of another type is refused", async () => {
  await using association = await associated({ onReport: () => Promise.resolve(undefined) });
  const { status } = await association.reportEvent({ sopClassUid, sopInstanceUid, eventTypeId: 3 });
  assert.equal(status, 0x0113);
});

Deno.test("describeFailureReason() knows the reasons of PS3.3 C.14.1.1", () => {
  for (const reason of Object.values(FailureReason)) assert.notEqual(describeFailureReason(reason), "Unknown reason");
  assert.equal(describeFailureReason(0x9999), "Unknown reason");
});

Deno.test("what is written of a list is a data set of PS3.5, in both transfer syntaxes, however long it is", async () => {
  const { encodeReferences } = await import("../../src/services/reference_writer.ts");
  for (const transferSyntax of [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian]) {
    const referenced = Array.from(
      { length: 1500 },
      (_, index) => ({ sopClassUid: CT, sopInstanceUid: `1.2.${index}` }),
    );
    const failed = referenced.slice(0, 3).map((instance) => ({ ...instance, reason: 0x0213 }));
    const lists = { transactionUid: "2.25.12", retrieveAeTitle: "STORE", referenced, failed };
    const bytes = lend(encodeReferences(lists).encode(transferSyntax) as LentBytes);
    const pieces: Uint8Array[] = [];
    for (let piece = await bytes.read(); piece !== undefined; piece = await bytes.read()) pieces.push(piece.slice());
    assert.ok(pieces.length > 3);
    const whole = new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    const dataSet = readDataSet(whole, { transferSyntax });
    assert.deepEqual([...dataSet].map(({ tag }) => tag), [0x0008_0054, 0x0008_1195, 0x0008_1198, 0x0008_1199]);
    assert.deepEqual([dataSet.getText("TransactionUID"), dataSet.getText("RetrieveAETitle")], ["2.25.12", "STORE"]);
    const items = [...dataSet.get("ReferencedSOPSequence")!];
    assert.deepEqual(
      items.map((item) => item.get("ReferencedSOPInstanceUID")),
      referenced.map((of) => of.sopInstanceUid),
    );
    assert.deepEqual([...dataSet.get("FailedSOPSequence")!].map((item) => item.get("FailureReason")), [531, 531, 531]);
  }
});

Deno.test("an instance whose UID is none can be asked for, as it can be kept", async () => {
  const taken: ReceivedCommitmentRequest[] = [];
  await using association = await associated(answering(taken, () => undefined));
  const odd = [{ sopClassUid: CT, sopInstanceUid: `IMG${"7".repeat(247)}` }, {
    sopClassUid: CT,
    sopInstanceUid: "1.02",
  }];
  const { status } = await requestCommitment(association.provider, { transactionUid: "2.25.2", instances: odd });
  assert.deepEqual([status, taken[0]?.instances], [0, odd]);
  await assert.rejects(async () => {
    const instances = [{ sopClassUid: CT, sopInstanceUid: "1 2" }];
    await requestCommitment(association.provider, { transactionUid: "2.25.2", instances });
  }, RangeError);
});
