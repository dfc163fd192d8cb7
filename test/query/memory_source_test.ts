import assert from "node:assert/strict";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readDataSetFrom } from "../../src/dicom/data_set/reading/read_data_set.ts";
import { IdentifierError } from "../../src/query/identifier_error.ts";
import type { EntityLevel } from "../../src/query/levels.ts";
import { MemorySource } from "../../src/query/memory_source.ts";
import { createQuery } from "../../src/query/query.ts";
import { type Attributes, dataSetOf } from "./data_sets.ts";

/** Two patients, three studies, four series, six instances. */
const INSTANCES: readonly Attributes[] = [
  ["P1", "1", "1.1", "CT", "1.1.1"],
  ["P1", "1", "1.1", "CT", "1.1.2"],
  ["P1", "1", "1.2", "SR", "1.2.1"],
  ["P1", "2", "2.1", "MR", "2.1.1"],
  ["P2", "3", "3.1", "CT", "3.1.1"],
  ["P2", "3", "3.1", "CT", "3.1.2"],
].map(([PatientID, StudyInstanceUID, SeriesInstanceUID, Modality, SOPInstanceUID]) => ({
  SOPClassUID: `1.9.${Modality!.charCodeAt(0)}`,
  ...{ PatientID, StudyInstanceUID, SeriesInstanceUID, Modality, SOPInstanceUID },
} as Attributes));

function query(level: EntityLevel, keys: Attributes) {
  return createQuery({ model: "patient-root", level, keys: dataSetOf(keys) });
}

const source = () =>
  new MemorySource(INSTANCES.map((instance) => dataSetOf(instance)), { retrieveAeTitles: ["GANTRY"] });

async function texts(
  level: EntityLevel,
  keys: Attributes,
  keyword: "PatientID" | "StudyInstanceUID" | "SeriesInstanceUID" | "SOPInstanceUID",
) {
  const matches = await Array.fromAsync(source().find(query(level, keys)));
  return matches.map(({ attributes }) => attributes.getText(keyword));
}

Deno.test("a memory source answers at every level, relationally", async () => {
  assert.deepEqual(await texts("PATIENT", {}, "PatientID"), ["P1", "P2"]);
  assert.deepEqual(await texts("STUDY", {}, "StudyInstanceUID"), ["1", "2", "3"]);
  assert.deepEqual(await texts("SERIES", { PatientID: "P1" }, "SeriesInstanceUID"), ["1.1", "1.2", "2.1"]);
  assert.deepEqual(await texts("IMAGE", { Modality: "CT", PatientID: "P2" }, "SOPInstanceUID"), ["3.1.1", "3.1.2"]);
  assert.deepEqual(await texts("STUDY", { ModalitiesInStudy: "SR\\MR" }, "StudyInstanceUID"), ["1", "2"]);
});

