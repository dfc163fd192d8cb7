/** What an archive finds and hands over, and that no crash takes it away. */

import assert from "node:assert/strict";
import { createArchive } from "../../src/archive/archive.ts";
import { type ArchiveSource, createArchiveSource } from "../../src/archive/archive_source.ts";
import { type FileArchive, openFileArchive } from "../../src/archive/file_archive.ts";
import type { AttributeKey } from "../../src/dicom/data_set/attribute_path.ts";
import { readDataSetFrom } from "../../src/dicom/data_set/reading/read_data_set.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { IdentifierError } from "../../src/query/identifier_error.ts";
import type { InstanceIndex } from "../../src/index/instance_index.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import type { QueryLevel } from "../../src/query/levels.ts";
import { createQuery } from "../../src/query/query.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { makeInstance } from "../support/instances.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { copyOfOpen, streamOf } from "./support.ts";

/** Two studies, three series, four instances. */
const INSTANCES: readonly Attributes[] = [
  ["P1", "1", "1.1", "CT", "1.1.1"],
  ["P1", "1", "1.1", "CT", "1.1.2"],
  ["P1", "1", "1.2", "SR", "1.2.1"],
  ["P2", "2", "2.1", "MR", "2.1.1"],
].map(([PatientID, StudyInstanceUID, SeriesInstanceUID, Modality, SOPInstanceUID]) => ({
  SpecificCharacterSet: "ISO_IR 100",
  SOPClassUID: UID.CTImageStorage,
  PatientName: "Müller^Anna",
  ProcedureCodeSequence: [{ CodeValue: `C${StudyInstanceUID}`, CodeMeaning: "Schädel" }],
  ...{ PatientID, StudyInstanceUID, SeriesInstanceUID, Modality, SOPInstanceUID },
} as Attributes));

interface Opened {
  readonly store: ObjectStore;
  readonly index: InstanceIndex;
}

async function keepAll(opened: Opened, instances = INSTANCES, transferSyntax: string = UID.ExplicitVRLittleEndian) {
  await using archive = createArchive({ ...opened, onExisting: "replace" });
  for (const attributes of instances) {
    await archive.keep({
      sopClassUid: String(attributes["SOPClassUID"]),
      sopInstanceUid: String(attributes["SOPInstanceUID"]),
      transferSyntax,
      dataSet: streamOf(writeDataSet(dataSetOf(attributes), { transferSyntax })),
    });
  }
}

function query(level: QueryLevel, keys: Attributes) {
  return createQuery({ model: "patient-root", level, keys: dataSetOf(keys) });
}

/** The answers to `keys`, each the texts of `keywords`. */
async function texts(
  source: ArchiveSource,
  level: QueryLevel,
  keys: Attributes,
  keywords: AttributeKey[],
  options = {},
) {
  const matches = await Array.fromAsync(source.find(query(level, keys), options));
  return matches.map(({ attributes }) => keywords.map((keyword) => attributes.getText(keyword) ?? "").join(" "));
}

const COUNTS: AttributeKey[] = [
  ...["NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries", "NumberOfPatientRelatedInstances"] as const,
  ...["NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "ModalitiesInStudy"] as const,
];

/** What has to hold of an archive of `INSTANCES`, however it came to be. */
async function assertAnswers({ store, index }: Opened): Promise<void> {
  const source = createArchiveSource({ store, index, retrieveAeTitles: ["GANTRY"] });
  // A rebuild meets the files in no order.
  const sorted = async (...asked: [QueryLevel, Attributes, AttributeKey[]]) => (await texts(source, ...asked)).sort();
  assert.deepEqual(await sorted("PATIENT", { PatientName: "MULLER^*" }, ["PatientID"]), ["P1", "P2"]);
  assert.deepEqual(await sorted("STUDY", { PatientID: "P1" }, ["StudyInstanceUID", ...COUNTS]), [
    "1 1 2 3 2 3 CT\\SR",
  ]);
  assert.deepEqual(await sorted("STUDY", { Modality: "MR\\SR" }, ["StudyInstanceUID"]), ["1", "2"]);
  assert.deepEqual(await sorted("SERIES", { StudyInstanceUID: "1" }, ["Modality", "PatientName"]), [
    "CT Müller^Anna",
    "SR Müller^Anna",
  ]);
  assert.deepEqual(await sorted("IMAGE", { SOPInstanceUID: "1.1.2\\2.1.1" }, ["SOPInstanceUID", "PatientID"]), [
    "1.1.2 P1",
    "2.1.1 P2",
  ]);
  const inSequence = { ProcedureCodeSequence: [{ CodeMeaning: "Sch*", CodeValue: "C2" }], SpecificCharacterSet: "" };
  assert.deepEqual(await sorted("STUDY", inSequence, ["StudyInstanceUID"]), ["2"]);
}

const SYNTAXES = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian, UID.ExplicitVRBigEndian];
for (const transferSyntax of SYNTAXES) {
  Deno.test(`an archive answers what it was sent in ${transferSyntax}, in memory and in files`, async () => {
    const opened = { store: createMemoryStore(), index: createMemoryIndex() };
    await keepAll(opened, INSTANCES, transferSyntax);
    await assertAnswers(opened);
    using folder = temporaryFolder();
    await using files = await openFileArchive(folder.path);
    await keepAll(files, INSTANCES, transferSyntax);
    await assertAnswers(files);
  });
}

