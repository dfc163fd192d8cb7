/**
 * An index with as many instances as are asked for: 20 a study, 10 a series, two studies a patient.
 *
 * @module
 */

import { writeDataSet } from "../src/dicom/data_set/writing/write_data_set.ts";
import type { AttributeValues } from "../src/dicom/data_set/attribute_values.ts";
import { DataSet } from "../src/dicom/data_set/data_set.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import type { IndexedInstance, InstanceIndex } from "../src/index/instance_index.ts";

const FAMILIES = ["MÜLLER", "SMITH", "GARCIA", "NOVAK", "ROSSI", "DUBOIS", "JENSEN", "KOWALSKI", "SILVA", "BERGMANN"];
const MODALITIES = ["CT", "MR", "CR", "US", "DX"];

/** A UID of 63 characters, as devices make them. */
export function uid(prefix: number, number: number): string {
  return `1.2.840.113619.2.55.${prefix}.${String(number).padStart(8, "0").padStart(41, "283116435")}`;
}

/** The attributes of a level, encoded. */
function encoded(values: AttributeValues<DataSet>): Uint8Array {
  return writeDataSet(new DataSet({ SpecificCharacterSet: "ISO_IR 100", ...values }));
}

/** A day out of eleven years, as a DA. */
export function day(number: number): string {
  return new Date(Date.UTC(2015, 0, 1 + number % 4000)).toISOString().slice(0, 10).replaceAll("-", "");
}

function patientOf(number: number): Uint8Array {
  const family = FAMILIES[number % FAMILIES.length]!;
  return encoded({
    PatientName: `${family}${number % 977}^ANNA^${number}`,
    PatientID: `P${number}`,
    PatientBirthDate: day(number * 7),
    PatientSex: number % 2 === 0 ? "F" : "M",
  });
}

function studyOf(number: number): Uint8Array {
  return encoded({
    StudyDate: day(number),
    StudyTime: "101500",
    AccessionNumber: `A${number}`,
    StudyID: String(number),
    StudyDescription: `Thorax ${number % 37}`,
    ReferringPhysicianName: "DOE^JOHN",
  });
}

function seriesOf(number: number): Uint8Array {
  return encoded({
    Modality: number % 4001 === 0 ? "PT" : MODALITIES[Math.floor(number / 2) % MODALITIES.length]!,
    SeriesNumber: number % 2 + 1,
    SeriesDescription: `Axial ${number % 11}`,
    BodyPartExamined: "CHEST",
    Manufacturer: "MAKER",
    InstitutionName: "HOSPITAL",
  });
}

/** Puts so many instances into an index. */
export async function fill(index: InstanceIndex, count: number): Promise<void> {
  let [patient, study, series] = [new Uint8Array(), new Uint8Array(), new Uint8Array()] as Uint8Array[];
  for (let number = 0; number < count; number++) {
    const [studyNumber, seriesNumber] = [Math.floor(number / 20), Math.floor(number / 10)];
    if (number % 40 === 0) patient = patientOf(number / 40);
    if (number % 20 === 0) study = studyOf(studyNumber);
    if (number % 10 === 0) series = seriesOf(seriesNumber);
    const instance: IndexedInstance = {
      patientId: `P${Math.floor(number / 40)}`,
      studyInstanceUid: uid(1, studyNumber),
      seriesInstanceUid: uid(2, seriesNumber),
      sopInstanceUid: uid(3, number),
      sopClassUid: UID.CTImageStorage,
      transferSyntax: UID.ExplicitVRLittleEndian,
      name: `${uid(1, studyNumber)}/${uid(2, seriesNumber)}/${uid(3, number)}.dcm`,
      size: 526_000,
      dataSetOffset: 340,
      receivedAt: 1_700_000_000_000 + number,
      sourceAeTitle: "CT1",
      serial: number + 1,
    };
    const image = encoded({ InstanceNumber: number % 10 + 1, ContentDate: "20250101", Rows: 512, Columns: 512 });
    await index.find(instance.sopInstanceUid);
    await index.put(instance, [], { PATIENT: patient!, STUDY: study!, SERIES: series!, IMAGE: image });
    if (number % 1000 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  await index.sync();
}
