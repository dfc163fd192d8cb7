import assert from "node:assert/strict";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { RequestCommand } from "../../src/dimse/commands.ts";
import { readMessageDataSet } from "../../src/dimse/message_data_set.ts";
import type { Service } from "../../src/dimse/service.ts";
import { PresentationContextError } from "../../src/dimse/presentation_context_error.ts";
import {
  AVAILABILITY_CONTEXT,
  notifyAvailability,
  notifyStudyContent,
  STUDY_CONTENT_CONTEXT,
} from "../../src/services/availability_notification.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";

const CT = UID.CTImageStorage;
const CONTENT = {
  studyInstanceUid: "1.2.1",
  retrieveAeTitle: "GANTRY",
  series: [
    {
      seriesInstanceUid: "1.2.1.1",
      instances: [{ sopClassUid: CT, sopInstanceUid: "1.1" }, { sopClassUid: CT, sopInstanceUid: "1.2" }],
    },
    { seriesInstanceUid: "1.2.1.2", instances: [{ sopClassUid: CT, sopInstanceUid: "2.1" }] },
  ],
};

async function associated(status: number) {
  const seen: { readonly command: RequestCommand; readonly dataSet: DataSet }[] = [];
  const service: Service = {
    performs: ["N-CREATE-RQ", "C-STORE-RQ"],
    transferSyntaxes: () => anyTransferSyntax,
    async perform(request) {
      seen.push({ command: request.command, dataSet: await readMessageDataSet(request) });
      return { status };
    },
  };
  const [here, there] = connectionPair();
  createScp({ services: [service] }).accept(there);
  const association = await requestAssociation(here, {
    calledAeTitle: "RIS",
    presentationContexts: [AVAILABILITY_CONTEXT, STUDY_CONTENT_CONTEXT],
  });
  return { seen, association };
}

const tags = (dataSet: DataSet) => [...dataSet].map(({ tag }) => tag.toString(16).padStart(8, "0"));

Deno.test("a notification of availability has the attributes of PS3.4 Table R.3.2-1, and no others", async () => {
  const { seen, association } = await associated(0);
  await using _ = association;
  const performedProcedureStep = { sopClassUid: UID.ModalityPerformedProcedureStep, sopInstanceUid: "1.9" };
  const { status } = await notifyAvailability(association.provider, { ...CONTENT, performedProcedureStep });
  assert.equal(status, 0);
  await notifyAvailability(association.provider, { ...CONTENT, availability: "NEARLINE", sopInstanceUid: "1.7" });
  const [{ command, dataSet } = assert.fail(), second = assert.fail()] = seen;
  assert.ok(command.type === "N-CREATE-RQ" && command.affectedSopClassUid === UID.InstanceAvailabilityNotification);
  assert.match(command.affectedSopInstanceUid ?? "", /^2\.25\.\d+$/);
  assert.ok(second.command.type === "N-CREATE-RQ" && second.command.affectedSopInstanceUid === "1.7");
  assert.deepEqual(tags(dataSet), ["00081111", "00081115", "0020000d"]);
  const [step] = dataSet.get("ReferencedPerformedProcedureStepSequence")!;
  assert.deepEqual(tags(step!), ["00081150", "00081155", "00404019"]);
  assert.equal(second.dataSet.get("ReferencedPerformedProcedureStepSequence")?.length ?? 0, 0);
  const series = [...dataSet.get("ReferencedSeriesSequence")!];
  assert.deepEqual(series.map((item) => item.getText("SeriesInstanceUID")), ["1.2.1.1", "1.2.1.2"]);
  const instances = series.flatMap((item) => [...item.get("ReferencedSOPSequence")!]);
  assert.deepEqual(instances.map((item) => item.getText("ReferencedSOPInstanceUID")), ["1.1", "1.2", "2.1"]);
  for (const item of instances) {
    assert.deepEqual(tags(item), ["00080054", "00080056", "00081150", "00081155"]);
    assert.deepEqual([item.getText("RetrieveAETitle"), item.getText("InstanceAvailability")], ["GANTRY", "ONLINE"]);
  }
});

Deno.test("a notification of a study's content is a C-STORE of a Basic Study Descriptor", async () => {
  const { seen, association } = await associated(0);
  await using _ = association;
  await notifyStudyContent(association.provider, { ...CONTENT, patientName: "Müller^Jörg", patientId: "7" });
  const [{ command, dataSet } = assert.fail()] = seen;
  assert.ok(command.type === "C-STORE-RQ" && command.affectedSopClassUid === UID.BasicStudyContentNotification);
  assert.equal(dataSet.getText("SOPInstanceUID"), command.affectedSopInstanceUid);
  assert.deepEqual([dataSet.getText("PatientName"), dataSet.getText("PatientID")], ["Müller^Jörg", "7"]);
  const series = [...dataSet.get("ReferencedSeriesSequence")!];
  assert.deepEqual(series.map((item) => [...item.get("ReferencedImageSequence")!].length), [2, 1]);
});

Deno.test("a refused notification is a result; one about nothing is an error", async () => {
  const { association } = await associated(0x0110);
  await using _ = association;
  assert.equal((await notifyAvailability(association.provider, CONTENT)).status, 0x0110);
  const empty = { ...CONTENT, series: [{ seriesInstanceUid: "1.2", instances: [] }] };
  await assert.rejects(notifyAvailability(association.provider, empty), RangeError);
  await assert.rejects(notifyStudyContent(association.provider, { ...CONTENT, series: [] }), RangeError);
  await using other = await requestAssociation(
    (() => {
      const [here, there] = connectionPair();
      createScp({ services: [] }).accept(there);
      return here;
    })(),
    { calledAeTitle: "RIS", presentationContexts: [AVAILABILITY_CONTEXT] },
  );
  await assert.rejects(notifyAvailability(other.provider, CONTENT), PresentationContextError);
});