Deno.test("an archive hands over the data sets of what is meant, as they came, and each once", async () => {
  using folder = temporaryFolder();
  await using files = await openFileArchive(folder.path);
  await keepAll(files, INSTANCES, UID.ImplicitVRLittleEndian);
  const source = createArchiveSource(files);
  const held = await Array.fromAsync(source.retrieve(query("STUDY", { StudyInstanceUID: "1\\2\\9" })));
  assert.deepEqual(held.map(({ sopInstanceUid }) => sopInstanceUid), ["1.1.1", "1.1.2", "1.2.1", "2.1.1"]);
  for (const [number, instance] of held.entries()) {
    assert.equal(instance.transferSyntax, UID.ImplicitVRLittleEndian);
    const bytes = new Uint8Array(
      await new Response(instance.stream() as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
    );
    const expected = writeDataSet(dataSetOf(INSTANCES[number]!), { transferSyntax: instance.transferSyntax });
    assert.deepEqual(bytes, expected);
  }
  const ofPatient = await Array.fromAsync(source.retrieve(query("PATIENT", { PatientID: "P1" })));
  assert.equal(ofPatient.length, 3);
  await held[0]!.stream().cancel();
  for (const file of filesBelow(`${folder.path}/instances`)) Deno.removeSync(`${folder.path}/instances/${file}`);
  await assert.rejects(
    readDataSetFrom(held[0]!.stream()),
    /^Error: Cannot read the instance 1\.1\.1: its file is missing$/,
  );
});

Deno.test("an archive's answers come by the page, always in the same order", async () => {
  using folder = temporaryFolder();
  await using files = await openFileArchive(folder.path);
  for (const opened of [{ store: createMemoryStore(), index: createMemoryIndex() }, files]) {
    await keepAll(opened);
    const source = createArchiveSource(opened);
    const page = (offset: number, limit: number) => texts(source, "IMAGE", {}, ["SOPInstanceUID"], { offset, limit });
    assert.deepEqual(await page(0, 2), ["1.1.1", "1.1.2"]);
    assert.deepEqual(await page(2, 2), ["1.2.1", "2.1.1"]);
    assert.deepEqual(await page(3, 9), ["2.1.1"]);
    assert.deepEqual(await page(9, 1), []);
    assert.deepEqual(await page(0, 0), []);
  }
});

Deno.test("an archive names the keys that it does not keep, and answers as if they were not there", async () => {
  using folder = temporaryFolder();
  await using files = await openFileArchive(folder.path);
  await keepAll(files);
  const found = await Array.fromAsync(
    createArchiveSource(files).find(query("IMAGE", { PatientID: "P2", ExposureTime: "7" })),
  );
  assert.deepEqual(found.map(({ unmatched }) => unmatched), [[0x0018_1150]]);
});

Deno.test("an archive refuses before the first answer, and stops when it is told to", async () => {
  using folder = temporaryFolder();
  await using files = await openFileArchive(folder.path);
  await keepAll(files);
  const source = createArchiveSource(files);
  await assert.rejects(
    async () => await Array.fromAsync(source.find(query("STUDY", { StudyDate: "soon" }))),
    IdentifierError,
  );
  const controller = new AbortController();
  const seen: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const match of source.find(query("IMAGE", {}), { signal: controller.signal })) {
        seen.push(match);
        controller.abort();
      }
    },
    { name: "AbortError" },
  );
  assert.equal(seen.length, 1);
});

