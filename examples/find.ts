/**
 * Asks a PACS for the studies of a patient (C-FIND, Study Root), one line per study.
 *
 *     deno run -A examples/find.ts ORTHANC@127.0.0.1:4242 'PHANTOM*'
 *
 * @module
 */

import { Peer } from "@gantry/dicom";
import { DataSet } from "@gantry/dicom/data-set";
import { connectTcp } from "@gantry/dicom/deno";

const [peer = "ORTHANC@127.0.0.1:4242", PatientName = "*"] = Deno.args;
const [calledAeTitle = "", hostname = "", port = ""] = peer.split(/[@:]/);

await using pacs = new Peer({
  connect: (options) => connectTcp({ hostname, port: Number(port), ...options }),
  calledAeTitle,
});
const identifier = new DataSet({
  QueryRetrieveLevel: "STUDY",
  PatientName,
  // Keys without a value are returned, and match everything.
  PatientID: "",
  StudyDate: "",
  StudyDescription: "",
  StudyInstanceUID: "",
});
for await (const { dataSet } of pacs.find({ identifier })) {
  console.log(
    dataSet.get("StudyInstanceUID"),
    dataSet.get("PatientID"),
    dataSet.get("PatientName")?.toString(),
    dataSet.get("StudyDescription"),
  );
}
