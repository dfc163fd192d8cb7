/**
 * Copies the instances of a folder with other names and UIDs. This is not de-identification after PS3.15 Annex E: it
 * changes the attributes below and no others, and none that are burnt into pixels. Look at the result before you share it.
 *
 *     deno run -A examples/deidentify.ts study/ anonymous/
 *
 * @module
 */

import { generateUid, readFile, writeFile } from "@gantry/dicom/data-set";

const [source = "study", target = "anonymous"] = Deno.args;
await Deno.mkdir(target, { recursive: true });

const newUids = new Map<string, string>();
function newUid(uid: string): string {
  if (!newUids.has(uid)) newUids.set(uid, generateUid());
  return newUids.get(uid)!;
}

for await (const { name, isFile } of Deno.readDir(source)) {
  if (!isFile || !name.endsWith(".dcm")) continue;
  const file = readFile(await Deno.readFile(`${source}/${name}`));
  const { dataSet } = file;
  dataSet.set("PatientName", "ANONYMOUS");
  dataSet.set("PatientID", "0");
  for (const key of ["PatientBirthDate", "PatientAddress", "ReferringPhysicianName", "AccessionNumber"] as const) {
    dataSet.delete(key);
  }
  for (const key of ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"] as const) {
    const uid = dataSet.get(key);
    if (uid !== undefined) dataSet.set(key, newUid(uid));
  }
  await Deno.writeFile(`${target}/${dataSet.get("SOPInstanceUID")}.dcm`, writeFile(file));
}
