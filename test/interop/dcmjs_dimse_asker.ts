/**
 * C-FIND, C-GET and C-MOVE by dcmjs-dimse: `dcmjs_dimse_asker.ts PORT STUDY DESTINATION`.
 *
 * It prints a JSON line for each response, and for each instance that comes.
 *
 * @module
 */

import dcmjsDimse from "dcmjs-dimse";

const { Client, log, requests, responses, constants } = dcmjsDimse;
const [port, study = "", destination = ""] = Deno.args;

function print(line: object): void {
  console.log(JSON.stringify(line));
}

/** Sends one request over an association of its own. */
function ask(request: InstanceType<typeof requests.CFindRequest>): Promise<void> {
  const client = new Client();
  client.addRequest(request);
  client.on("cStoreRequest", (stored, respond) => {
    print({ service: "C-STORE", uid: stored.getAffectedSopInstanceUid() });
    const response = responses.CStoreResponse.fromRequest(stored);
    response.setStatus(constants.Status.Success);
    respond(response);
  });
  return new Promise((resolve) => {
    client.on("networkError", (error) => print({ service: "network", error: error.message }));
    client.on("associationRejected", (result) => print({ service: "A-ASSOCIATE", rejected: result }));
    client.on("closed", () => resolve());
    client.send("127.0.0.1", Number(port), "DCMJS", "GANTRY");
  });
}

log.setLevel("silent");
const find = requests.CFindRequest.createStudyFindRequest({ PatientName: "doe*", StudyInstanceUID: "" });
find.on("response", (response) => {
  const dataSet = response.getDataset();
  print({ service: "C-FIND", status: response.getStatus(), study: dataSet?.getElement("StudyInstanceUID") });
});
await ask(find);
const get = requests.CGetRequest.createStudyGetRequest(study);
get.on("response", (response) => {
  print({ service: "C-GET", status: response.getStatus(), completed: response.getCompleted() });
});
await ask(get);
const move = requests.CMoveRequest.createStudyMoveRequest(destination, study);
move.on("response", (response) => {
  print({ service: "C-MOVE", status: response.getStatus(), completed: response.getCompleted() });
});
await ask(move);
