/**
 * Random archives, and random questions that they may well have answers to: for whatever has to agree with the matcher.
 *
 * @module
 */

import fc from "fast-check";
import type { QueryLevel } from "../../src/query/levels.ts";
import type { Attributes } from "./data_sets.ts";

/** Attributes and the values that they are chosen from: few, so that questions have answers. */
const POOLS = {
  PATIENT: {
    PatientName: [
      "SMITH^ANNA",
      "Smith^John",
      "Müller^Jörg",
      "MULLER^JORG",
      "Yamada^Tarou=山田^太郎",
      "",
      "O'Hara^",
      "SMITH",
    ],
    PatientSex: ["F", "M", ""],
    PatientBirthDate: ["19700101", "19701231", "1970.06.15", ""],
  },
  STUDY: {
    StudyDate: ["20250101", "20250131", "20250201", "20241231", ""],
    StudyTime: ["12", "1200", "120000.5", "235959", "000000", ""],
    AccessionNumber: ["A1", "a1", "A-2", "A 3", ""],
    StudyDescription: ["CT Schädel", "ct schädel", "MR Knie (links)", "100%_*", ""],
    PatientWeight: ["70", "70.0", "7e1", "x", ""],
  },
  SERIES: {
    Modality: ["CT", "MR", "SR", ""],
    SeriesNumber: ["1", "01", "2", ""],
    SeriesDescription: ["Axial", "axial", "Cor", ""],
    BodyPartExamined: ["HEAD", "KNEE", ""],
  },
  IMAGE: {
    InstanceNumber: ["1", "2", "+3", ""],
    ImageType: ["ORIGINAL\\PRIMARY", "DERIVED\\SECONDARY\\AXIAL", ""],
    ContentDate: ["20250101", "20250131", ""],
  },
} as const satisfies Readonly<Record<QueryLevel, Readonly<Record<string, readonly string[]>>>>;

/** Values for the attributes of a level; some are absent. */
function attributesOf(level: QueryLevel): fc.Arbitrary<Attributes> {
  const pools: Readonly<Record<string, readonly string[]>> = POOLS[level];
  const values = Object.entries(pools).map(([keyword, pool]) => [keyword, fc.constantFrom(...pool)]);
  return fc.record<Attributes, never>(Object.fromEntries(values), { requiredKeys: [] }) as fc.Arbitrary<Attributes>;
}

const UTF_8: Attributes = { SpecificCharacterSet: "ISO_IR 192" };

/** The instances of a few patients with a few studies and series each, as attributes. */
export const archives: fc.Arbitrary<readonly Attributes[]> = fc.array(
  fc.tuple(
    attributesOf("PATIENT"),
    fc.array(
      fc.tuple(
        attributesOf("STUDY"),
        fc.array(fc.tuple(attributesOf("SERIES"), fc.array(attributesOf("IMAGE"), { minLength: 1, maxLength: 3 })), {
          minLength: 1,
          maxLength: 3,
        }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  ),
  { minLength: 1, maxLength: 4 },
).map((patients) =>
  patients.flatMap(([patient, studies], p) =>
    studies.flatMap(([study, series], s) =>
      series.flatMap(([one, images], e) =>
        images.map((image, i): Attributes => ({
          ...UTF_8,
          ...{ ...patient, PatientID: `P${p}` },
          ...{ ...study, StudyInstanceUID: `1.${p}.${s}` },
          ...{ ...one, SeriesInstanceUID: `1.${p}.${s}.${e}` },
          ...{ ...image, SOPInstanceUID: `1.${p}.${s}.${e}.${i}`, SOPClassUID: `1.9.${e}` },
        }))
      )
    )
  )
);

const DATE_KEYS = ["20250131", "20250101-20250131", "20250101-", "-20250131", "2025", "20250201-20250101", "*"];
const KEYS: Readonly<Record<string, readonly string[]>> = {
  StudyDate: DATE_KEYS,
  ContentDate: DATE_KEYS,
  PatientBirthDate: ["19700101-19701231", "1970", "-19700630"],
  StudyTime: ["12", "1200-1300", "-1200", "2300-", "120000.500000"],
  PatientName: ["smith^*", "SMITH", "*a*", "mul*", "=山*", "Smith^Anna\\muller*", "*^*", "?mith^j?hn"],
  SeriesNumber: ["1", "2\\3"],
  InstanceNumber: ["1", "3"],
  PatientWeight: ["70"],
  ImageType: ["PRIMARY", "AX*", "DERIVED\\ORIGINAL"],
};

/** Turns a value into a key that has it in it, or close by. */
const SHAPES: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => `${value.slice(0, 2)}*`,
  (value) => `*${value.slice(1, 4)}*`,
  (value) => value.slice(0, 3) + "?".repeat(Math.max(0, [...value].length - 3)),
  (value) => `other\\${value}`,
  () => "*",
  () => "",
];

/** One attribute with the key to ask for it by. */
function keyOf(keyword: string, pool: readonly string[]): fc.Arbitrary<Attributes> {
  const special = KEYS[keyword];
  const shaped = fc.tuple(fc.constantFrom(...pool), fc.constantFrom(...SHAPES)).map(([value, shape]) => shape(value));
  const key = special === undefined ? shaped : fc.constantFrom("", ...special);
  return key.map((value) => ({ [keyword]: value }));
}

const UID_KEYS: Readonly<Record<QueryLevel, readonly string[]>> = {
  PATIENT: ["P0", "P?", "P1\\P2", "*"],
  STUDY: ["1.0.0", "1.0.0\\1.1.0\\1.2.1", ""],
  SERIES: ["1.0.0.0", "1.0.0.1\\1.1.0.0", "*"],
  IMAGE: ["1.0.0.0.0", "1.0.0.0.1\\1.1.0.0.0", ""],
};
const UID_KEYWORDS: Readonly<Record<QueryLevel, string>> = {
  PATIENT: "PatientID",
  STUDY: "StudyInstanceUID",
  SERIES: "SeriesInstanceUID",
  IMAGE: "SOPInstanceUID",
};

/** Keys of some levels, at most four of them. */
export function keysOfLevels(levels: readonly QueryLevel[]): fc.Arbitrary<Attributes> {
  const choices = levels.flatMap((level) => [
    ...Object.entries(POOLS[level] as Record<string, readonly string[]>).map(([keyword, pool]) => keyOf(keyword, pool)),
    fc.constantFrom(...UID_KEYS[level]).map((key): Attributes => ({ [UID_KEYWORDS[level]]: key })),
  ]);
  return fc.array(fc.oneof(...choices), { maxLength: 4 }).map((keys) => Object.assign({ ...UTF_8 }, ...keys));
}
