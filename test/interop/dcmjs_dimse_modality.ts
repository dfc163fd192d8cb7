/**
 * A modality by dcmjs-dimse: `dcmjs_dimse_modality.ts PORT`.
 *
 * It asks for the worklist of CT, performs the first step that it finds, and prints a JSON line for each response.
 *
 * @module
 */

import dcmjsDimse from "dcmjs-dimse";

const { Client, Dataset, constants, log, requests } = dcmjsDimse;
const [port] = Deno.args;
const STEP = constants.SopClass.ModalityPerformedProcedureStep;

function print(line: object): void {
  console.log(JSON.stringify(line));
}

/** Sends requests on an association of their own; resolves when that has ended. */
function send(
  all: readonly InstanceType<typeof requests.CFindRequest | typeof requests.NCreateRequest>[],
): Promise<void> {
  const client = new Client();
  for (const request of all) client.addRequest(request);
  return new Promise((resolve, reject) => {
    client.on("networkError", reject);
    client.on("closed", () => resolve());
    client.send("127.0.0.1", Number(port), "CT1", "GANTRY");
  });
}

log.setLevel("silent");
type Elements = Record<string, unknown>;
const items: Elements[] = [];
const find = requests.CFindRequest.createWorklistFindRequest({
  PatientName: "",
  PatientID: "",
  StudyInstanceUID: "",
  ScheduledProcedureStepSequence: [{ Modality: "CT", ScheduledProcedureStepID: "" }],
});
find.on("response", (response) => {
  const elements = response.getDataset()?.getElements() as Elements | undefined;
  if (response.getStatus() === constants.Status.Pending && elements !== undefined) items.push(elements);
  print({ service: "C-FIND", status: response.getStatus(), patientId: elements?.PatientID });
});
await send([find]);

const [item = {}] = items;
const [step = {}] = item.ScheduledProcedureStepSequence as Elements[] ?? [];
const UID = "1.2.826.0.1.3680043.99.1";
const create = new requests.NCreateRequest(STEP, UID);
create.setDataset(
  new Dataset({
    ScheduledStepAttributesSequence: [{
      StudyInstanceUID: item.StudyInstanceUID,
      ScheduledProcedureStepID: step.ScheduledProcedureStepID,
    }],
    PatientName: item.PatientName,
    PerformedProcedureStepID: "PPS1",
    PerformedStationAETitle: "CT1",
    PerformedProcedureStepStartDate: "20250301",
    PerformedProcedureStepStartTime: "080000",
    PerformedProcedureStepStatus: "IN PROGRESS",
    Modality: "CT",
  }),
);
create.on("response", (response) => print({ service: "N-CREATE", status: response.getStatus() }));
await send([create]);

for (const status of ["IN PROGRESS", "COMPLETED", "DISCONTINUED"]) {
  const set = new requests.NSetRequest(STEP, UID);
  set.setDataset(new Dataset({ PerformedProcedureStepStatus: status }));
  set.on("response", (response) => print({ service: "N-SET", asked: status, status: response.getStatus() }));
  await send([set]);
}