Deno.test("attributes come back from the journal after a crash that took the index", async () => {
  using folder = temporaryFolder();
  const [one, other] = [`${folder.path}/one`, `${folder.path}/other`];
  await (await openFileArchive(one))[Symbol.asyncDispose]();
  const emptyIndex = Deno.readFileSync(`${one}/index.sqlite`);
  await using opened = await openFileArchive(one);
  await keepAll(opened);
  copyOfOpen(one, other);
  Deno.writeFileSync(`${other}/index.sqlite`, emptyIndex);
  Deno.removeSync(`${other}/index.sqlite-wal`);
  await using again = await openFileArchive(other, { rebuild: "refuse" });
  assert.equal(again.recovered, INSTANCES.length);
  await assertAnswers(again);
});

Deno.test("an index of the version before attributes is made anew from the files, and is told", async () => {
  using folder = temporaryFolder();
  {
    await using files = await openFileArchive(folder.path);
    await keepAll(files);
  }
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(`${folder.path}/index.sqlite`);
  database.exec("drop table study; drop table study_attributes; pragma user_version = 1");
  database.close();
  await assert.rejects(openFileArchive(folder.path, { rebuild: "refuse" }), { name: "UnusableIndexError" });
  const reasons: string[] = [];
  let progress = 0;
  await using files: FileArchive = await openFileArchive(folder.path, {
    onRebuild: (reason) => void reasons.push(reason),
    onProgress: () => void progress++,
  });
  assert.deepEqual([reasons, progress], [["outdated"], INSTANCES.length]);
  await assertAnswers(files);
});

Deno.test("attributes that are asked for later are searchable once the index was made anew, and named until then", async () => {
  using folder = temporaryFolder();
  const EXPOSURE_TIME = 0x0018_1150;
  {
    await using files = await openFileArchive(folder.path);
    await keepAll(files, INSTANCES.map((instance, number) => ({ ...instance, ExposureTime: String(number) })));
  }
  const attributes = [EXPOSURE_TIME, 0x0020_000d];
  const ask = async (files: FileArchive) => {
    const found = await Array.fromAsync(createArchiveSource(files).find(query("IMAGE", { ExposureTime: "3" })));
    return [found.length, found[0]?.unmatched.length, files.missingAttributes];
  };
  {
    await using files = await openFileArchive(folder.path, { attributes });
    assert.deepEqual(await ask(files), [4, 1, [EXPOSURE_TIME]]);
  }
  {
    await using files = await openFileArchive(folder.path, { attributes, rebuild: "always" });
    assert.deepEqual(await ask(files), [1, 0, []]);
  }
  await using files = await openFileArchive(folder.path, { attributes });
  assert.deepEqual(await ask(files), [1, 0, []]);
});

Deno.test("versions of an instance differ between contents of the same length, also in an index that begins anew", async () => {
  const versionOf = async (patientName: string) => {
    const [index, made] = [createMemoryIndex(), makeInstance({ sopInstanceUid: "1.2.3.9", patientName })];
    // A sum is enough of a checksum here.
    const crc32 = (bytes: Uint8Array, before = 0) => bytes.reduce((sum, byte) => sum + byte, before);
    const store = { ...createMemoryStore(), crc32 };
    await using archive = createArchive({ store, index });
    await archive.keep({ ...made, dataSet: new Blob([made.dataSet]).stream() });
    const keys = new DataSet({ SOPInstanceUID: "1.2.3.9" });
    const query = createQuery({ level: "IMAGE", keys, matching: { relational: true } });
    const [held] = await Array.fromAsync(createArchiveSource({ store, index }).retrieve(query));
    return held?.version;
  };
  const [one, other, same] = [await versionOf("Doe^John"), await versionOf("Doe^Jane"), await versionOf("Doe^John")];
  assert.ok(one !== undefined && one !== other);
  assert.equal(one, same);
});
