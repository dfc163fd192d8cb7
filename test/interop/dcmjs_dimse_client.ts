/**
 * A C-ECHO and C-STOREs by dcmjs-dimse on one association: `dcmjs_dimse_client.ts PORT OUTSTANDING FOLDER FILE…`.
 *
 * It proposes so many outstanding operations, puts the data sets as it encodes them into the folder, and prints a JSON
 * line for each response.
 *
 * @module
 */

import dcmjsDimse from "dcmjs-dimse";

const { Client, Dataset, log, requests } = dcmjsDimse;
const [port, outstanding, folder, ...files] = Deno.args;

function print(line: object): void {
  console.log(JSON.stringify(line));
}

log.setLevel("silent");
const client = new Client();
const echo = new requests.CEchoRequest();
echo.on("response", (response) => print({ service: "C-ECHO", status: response.getStatus() }));
client.addRequest(echo);
for (const file of files) {
  const dataSet = Dataset.fromFile(file);
  if (dataSet === undefined) throw new Error(`Cannot read ${file}`);
  const request = new requests.CStoreRequest(dataSet);
  const uid = request.getAffectedSopInstanceUid();
  Deno.writeFileSync(`${folder}/${uid}`, dataSet.getDenaturalizedDataset());
  request.on("response", (response) => print({ service: "C-STORE", uid, status: response.getStatus() }));
  client.addRequest(request);
}
const operations = Number(outstanding);
client.on("associationAccepted", (association) => {
  print({ service: "A-ASSOCIATE", outstanding: association.getMaxAsyncOpsInvoked() });
});
client.on("associationRejected", (result) => print({ service: "A-ASSOCIATE", rejected: result }));
client.on("networkError", (error) => print({ service: "network", error: error.message }));
client.on("closed", () => print({ service: "closed" }));
client.send("127.0.0.1", Number(port), "DCMJS", "GANTRY", {
  asyncOps: { maxAsyncOpsInvoked: operations, maxAsyncOpsPerformed: operations },
});
