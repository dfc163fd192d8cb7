/**
 * What `bench:dicomweb` asks, and how fast it is to be answered.
 *
 * @module
 */

/** What is asked of the studies: paths below the root. */
export interface Question {
  readonly name: string;
  /** `{n}` is a number that differs from request to request; the others are of the study of 400. */
  readonly path: string;
  readonly accept: string;
  /** How often it is asked, where that is not as often as others. */
  readonly rounds?: number;
  /** Connections that ask at the same time: what counts are answers a second. 1. */
  readonly atOnce?: number;
  readonly wanted?: Wanted;
}

/** Seconds in relation to Orthanc's, or milliseconds, at most; of answers a second, how many times Orthanc's at least. */
export type Wanted = { readonly ratio: number } | { readonly milliseconds: number } | { readonly times: number };

/** The list of studies as OHIF asks for it. */
export const LIST = "limit=101&offset=0&fuzzymatching=false&includefield=00081030,00080060,00080090,00100030";

const JSON_MODEL = "application/dicom+json";
const INSTANCE = "studies/{study}/series/{series}/instances/{instance}";
const PATIENT = { path: "studies?PatientID=SMALL{n}", accept: JSON_MODEL };

/** In this order. */
export const QUESTIONS: readonly Question[] = [
  { name: "studies of a patient", ...PATIENT },
  { name: "studies of a patient, 8 at once", ...PATIENT, atOnce: 8, rounds: 2_000, wanted: { times: 5 } },
  { name: "list of 101 studies, as OHIF asks", path: `studies?${LIST}`, accept: JSON_MODEL },
  {
    name: "metadata of a series of 400",
    path: "studies/{study}/series/{series}/metadata",
    accept: JSON_MODEL,
    rounds: 20,
    wanted: { milliseconds: 10 },
  },
  {
    name: "one frame of 512 KB",
    path: `${INSTANCE}/frames/1`,
    accept: "multipart/related; type=application/octet-stream; transfer-syntax=*",
    wanted: { ratio: 1 },
  },
  {
    name: "512 × 512 rendered as JPEG",
    path: `${INSTANCE}/rendered`,
    accept: "image/jpeg",
    rounds: 50,
    wanted: { milliseconds: 10 },
  },
  {
    name: "a study of 400 × 512 KB",
    path: "studies/{study}",
    accept: 'multipart/related; type="application/dicom"; transfer-syntax=*',
    rounds: 5,
    wanted: { ratio: 1 },
  },
];

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]!;
}
