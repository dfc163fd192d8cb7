/**
 * Asks a PACS whether it answers for the instances in some files (storage commitment), one line per instance. The PACS has to
 * know the AE title (here CT1) at this machine and that port: it calls there to report.
 *
 *     deno run -A examples/commit.ts ORTHANC@127.0.0.1:4242 CT1 11113 study/*.dcm
 *
 * @module
 */

import { AwaitedReports, COMMITMENT_CONTEXT, createScp, requestAssociation, storageCommitment } from "@gantry/dicom";
import { generateUid, readFile } from "@gantry/dicom/data-set";
import { connectTcp, listenTcp } from "@gantry/dicom/deno";

const [peer = "ORTHANC@127.0.0.1:4242", callingAeTitle = "CT1", ownPort = "11113", ...paths] = Deno.args;
const [calledAeTitle = "", hostname = "", port = ""] = peer.split(/[@:]/);
const instances = paths.map((path) => {
  const { dataSet } = readFile(Deno.readFileSync(path));
  return { sopClassUid: dataSet.getText("SOPClassUID")!, sopInstanceUid: dataSet.getText("SOPInstanceUID")! };
});
const awaited = new AwaitedReports();
const services = [storageCommitment({ onReport: awaited.take })];
await using scp = createScp({ services });
await using listener = await listenTcp({ port: Number(ownPort) });
(async () => {
  for await (const connection of listener) scp.accept(connection);
})();
await using association = await requestAssociation(await connectTcp({ hostname, port: Number(port) }), {
  ...{ calledAeTitle, callingAeTitle, services },
  presentationContexts: [COMMITMENT_CONTEXT],
});
const request = { transactionUid: generateUid(), instances };
const report = await awaited.commit(association.provider, request, { signal: AbortSignal.timeout(600_000) });
for (const { sopInstanceUid } of report.committed) console.log("committed", sopInstanceUid);
for (const { sopInstanceUid, reason } of report.failed) console.log("not committed", sopInstanceUid, reason);
