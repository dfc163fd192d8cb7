/**
 * Asks an archive for the instances of a study, so many times on one association, and counts the answers without reading
 * them: PORT CALLED-AE-TITLE STUDY-INSTANCE-UID ANSWERS TIMES. Fails when their number is another.
 *
 * @module
 */

import { requestAssociation, Status, UID } from "../mod.ts";
import { DataSet } from "../mod/data_set.ts";
import { connectTcp } from "../mod/deno.ts";

const [port = "", calledAeTitle = "", StudyInstanceUID = "", answers = "", times = ""] = Deno.args;

const connection = await connectTcp({ hostname: "127.0.0.1", port: Number(port) });
const abstractSyntax = UID.StudyRootQueryRetrieveInformationModelFind;
await using association = await requestAssociation(connection, {
  callingAeTitle: "BENCH",
  calledAeTitle,
  presentationContexts: [{
    abstractSyntax,
    transferSyntaxes: [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian],
  }],
});
const dataSet = new DataSet({
  QueryRetrieveLevel: "IMAGE",
  StudyInstanceUID,
  SeriesInstanceUID: `${StudyInstanceUID}.0`,
  SOPInstanceUID: "",
  SOPClassUID: "",
  InstanceNumber: "",
});
const { provider } = association;
for (let time = 0; time < Number(times); time++) {
  let count = 0;
  const { command } = await provider.invoke(
    provider.context(abstractSyntax),
    { type: "C-FIND-RQ", affectedSopClassUid: abstractSyntax, priority: "medium" },
    { dataSet, onPending: () => void count++ },
  );
  if (command.status !== Status.Success || count !== Number(answers)) {
    throw new Error(`Found ${count} instances, expected ${answers}; status ${command.status}`);
  }
}
