/**
 * What `bench:dicomweb` fills its servers with, besides the study of 400.
 *
 * @module
 */

import { DataSet } from "../src/dicom/data_set/data_set.ts";
import { writeDataSet } from "../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import { fileMetaInformation } from "../src/dicom/part10.ts";
import { dataFolder } from "./processes.ts";

/** Studies of one small instance as files, two a patient: `SMALL0`, `SMALL1` … */
export function smallFiles(studies: number): string[] {
  const folder = `${dataFolder}/loads/dicomweb-${studies}`;
  const files = Array.from({ length: studies }, (_, number) => `${folder}/${number}.dcm`);
  try {
    if (Deno.statSync(files.at(-1)!).isFile) return files;
  } catch {
    Deno.mkdirSync(folder, { recursive: true });
  }
  for (const [number, path] of files.entries()) {
    const uids = { study: `1.2.826.0.1.${number}`, series: `1.2.826.0.2.${number}`, instance: `1.2.826.0.3.${number}` };
    const dataSet = new DataSet({
      SOPClassUID: UID.CTImageStorage,
      SOPInstanceUID: uids.instance,
      ...studyAttributes(number),
      StudyInstanceUID: uids.study,
      SeriesInstanceUID: uids.series,
      Modality: "CT",
      SeriesNumber: 1,
      InstanceNumber: 1,
    });
    const transferSyntax = UID.ExplicitVRLittleEndian;
    const meta = { sopClassUid: UID.CTImageStorage, sopInstanceUid: uids.instance, transferSyntax };
    Deno.writeFileSync(path, fileMetaInformation(meta));
    Deno.writeFileSync(path, writeDataSet(dataSet, { transferSyntax }), { append: true });
  }
  return files;
}

function day(number: number): string {
  return new Date(Date.UTC(2015, 0, 1 + number % 4000)).toISOString().slice(0, 10).replaceAll("-", "");
}

/** Patient and study of a small study, as attributes. */
export function studyAttributes(number: number) {
  return {
    ...{ StudyDate: day(number), StudyTime: "101500", AccessionNumber: `A${number}`, StudyID: String(number) },
    ...{ StudyDescription: `Thorax ${number % 37}`, ReferringPhysicianName: "DOE^JOHN" },
    ...{ PatientName: `NAME${number % 977}^ANNA`, PatientID: `SMALL${number >> 1}`, PatientBirthDate: "19700101" },
    PatientSex: "F",
  };
}
