/**
 * An archive's index asked: `deno task bench:query [--instances N]… [--large] [--folder PATH]`.
 *
 * Instances go straight into the index: 20 a study, 10 a series, two studies a patient. For each number of them (10,000 and
 * 100,000 by default; `--large` adds 1,000,000) a table tells the median time to the first answer and to the last, and
 * answers a second. Every answer is made as a C-FIND would send it, and not sent.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { writeDataSet } from "../src/dicom/data_set/write_data_set.ts";
import type { AttributeValues } from "../src/dicom/data_set/attribute_values.ts";
import { DataSet } from "../src/dicom/data_set/data_set.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import type { IndexedInstance, InstanceIndex } from "../src/index/instance_index.ts";
import { createSqliteIndex } from "../src/index/sqlite_index.ts";
import { compileQuery } from "../src/query/compile.ts";
import type { QueryLevel } from "../src/query/levels.ts";
import { createQuery } from "../src/query/query.ts";
import { dataFolder } from "./processes.ts";

const { values } = parseArgs({
  options: {
    instances: { type: "string", multiple: true },
    large: { type: "boolean", default: false },
    folder: { type: "string" },
  },
});
const sizes = values.instances?.map(Number) ?? [10_000, 100_000, ...values.large ? [1_000_000] : []];

const FAMILIES = ["MÜLLER", "SMITH", "GARCIA", "NOVAK", "ROSSI", "DUBOIS", "JENSEN", "KOWALSKI", "SILVA", "BERGMANN"];
const MODALITIES = ["CT", "MR", "CR", "US", "DX"];

/** A UID of 63 characters, as devices make them. */
function uid(prefix: number, number: number): string {
  return `1.2.840.113619.2.55.${prefix}.${String(number).padStart(8, "0").padStart(41, "283116435")}`;
}

/** The attributes of a level, encoded. */
function encoded(values: AttributeValues<DataSet>): Uint8Array {
  return writeDataSet(new DataSet({ SpecificCharacterSet: "ISO_IR 100", ...values }));
}

function day(number: number): string {
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

async function fill(index: InstanceIndex, count: number): Promise<void> {
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

const STUDY_KEYS = {
  ...{ PatientName: null, PatientID: null, PatientBirthDate: null, PatientSex: null, StudyInstanceUID: null },
  ...{ StudyDate: null, StudyTime: null, AccessionNumber: null, StudyID: null, StudyDescription: null },
  ...{ ModalitiesInStudy: null, NumberOfStudyRelatedSeries: null, NumberOfStudyRelatedInstances: null },
} as const;

type Question = readonly [name: string, level: QueryLevel, keys: AttributeValues<DataSet>];

function questions(count: number): readonly Question[] {
  const middle = Math.floor(count / 40);
  return [
    ["study by UID", "STUDY", { StudyInstanceUID: uid(1, middle) }],
    ["studies by PatientID", "STUDY", { PatientID: `P${Math.floor(middle / 2)}` }],
    ["study by accession number", "STUDY", { AccessionNumber: `A${middle}` }],
    ["studies of a day", "STUDY", { StudyDate: day(middle) }],
    ["PatientID with ?", "STUDY", { PatientID: `P${Math.floor(middle / 20)}?` }],
    ["accession number, infix", "STUDY", { AccessionNumber: `*${String(middle).slice(1)}*` }],
    ["description, infix", "STUDY", { StudyDescription: "*rax 11*" }],
    ["a rare modality", "STUDY", { ModalitiesInStudy: "PT" }],
    ["series of a study", "SERIES", { StudyInstanceUID: uid(1, middle) }],
    ["instances of a study", "IMAGE", { StudyInstanceUID: uid(1, middle) }],
    ["instance by UID", "IMAGE", { SOPInstanceUID: uid(3, middle) }],
    ["instances of a patient", "IMAGE", { PatientID: `P${Math.floor(middle / 2)}` }],
    ["all studies", "STUDY", {}],
  ];
}

/** Names with wild cards: no values of PN, so they are set as they stand. */
const NAMES: readonly (readonly [string, string])[] = [
  ["name, beginning", "NOVAK3*"],
  ["name, infix", "*ERGMANN11*"],
];

interface Measured {
  readonly first: number;
  readonly last: number;
  readonly answers: number;
}

async function ask(index: InstanceIndex, level: QueryLevel, keys: DataSet): Promise<Measured> {
  const began = performance.now();
  const query = createQuery({ model: "patient-root", level, keys });
  const { answer } = compileQuery(query);
  let [first, answers] = [0, 0];
  for await (const { attributes } of index.search(query)) {
    answer(attributes);
    if (answers++ === 0) first = performance.now() - began;
  }
  return { first, last: performance.now() - began, answers };
}

const ROUNDS = 21;
const MANY = 1_000;

async function measure(index: InstanceIndex, name: string, level: QueryLevel, keys: DataSet): Promise<void> {
  const measured: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await ask(index, level, keys));
    if (measured[0]!.answers > MANY && round >= 4) break;
  }
  const median = (pick: (one: Measured) => number) => {
    const sorted = measured.map(pick).sort((one, other) => one - other);
    return sorted[Math.floor(sorted.length / 2)]!;
  };
  const { answers } = measured[0]!;
  const rate = answers > MANY ? `${Math.round(answers / median(({ last }) => last) * 1000)}/s` : "";
  console.log(
    [
      name.padEnd(28),
      String(answers).padStart(8),
      median(({ first }) => first).toFixed(2).padStart(10),
      median(({ last }) => last).toFixed(2).padStart(10),
      rate.padStart(10),
    ].join(" "),
  );
}

Deno.mkdirSync(dataFolder, { recursive: true });
for (const count of sizes) {
  const folder = values.folder ?? Deno.makeTempDirSync({ dir: dataFolder, prefix: "query-" });
  try {
    await using index = createSqliteIndex(`${folder}/query-${count}.sqlite`, { durable: false });
    const began = performance.now();
    await fill(index, count);
    const seconds = (performance.now() - began) / 1000;
    console.log(`\n${count} instances, ${Math.round(count / seconds)} a second into the index`);
    console.log("question                      answers   first ms    last ms  answers/s");
    for (const [name, level, keys] of questions(count)) {
      await measure(index, name, level, new DataSet(level === "STUDY" ? { ...STUDY_KEYS, ...keys } : keys));
    }
    for (const [name, text] of NAMES) {
      const keys = new DataSet(STUDY_KEYS).set("PatientName", text);
      await measure(index, name, "STUDY", keys);
    }
    console.log(`memory: ${Math.round(Deno.memoryUsage().rss / 1e6)} MB`);
  } finally {
    if (values.folder === undefined) Deno.removeSync(folder, { recursive: true });
  }
}
