import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { readMessageDataSet } from "../../src/dimse/message_data_set.ts";
import type { PerformRequest, PerformResponse, Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { PresentationContextError } from "../../src/dimse/presentation_context_error.ts";
import { AssociationAbortedError, DimseStatusError } from "../../src/errors.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";

const FIND = UID.StudyRootQueryRetrieveInformationModelFind;

/** An SCU's association with an SCP whose C-FIND is `perform`. */
async function asking(perform: (request: PerformRequest) => AsyncIterable<PerformResponse>): Promise<ScuAssociation> {
  const service: Service = {
    performs: ["C-FIND-RQ"],
    transferSyntaxes: (abstractSyntax) => abstractSyntax === FIND ? anyTransferSyntax : undefined,
    perform,
  };
  const [here, there] = connectionPair();
  createScp({ services: [service] }).accept(there);
  return await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    presentationContexts: [{ abstractSyntax: FIND, transferSyntaxes: [UID.ExplicitVRLittleEndian] }],
  });
}

const identifier = new DataSet({ QueryRetrieveLevel: "STUDY", PatientID: "ID-1" });
const study = (number: number) => new DataSet({ StudyInstanceUID: `1.2.${number}` });

Deno.test("find() gives matches as data sets, and those for which keys were ignored say so", async () => {
  const asked: (string | undefined)[] = [];
  await using association = await asking(async function* (request) {
    asked.push((await readMessageDataSet(request)).get("PatientID"));
    yield { status: Status.Pending, dataSet: study(1) };
    yield { status: Status.PendingWithUnsupportedKeys, dataSet: study(2) };
    yield { status: Status.Success };
  });
  for (let turn = 0; turn < 2; turn++) {
    const found = await Array.fromAsync(association.find({ identifier }));
    assert.deepEqual(found.map(({ dataSet, unsupportedKeys }) => [dataSet.get("StudyInstanceUID"), unsupportedKeys]), [
      ["1.2.1", false],
      ["1.2.2", true],
    ]);
  }
  assert.deepEqual(asked, ["ID-1", "ID-1"]);
});

Deno.test("find() cancels what nobody wants to hear the rest of, and the association goes on", async () => {
  let cancelled = 0;
  await using association = await asking(async function* ({ signal }) {
    for (let number = 1; !signal.aborted; number++) yield { status: Status.Pending, dataSet: study(number) };
    cancelled++;
    yield { status: Status.Cancel };
  });
  const first: (string | undefined)[] = [];
  for await (const { dataSet } of association.find({ identifier })) {
    first.push(dataSet.get("StudyInstanceUID"));
    if (first.length === 3) break;
  }
  assert.deepEqual([first, cancelled], [["1.2.1", "1.2.2", "1.2.3"], 1]);
  const reason = new Error("enough");
  const stop = new AbortController();
  const counting = async () => {
    for await (const _ of association.find({ identifier, signal: stop.signal })) stop.abort(reason);
  };
  await assert.rejects(counting(), reason);
  assert.equal(cancelled, 2);
  assert.equal(association.info.state, "Sta6");
});

Deno.test("find() throws a final status that is a failure, after the matches before it", async () => {
  await using association = await asking(async function* () {
    yield { status: Status.Pending, dataSet: study(1) };
    throw new DimseStatusError("Cannot find", { status: Status.OutOfResources, comment: "Too many" });
  });
  const found: DataSet[] = [];
  const finding = async () => {
    for await (const { dataSet } of association.find({ identifier })) found.push(dataSet);
  };
  await assert.rejects(finding(), (error) => {
    assert.ok(error instanceof DimseStatusError);
    assert.deepEqual([error.status, error.comment], [Status.OutOfResources, "Too many"]);
    assert.equal(error.message, "Cannot find: the peer answered 0xA700 (Refused: out of resources: Too many)");
    return true;
  });
  assert.equal(found.length, 1);
});

Deno.test("find() reads nothing more from the peer while a match is looked at", async () => {
  let sent = 0;
  await using association = await asking(async function* () {
    const dataSet = new DataSet({ StudyDescription: "x".repeat(60), PatientComments: "y".repeat(10_000) });
    for (; sent < 2000; sent++) yield { status: Status.Pending, dataSet };
    yield { status: Status.Success };
  });
  let matches = 0;
  let ahead = 0;
  for await (const _ of association.find({ identifier })) {
    matches++;
    if (matches % 500 === 0) {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      ahead = Math.max(ahead, sent - matches);
    }
  }
  assert.equal(matches, 2000);
  assert.ok(ahead < 500, `${ahead} matches of 10 KB were on their way`);
});

Deno.test("find() fails when the association ends in the middle, and where the model was not accepted", async () => {
  await using association = await asking(async function* ({ association: _, provider }) {
    yield { status: Status.Pending, dataSet: study(1) };
    provider.association.abort();
    yield { status: Status.Success };
  });
  await assert.rejects(Array.fromAsync(association.find({ identifier })), AssociationAbortedError);
  const other = { identifier, sopClassUid: UID.PatientRootQueryRetrieveInformationModelFind };
  await assert.rejects(Array.fromAsync(association.find(other)), PresentationContextError);
});
