/**
 * The studies of a week in a small clinic: what each kind is like, and when which one comes.
 *
 * @module
 */

import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { fileMetaInformation } from "../../../src/dicom/part10.ts";
import { joined } from "../../support/instances.ts";
import { Random } from "../../support/random.ts";

/** What a modality makes. */
interface Kind {
  readonly modality: string;
  readonly sopClassUid: string;
  readonly studiesADay: number;
  readonly series: number;
  /** Instances of a series. */
  readonly instances: number;
  readonly rows: number;
  readonly columns: number;
  /** 1 of 16 bits, or 3 of 8 bits. */
  readonly samples: 1 | 3;
}

/** 66 studies, 2,460 instances and 1.4 GB a day. */
const KINDS: readonly Kind[] = [
  {
    ...{ modality: "CT", sopClassUid: UID.CTImageStorage, studiesADay: 8 },
    ...{ series: 2, instances: 75, rows: 512, columns: 512, samples: 1 },
  },
  {
    ...{ modality: "MR", sopClassUid: UID.MRImageStorage, studiesADay: 8 },
    ...{ series: 4, instances: 30, rows: 256, columns: 256, samples: 1 },
  },
  {
    ...{ modality: "US", sopClassUid: UID.UltrasoundImageStorage, studiesADay: 20 },
    ...{ series: 1, instances: 12, rows: 480, columns: 640, samples: 3 },
  },
  {
    ...{ modality: "DX", sopClassUid: UID.DigitalXRayImageStorageForPresentation, studiesADay: 30 },
    ...{ series: 1, instances: 2, rows: 2000, columns: 2000, samples: 1 },
  },
];

/** Working days. */
const DAYS = 5;
/** One study in so many comes by STOW-RS, such as from another clinic. */
const BY_WEB = 8;

/** A study that comes. */
export interface ComingStudy {
  readonly number: number;
  readonly modality: string;
  /** Where in the week it comes, from 0 to 1. */
  readonly at: number;
  /** How it comes. */
  readonly by: "C-STORE" | "STOW-RS";
  readonly patientId: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUids: readonly string[];
  readonly instances: readonly ComingInstance[];
}

/** An instance that comes; its bytes are made when it is sent. */
export interface ComingInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Its data set in Explicit VR Little Endian, in pieces. */
  dataSet(): readonly Uint8Array<ArrayBuffer>[];
  /** The same as a file. */
  file(): readonly Uint8Array<ArrayBuffer>[];
}

export const TRANSFER_SYNTAX = UID.ExplicitVRLittleEndian;

/** The studies of the week in the order in which they come; always the same for the same seed. */
export function weekOf(seed: number): ComingStudy[] {
  const random = new Random(seed);
  const studies: ComingStudy[] = [];
  for (const kind of KINDS) {
    const pixels = pixelsOf(kind, random);
    for (let count = 0; count < DAYS * kind.studiesADay; count++) {
      studies.push(studyOf(kind, pixels, studies.length, random.below(1_000_000) / 1_000_000));
    }
  }
  return studies.sort((one, other) => one.at - other.at);
}

function studyOf(kind: Kind, pixels: Uint8Array<ArrayBuffer>, number: number, at: number): ComingStudy {
  const studyInstanceUid = `2.25.8${String(number).padStart(4, "0")}`;
  // Two studies a patient.
  const patientId = `CLINIC-${number >> 1}`;
  const seriesInstanceUids = Array.from({ length: kind.series }, (_, series) => `${studyInstanceUid}.${series + 1}`);
  const day = String(2 + Math.floor(at * DAYS)).padStart(2, "0");
  const instances = seriesInstanceUids.flatMap((seriesInstanceUid, series) =>
    Array.from({ length: kind.instances }, (_, index): ComingInstance => {
      const { sopClassUid } = kind;
      const sopInstanceUid = `${seriesInstanceUid}.${index + 1}`;
      const dataSet = () => [
        headOf(kind, {
          ...{ SOPClassUID: sopClassUid, SOPInstanceUID: sopInstanceUid },
          ...{ StudyInstanceUID: studyInstanceUid, SeriesInstanceUID: seriesInstanceUid },
          ...{ StudyDate: `202602${day}`, StudyTime: "101500", AccessionNumber: `A${number}`, StudyID: String(number) },
          ...{
            PatientName: `NAME${number >> 1}^ANNA`,
            PatientID: patientId,
            StudyDescription: `${kind.modality} study`,
          },
          ...{ SeriesNumber: series + 1, InstanceNumber: index + 1 },
        }, pixels.length),
        pixels,
      ];
      const file =
        () => [fileMetaInformation({ sopClassUid, sopInstanceUid, transferSyntax: TRANSFER_SYNTAX }), ...dataSet()];
      return { sopClassUid, sopInstanceUid, seriesInstanceUid, dataSet, file };
    })
  );
  const by = number % BY_WEB === 0 ? "STOW-RS" : "C-STORE";
  const { modality } = kind;
  return { number, modality, at, by, patientId, studyInstanceUid, seriesInstanceUids, instances };
}

/** All attributes before Pixel Data, and the head of that. */
function headOf(
  kind: Kind,
  attributes: ConstructorParameters<typeof DataSet>[0],
  length: number,
): Uint8Array<ArrayBuffer> {
  const { rows, columns, samples, modality } = kind;
  const bits = samples === 1 ? 16 : 8;
  const dataSet = new DataSet({
    ...attributes as Record<string, string>,
    ...{ Modality: modality, ReferringPhysicianName: "DOE^JOHN", PatientBirthDate: "19700101", PatientSex: "F" },
    ...{ Rows: rows, Columns: columns, SamplesPerPixel: samples, PixelRepresentation: 0 },
    ...{ BitsAllocated: bits, BitsStored: samples === 1 ? 12 : 8, HighBit: samples === 1 ? 11 : 7 },
    ...{
      PhotometricInterpretation: samples === 1 ? "MONOCHROME2" : "RGB",
      ...(samples === 3 && { PlanarConfiguration: 0 }),
    },
    ...(samples === 1 && { WindowCenter: 2048, WindowWidth: 4096 }),
  });
  const pixelData = new Uint8Array([0xe0, 0x7f, 0x10, 0, 0x4f, samples === 1 ? 0x57 : 0x42, 0, 0, 0, 0, 0, 0]);
  new DataView(pixelData.buffer).setUint32(8, length, true);
  return joined(writeDataSet(dataSet, { transferSyntax: TRANSFER_SYNTAX }), pixelData);
}

/** Pixels that all images of a kind have: a slope with noise. */
function pixelsOf({ rows, columns, samples }: Kind, random: Random): Uint8Array<ArrayBuffer> {
  const count = rows * columns * samples;
  if (samples === 3) {
    return Uint8Array.from({ length: count }, (_, at) => (at / (3 * columns) + random.below(8)) & 0xff);
  }
  const values = Uint16Array.from({ length: count }, (_, at) => (at / columns + random.below(32)) & 0xfff);
  return new Uint8Array(values.buffer);
}
