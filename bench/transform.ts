/**
 * Instances changed on their way: `deno task bench:transform [--rounds N] [--instances N] [--json]`.
 *
 * All is done in this one process, from memory and into nothing, over and over with the same CT image of 512 × 512 pixels.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { createDeidentifier, deidentifyInstance } from "../src/deidentify/deidentifier.ts";
import { DataSet } from "../src/dicom/data_set/data_set.ts";
import { writeFile } from "../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import type { LentBytes } from "../src/streams/lent_bytes.ts";
import { compileChanges } from "../src/transform/change_steps.ts";
import { transformInstance } from "../src/transform/transform_instance.ts";

/** Bytes a chunk, as a connection or a file gives them. */
const CHUNK = 256 * 1024;

const WARM_UP = 50;

const arguments_ = parseArgs(Deno.args, { string: ["rounds", "instances"], boolean: ["json"] });
const rounds = Number(arguments_.rounds ?? 5);
const instances = Number(arguments_.instances ?? 500);

const file = ctImage();

const changes = compileChanges([
  { prefixIssuer: { issuer: "NORTH" } },
  {
    set: {
      InstitutionName: "North Hospital",
      IssuerOfPatientID: "NORTH",
      StationName: "CT1",
      StudyDescription: "CHEST",
      "RequestAttributesSequence[0].RequestedProcedureID": "A17",
      '(0009,"ACME 1.1",01)': { vr: "LO", value: "routed" },
    },
  },
  { template: { SeriesDescription: "{Modality} {SeriesNumber}" } },
  { copy: { OtherPatientIDs: "PatientID" } },
  { remove: ["PatientComments"] },
]);

const deidentifier = createDeidentifier({
  key: new Uint8Array(32).fill(1),
  options: ["retain-modified-dates", "clean-descriptors", "retain-safe-private", "retain-patient-characteristics"],
});

const tasks = [
  {
    name: "ten attributes changed",
    wanted: (megabytes: number) => megabytes >= 400,
    to: "400 MB/s",
    run: async () => await passOn(await transformInstance(chunked(file), changes)),
  },
  {
    name: "de-identified",
    wanted: (_: number, perSecond: number) => perSecond >= 300,
    to: "300 instances/s",
    run: async () => await passOn(await deidentifyInstance(chunked(file), deidentifier)),
  },
];

for (const { name, run, wanted, to } of tasks) {
  for (let index = 0; index < WARM_UP; index++) await run();
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    for (let index = 0; index < instances; index++) await run();
    seconds.push((performance.now() - begun) / 1000);
  }
  const median = seconds.toSorted((one, other) => one - other)[Math.floor(seconds.length / 2)]!;
  const perSecond = instances / median;
  const megabytes = perSecond * file.length / 1e6;
  const met = wanted(megabytes, perSecond);
  console.log(
    arguments_.json
      ? JSON.stringify({ name, seconds, perSecond, megabytes, met })
      : `${name}: ${perSecond.toFixed(0)} instances/s, ${megabytes.toFixed(0)} MB/s (to reach: ${to}) ${
        met ? "yes" : "NO"
      }`,
  );
}

async function passOn({ read }: LentBytes): Promise<void> {
  while (await read() !== undefined);
}

function chunked(bytes: Uint8Array): LentBytes {
  let offset = 0;
  return {
    // deno-lint-ignore require-await -- the interface is asynchronous
    async read() {
      if (offset >= bytes.length) return undefined;
      const chunk = bytes.subarray(offset, offset + CHUNK);
      offset += CHUNK;
      return chunk;
    },
  };
}

/** A CT image with the attributes that scanners write. */
function ctImage(): Uint8Array {
  const dataSet = new DataSet({
    SpecificCharacterSet: "ISO_IR 100",
    ImageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    InstanceCreationDate: "20240301",
    InstanceCreationTime: "101112.5",
    SOPClassUID: UID.CTImageStorage,
    SOPInstanceUID: "1.2.826.0.1.3680043.9.1.1.17",
    StudyDate: "20240301",
    SeriesDate: "20240301",
    AcquisitionDate: "20240301",
    ContentDate: "20240301",
    StudyTime: "100000",
    SeriesTime: "100100",
    AcquisitionTime: "100102.25",
    ContentTime: "100103",
    AccessionNumber: "A20240301",
    Modality: "CT",
    Manufacturer: "ACME",
    InstitutionName: "Klinikum Süd",
    InstitutionAddress: "Am Markt 7",
    ReferringPhysicianName: "Weiß^Petra",
    StationName: "CT7",
    StudyDescription: "Thorax mit KM",
    SeriesDescription: "Thorax 1mm axial",
    InstitutionalDepartmentName: "Radiologie",
    PhysiciansOfRecord: "Groß^Hans",
    OperatorsName: "Lang^Eva",
    ManufacturerModelName: "Model 64",
    PatientName: "Müller^Jürgen",
    PatientID: "4711-0815",
    PatientBirthDate: "19500704",
    PatientSex: "M",
    PatientAge: "073Y",
    PatientSize: 1.81,
    PatientWeight: 84,
    PatientComments: "keine",
    BodyPartExamined: "CHEST",
    ScanOptions: "HELIX",
    SliceThickness: 1,
    KVP: 120,
    DataCollectionDiameter: 500,
    DeviceSerialNumber: "ACME-9917",
    SoftwareVersions: "syn 5.1",
    ProtocolName: "Thorax Routine",
    ReconstructionDiameter: 350,
    GantryDetectorTilt: 0,
    TableHeight: 150,
    RotationDirection: "CW",
    ExposureTime: 500,
    XRayTubeCurrent: 200,
    Exposure: 100,
    FilterType: "0",
    GeneratorPower: 24,
    FocalSpots: [1.2],
    ConvolutionKernel: ["B30f"],
    PatientPosition: "HFS",
    StudyInstanceUID: "1.2.826.0.1.3680043.9.1",
    SeriesInstanceUID: "1.2.826.0.1.3680043.9.1.1",
    StudyID: "20240301",
    SeriesNumber: 2,
    AcquisitionNumber: 1,
    InstanceNumber: 17,
    ImagePositionPatient: [-175, -175, -350.5],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    FrameOfReferenceUID: "1.2.826.0.1.3680043.9.1.9",
    PositionReferenceIndicator: "",
    SliceLocation: -350.5,
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: 512,
    Columns: 512,
    PixelSpacing: [0.68, 0.68],
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    WindowCenter: [40],
    WindowWidth: [400],
    RescaleIntercept: -1024,
    RescaleSlope: 1,
    PerformedProcedureStepStartDate: "20240301",
    PerformedProcedureStepStartTime: "100000",
    PerformedProcedureStepID: "P1",
    ReferencedImageSequence: [{
      ReferencedSOPClassUID: UID.CTImageStorage,
      ReferencedSOPInstanceUID: "1.2.826.0.1.3680043.9.1.2.1",
    }],
    RequestAttributesSequence: [{
      ScheduledProcedureStepDescription: "Thorax",
      ScheduledProcedureStepID: "S1",
      RequestedProcedureID: "R1",
    }],
    PixelData: new Uint16Array(512 * 512).fill(1024),
  });
  for (let element = 1; element < 30; element++) {
    dataSet.private("ACME CT 1.0", 0x0019).set(element, `private ${element}`, { vr: "LO" });
  }
  return writeFile({ dataSet, transferSyntax: UID.ExplicitVRLittleEndian });
}
