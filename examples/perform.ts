/**
 * A modality without pixels: asks what is planned for a station, and performs the first step (worklist, N-CREATE, N-SET).
 *
 *     deno run -A examples/perform.ts GANTRY@127.0.0.1:11112 CT1
 *
 * @module
 */

import { requestAssociation, UID } from "@gantry/dicom";
import { connectTcp } from "@gantry/dicom/deno";
import { DataSet } from "@gantry/dicom/data-set";
import { createProcedureStep, findWorklist, setProcedureStep } from "@gantry/dicom/worklist";

const [peer = "GANTRY@127.0.0.1:11112", station = "CT1"] = Deno.args;
const [calledAeTitle = "", hostname = "", port = ""] = peer.split(/[@:]/);
const abstractSyntaxes = [UID.ModalityWorklistInformationModelFind, UID.ModalityPerformedProcedureStep];
const transferSyntaxes = [UID.ImplicitVRLittleEndian];
await using association = await requestAssociation(await connectTcp({ hostname, port: Number(port) }), {
  ...{ calledAeTitle, callingAeTitle: station },
  presentationContexts: abstractSyntaxes.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes })),
});
const [{ dataSet: item } = {}] = await Array.fromAsync(findWorklist(association.provider, { stationAeTitle: station }));
if (item === undefined) throw new Error(`Nothing is planned for ${station}`);
const [planned] = item.getAll("ScheduledProcedureStepSequence") as DataSet[];
const dataSet = new DataSet({
  PatientID: item.getText("PatientID") ?? "",
  Modality: planned?.getText("Modality") ?? "",
  ...{ PerformedProcedureStepID: "1", PerformedStationAETitle: station },
  PerformedProcedureStepStatus: "IN PROGRESS",
  ...{ PerformedProcedureStepStartDate: "20250301", PerformedProcedureStepStartTime: "0800" },
  ScheduledStepAttributesSequence: [{
    StudyInstanceUID: item.getText("StudyInstanceUID") ?? "",
    ScheduledProcedureStepID: planned?.getText("ScheduledProcedureStepID") ?? "",
  }],
});
const sopInstanceUid = await createProcedureStep(association.provider, { dataSet });
const ended = new DataSet({ PerformedProcedureStepStatus: "COMPLETED" });
await setProcedureStep(association.provider, { sopInstanceUid, dataSet: ended });
console.log(`Performed ${sopInstanceUid}`);
