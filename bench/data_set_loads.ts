/**
 * Files that are read, made in memory.
 *
 * @module
 */

import { DataSet } from "../src/dicom/data_set/data_set.ts";
import { writeFile } from "../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../src/dicom/generated/uid.ts";

const ROOT = "1.2.826.0.1.3680043.2.1143.99";
const STUDY = { StudyInstanceUID: `${ROOT}.1`, SeriesInstanceUID: `${ROOT}.1.1`, FrameOfReferenceUID: `${ROOT}.1.2` };
const PATIENT = { PatientName: "Bench^Data^Set", PatientID: "BENCH-1", PatientBirthDate: "19700101", PatientSex: "O" };

/** So many CT images of 4 KiB of pixels: some 40 attributes before them. */
export function smallFiles(count: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: count }, (_, index) =>
    writeFile({
      dataSet: new DataSet({
        ...general(`${ROOT}.2.${index}`),
        InstanceNumber: index + 1,
        SliceThickness: "1.25",
        KVP: "120",
        ImagePositionPatient: ["-125.0", "-125.0", `${index * 1.25}`],
        ImageOrientationPatient: ["1", "0", "0", "0", "1", "0"],
        PixelSpacing: ["0.488281", "0.488281"],
        Rows: 32,
        Columns: 64,
        ...PIXELS,
        WindowCenter: ["40", "300"],
        WindowWidth: ["400", "1500"],
        RescaleIntercept: "-1024",
        RescaleSlope: "1",
        PixelData: new Uint8Array(32 * 64 * 2),
      }),
    }));
}

/** An enhanced CT image with functional groups for so many frames: some 20 elements each, in sequences of three levels. */
export function nestedFile(frames: number): Uint8Array<ArrayBuffer> {
  return writeFile({
    dataSet: new DataSet({
      ...general(`${ROOT}.3`),
      NumberOfFrames: frames,
      Rows: 1,
      Columns: 2,
      ...PIXELS,
      PerFrameFunctionalGroupsSequence: Array.from({ length: frames }, (_, index) => functionalGroups(index)),
      PixelData: new Uint8Array(frames * 4),
    }),
  });
}

const PIXELS = {
  SamplesPerPixel: 1,
  PhotometricInterpretation: "MONOCHROME2",
  BitsAllocated: 16,
  BitsStored: 12,
  HighBit: 11,
  PixelRepresentation: 0,
};

function general(sopInstanceUid: string) {
  return {
    SpecificCharacterSet: "ISO_IR 100",
    ImageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    SOPClassUID: UID.CTImageStorage,
    SOPInstanceUID: sopInstanceUid,
    StudyDate: "20200102",
    StudyTime: "120000",
    AccessionNumber: "A1",
    Modality: "CT",
    Manufacturer: "Bench",
    StudyDescription: "Thorax",
    SeriesDescription: "Axial 1.25",
    ...PATIENT,
    ...STUDY,
    StudyID: "1",
    SeriesNumber: 2,
  };
}

function functionalGroups(index: number) {
  return {
    DerivationImageSequence: [{
      SourceImageSequence: [{
        ReferencedSOPClassUID: UID.CTImageStorage,
        ReferencedSOPInstanceUID: `${ROOT}.4.${index}`,
      }],
    }],
    FrameContentSequence: [{
      FrameAcquisitionNumber: index + 1,
      FrameReferenceDateTime: "20200102120000.5",
      FrameAcquisitionDateTime: "20200102120000.5",
      FrameAcquisitionDuration: 0.5,
      DimensionIndexValues: [1, index + 1],
      StackID: "1",
      InStackPositionNumber: index + 1,
    }],
    PlanePositionSequence: [{ ImagePositionPatient: ["-125.0", "-125.0", `${index * 1.25}`] }],
    PlaneOrientationSequence: [{ ImageOrientationPatient: ["1", "0", "0", "0", "1", "0"] }],
    PixelMeasuresSequence: [{ SliceThickness: "1.25", PixelSpacing: ["0.488281", "0.488281"] }],
    FrameVOILUTSequence: [{ WindowCenter: "40", WindowWidth: "400" }],
  };
}