Deno.test("a memory source counts what is below, and lists modalities and SOP classes", async () => {
  const [first] = await Array.fromAsync(source().find(query("SERIES", { SeriesInstanceUID: "1.1" })));
  const attributes = first!.attributes;
  const counts = [
    ...["NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries", "NumberOfPatientRelatedInstances"] as const,
    ...["NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "NumberOfSeriesRelatedInstances"] as const,
  ].map((keyword) => attributes.get(keyword));
  assert.deepEqual(counts, [2, 3, 4, 2, 3, 2]);
  assert.equal(attributes.getText("ModalitiesInStudy"), "CT\\SR");
  assert.equal(attributes.getText("SOPClassesInStudy"), "1.9.67\\1.9.83");
  assert.deepEqual(first!.retrieveAeTitles, ["GANTRY"]);
});

Deno.test("an entity has the attributes of its level and above, from whichever instance has a value", async () => {
  const instances = [
    {
      SpecificCharacterSet: "ISO_IR 100",
      StudyInstanceUID: "1",
      SOPInstanceUID: "1.1",
      PatientName: "Müller",
      StudyDescription: "",
      Rows: [1],
    },
    {
      SpecificCharacterSet: "ISO_IR 192",
      StudyInstanceUID: "1",
      SOPInstanceUID: "1.2",
      PatientName: "Other",
      StudyDescription: "頭",
    },
  ];
  const made = new MemorySource(instances.map((instance) => dataSetOf(instance)));
  const [study] = await Array.fromAsync(made.find(query("STUDY", { StudyInstanceUID: "1" })));
  const { attributes } = study!;
  assert.equal(attributes.getText("PatientName"), "Müller");
  assert.equal(attributes.getText("StudyDescription"), "頭");
  assert.equal(attributes.has("Rows"), false);
  assert.equal(attributes.has("SOPInstanceUID"), false);
});

Deno.test("an entity's text is of one character set, whichever of its instances come first", async () => {
  const latin = {
    SpecificCharacterSet: "ISO_IR 100",
    StudyInstanceUID: "1",
    SOPInstanceUID: "1.1",
    PatientName: "Müller",
  };
  const utf8 = {
    SpecificCharacterSet: "ISO_IR 192",
    StudyInstanceUID: "1",
    SOPInstanceUID: "1.2",
    StudyDescription: "Schädel",
  };
  for (const instances of [[latin, utf8], [utf8, latin]]) {
    const made = new MemorySource(instances.map((instance) => dataSetOf(instance)));
    const [study] = await Array.fromAsync(made.find(query("STUDY", {})));
    assert.equal(study!.attributes.getText("PatientName"), "Müller");
    assert.equal(study!.attributes.getText("StudyDescription"), "Schädel");
  }
});

Deno.test("patients without an ID are not taken for one, nor are those of two issuers", async () => {
  const made = new MemorySource([
    { StudyInstanceUID: "1", SOPInstanceUID: "1" },
    { StudyInstanceUID: "2", SOPInstanceUID: "2" },
    { StudyInstanceUID: "3", SOPInstanceUID: "3", PatientID: "P", IssuerOfPatientID: "A" },
    { StudyInstanceUID: "4", SOPInstanceUID: "4", PatientID: "P", IssuerOfPatientID: "B" },
  ].map((instance) => dataSetOf(instance)));
  assert.equal((await Array.fromAsync(made.find(query("PATIENT", {})))).length, 4);
});

Deno.test("an instance that is added again takes the place of the one before", async () => {
  const made = source();
  made.add(dataSetOf({ ...INSTANCES[0]!, PatientID: "P9" }));
  const matches = await Array.fromAsync(made.find(query("IMAGE", { SOPInstanceUID: "1.1.1" })));
  assert.deepEqual(matches.map(({ attributes }) => attributes.getText("PatientID")), ["P9"]);
});

Deno.test("a memory source names the keys that it did not match", async () => {
  const [match] = await Array.fromAsync(source().find(query("STUDY", { SeriesDescription: "HEAD" })));
  assert.deepEqual(match!.unmatched, [0x0008_103e]);
});

Deno.test("a memory source hands over each instance of what is meant, whole", async () => {
  const held = await Array.fromAsync(source().retrieve(query("STUDY", { StudyInstanceUID: "1\\3" })));
  assert.deepEqual(held.map(({ sopInstanceUid }) => sopInstanceUid), ["1.1.1", "1.1.2", "1.2.1", "3.1.1", "3.1.2"]);
  const first: DataSet = await readDataSetFrom(held[0]!.stream());
  assert.equal(first.getText("PatientID"), "P1");
  assert.equal(held[0]!.sopClassUid, "1.9.67");
});

Deno.test("a memory source stops when it is told to, and refuses what can't be answered before the first answer", async () => {
  const controller = new AbortController();
  const found = source().find(query("IMAGE", {}), { signal: controller.signal });
  await found.next();
  controller.abort();
  await assert.rejects(found.next(), { name: "AbortError" });
  await assert.rejects(source().find(query("STUDY", { StudyDate: "soon" })).next(), IdentifierError);
});
