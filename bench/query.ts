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
import type { AttributeValues } from "../src/dicom/data_set/attribute_values.ts";
import { DataSet } from "../src/dicom/data_set/data_set.ts";
import type { InstanceIndex } from "../src/index/instance_index.ts";
import { createSqliteIndex } from "../src/index/sqlite_index.ts";
import { compileQuery } from "../src/query/compile.ts";
import type { QueryLevel } from "../src/query/levels.ts";
import { createQuery } from "../src/query/query.ts";
import { day, fill, uid } from "./index_load.ts";
import { dataFolder } from "./processes.ts";

const { values } = parseArgs({
  options: {
    instances: { type: "string", multiple: true },
    large: { type: "boolean", default: false },
    folder: { type: "string" },
  },
});
const sizes = values.instances?.map(Number) ?? [10_000, 100_000, ...values.large ? [1_000_000] : []];

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
