import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { RequestCommand } from "../../src/dimse/command_set.ts";
import { readMessageDataSet } from "../../src/dimse/message_data_set.ts";
import type { Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError } from "../../src/errors.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";

const sopClassUid = UID.ModalityPerformedProcedureStep;

/** Whatever it is asked, it answers with what it was sent, and notes the request. */
function echoing(seen: RequestCommand[]): Service {
  return {
    performs: ["N-GET-RQ", "N-SET-RQ", "N-ACTION-RQ", "N-CREATE-RQ", "N-DELETE-RQ", "N-EVENT-REPORT-RQ"],
    transferSyntaxes: (abstractSyntax) => abstractSyntax === sopClassUid ? anyTransferSyntax : undefined,
    async perform(request) {
      seen.push(request.command);
      if (request.command.type === "N-DELETE-RQ") {
        throw new DimseStatusError("Cannot delete", { status: Status.NoSuchSopInstance, comment: "No such step" });
      }
      const dataSet = request.dataSet === undefined
        ? new DataSet({ PatientName: "Doe^Jane" })
        : await readMessageDataSet(request);
      const made = request.command.type === "N-CREATE-RQ" ? { affectedSopInstanceUid: "2.25.9" } : {};
      return { status: Status.Success, ...made, dataSet };
    },
  };
}

async function associated(services: readonly Service[]): Promise<ScuAssociation & AsyncDisposable> {
  const [here, there] = connectionPair();
  createScp({ services }).accept(there);
  return await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    presentationContexts: [{ abstractSyntax: sopClassUid, transferSyntaxes: [UID.ImplicitVRLittleEndian] }],
  });
}

const nameOf = ({ dataSet }: { dataSet: DataSet | undefined }) => dataSet?.getText("PatientName");

Deno.test("The N-services carry data sets both ways, and their results say what the peer said", async () => {
  const seen: RequestCommand[] = [];
  await using association = await associated([echoing(seen)]);
  const step = { sopClassUid, sopInstanceUid: "2.25.8" };
  const dataSet = new DataSet({ PatientName: "Doe^John" });
  const created = await association.createInstance({ sopClassUid, dataSet });
  assert.deepEqual([created.status, created.sopInstanceUid, nameOf(created)], [0, "2.25.9", "Doe^John"]);
  assert.equal(nameOf(await association.setAttributes({ ...step, dataSet })), "Doe^John");
  assert.equal(nameOf(await association.getAttributes({ ...step, attributes: [0x0010_0010] })), "Doe^Jane");
  assert.equal(nameOf(await association.requestAction({ ...step, actionTypeId: 3 })), "Doe^Jane");
  assert.equal(nameOf(await association.reportEvent({ ...step, eventTypeId: 4, dataSet })), "Doe^John");
  assert.deepEqual(seen.map(({ type }) => type), [
    "N-CREATE-RQ",
    "N-SET-RQ",
    "N-GET-RQ",
    "N-ACTION-RQ",
    "N-EVENT-REPORT-RQ",
  ]);
  const [create, set, get, action, event] = seen;
  assert.ok(create?.type === "N-CREATE-RQ" && create.affectedSopInstanceUid === undefined && create.hasDataSet);
  assert.ok(set?.type === "N-SET-RQ" && set.requestedSopInstanceUid === "2.25.8");
  assert.ok(get?.type === "N-GET-RQ" && get.attributeIdentifierList?.[0] === 0x0010_0010 && !get.hasDataSet);
  assert.ok(action?.type === "N-ACTION-RQ" && action.actionTypeId === 3);
  assert.ok(event?.type === "N-EVENT-REPORT-RQ" && event.eventTypeId === 4);
});

Deno.test("A failure of an N-service is a result", async () => {
  await using association = await associated([echoing([])]);
  const { status, errorComment, dataSet } = await association.deleteInstance({ sopClassUid, sopInstanceUid: "2.25.8" });
  assert.deepEqual([status, errorComment, dataSet], [Status.NoSuchSopInstance, "No such step", undefined]);
});

Deno.test("readMessageDataSet() is bounded, and answers what it can't read with a status", async () => {
  const statuses: number[] = [];
  const service: Service = {
    ...echoing([]),
    async perform(request) {
      const options = { maxLength: 100, status: Status.ProcessingFailure };
      try {
        await readMessageDataSet(request, options);
      } catch (error) {
        statuses.push((error as DimseStatusError).status);
        throw error;
      }
      return { status: Status.Success };
    },
  };
  await using association = await associated([service]);
  const step = { sopClassUid, sopInstanceUid: "2.25.8", actionTypeId: 1 };
  const long = await association.requestAction({ ...step, dataSet: new DataSet({ PatientComments: "x".repeat(200) }) });
  assert.deepEqual([long.status, long.errorComment], [Status.OutOfResources, "Data set is too long"]);
  const broken = await association.requestAction({
    ...step,
    dataSet: Uint8Array.of(0x10, 0, 0x10, 0, 9, 0, 0, 0, 65, 65),
  });
  assert.deepEqual([broken.status, broken.errorComment], [Status.ProcessingFailure, "Data set cannot be understood"]);
  const absent = await association.requestAction(step);
  assert.equal(absent.status, Status.ProcessingFailure);
  const fine = await association.requestAction({ ...step, dataSet: new DataSet({ PatientName: "Doe" }) });
  assert.equal(fine.status, Status.Success);
  assert.deepEqual(statuses, [Status.OutOfResources, Status.ProcessingFailure, Status.ProcessingFailure]);
});
