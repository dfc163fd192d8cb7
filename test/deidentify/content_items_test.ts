import assert from "node:assert/strict";
import type { AttributeValues } from "../../src/dicom/data_set/attribute_values.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { image } from "../transform/support.ts";
import { deidentified } from "./support.ts";

type Item = AttributeValues<DataSet>;

const concept = (
  code: string,
  scheme = "DCM",
) => [{ CodeValue: code, CodingSchemeDesignator: scheme, CodeMeaning: "M" }];

function report(ContentSequence: Item[]): DataSet {
  const dataSet = image({ SOPClassUID: UID.BasicTextSRStorage, Modality: "SR", ContentSequence });
  dataSet.delete("PixelData");
  return dataSet;
}

const OPTIONS = ["clean-structured-content"];

async function cleaned(items: Item[], options: string[] = OPTIONS): Promise<DataSet> {
  return (await deidentified(report(items), { options })).dataSet;
}

Deno.test("concepts go, or get dummies, as Table E.3.4-1 says, at every depth", async () => {
  const accession = { ValueType: "TEXT", ConceptNameCodeSequence: concept("121022"), TextValue: "A17" };
  const person = { ValueType: "PNAME", ConceptNameCodeSequence: concept("121008"), PersonName: "Quintana^Eva" };
  const finding = { ValueType: "TEXT", ConceptNameCodeSequence: concept("121071"), TextValue: "Adams has a nodule" };
  const container = {
    ValueType: "CONTAINER",
    ConceptNameCodeSequence: concept("121070"),
    ContentSequence: [accession, finding],
  };
  const dataSet = await cleaned([accession, person, container]);
  const items = dataSet.get("ContentSequence")!;
  const texts = items.map((item) => item.get("TextValue") ?? item.getText("PersonName") ?? item.get("ValueType"));
  assert.ok(!texts.includes("A17"));
  const inner = items.at(-1)!.get("ContentSequence")!;
  assert.deepEqual(inner.map((item) => item.get("TextValue")), ["ANONYMIZED"]);
  assert.ok(items.every((item) => item.get("ConceptNameCodeSequence[0].CodeMeaning") === "M"));
});

Deno.test("dates of content follow the options, UIDs are as everywhere, numbers and codes stay", async () => {
  const items: Item[] = [
    { ValueType: "DATE", ConceptNameCodeSequence: concept("111060"), Date: "20240301" },
    { ValueType: "UIDREF", ConceptNameCodeSequence: concept("1", "99X"), UID: "1.2.3.4.5" },
    { ValueType: "NUM", ConceptNameCodeSequence: concept("2", "99X"), MeasuredValueSequence: [{ NumericValue: [5] }] },
    {
      ValueType: "IMAGE",
      ReferencedSOPSequence: [{ ReferencedSOPClassUID: UID.CTImageStorage, ReferencedSOPInstanceUID: "1.2.3.4.5" }],
    },
  ];
  const own = [{ ...items[0]!, ConceptNameCodeSequence: concept("3", "99X") }, ...items.slice(1)];
  const gone = await cleaned(own);
  assert.equal(gone.getText("ContentSequence[0].Date"), "19000101");
  assert.equal(gone.get("ContentSequence[1].UID"), gone.get("SOPInstanceUID"));
  assert.deepEqual(gone.getAll("ContentSequence[2].MeasuredValueSequence[0].NumericValue"), [5]);
  assert.equal(
    gone.get("ContentSequence[3].ReferencedSOPSequence[0].ReferencedSOPInstanceUID"),
    gone.get("SOPInstanceUID"),
  );
  const kept = await cleaned(own, [...OPTIONS, "retain-full-dates"]);
  assert.equal(kept.getText("ContentSequence[0].Date"), "20240301");
  const moved = await cleaned(own, [...OPTIONS, "retain-modified-dates"]);
  assert.match(moved.getText("ContentSequence[0].Date")!, /^20[12]\d{5}$/);
  assert.notEqual(moved.getText("ContentSequence[0].Date"), "20240301");
});

Deno.test("text of which the table says nothing keeps known words with the option for descriptions", async () => {
  const item = { ValueType: "TEXT", ConceptNameCodeSequence: concept("4", "99X"), TextValue: "LUNG of Quintana" };
  assert.equal((await cleaned([item])).get("ContentSequence[0].TextValue"), "ANONYMIZED");
  assert.equal((await cleaned([item], [...OPTIONS, "clean-descriptors"])).get("ContentSequence[0].TextValue"), "LUNG");
});

Deno.test("contexts of acquisitions are emptied, or cleaned with the option", async () => {
  const AcquisitionContextSequence = [{
    ValueType: "TEXT",
    ConceptNameCodeSequence: concept("5", "99X"),
    TextValue: "Quintana",
  }];
  const dataSet = image({ AcquisitionContextSequence });
  assert.deepEqual((await deidentified(dataSet)).dataSet.getAll("AcquisitionContextSequence"), []);
  const clean = (await deidentified(dataSet, { options: OPTIONS })).dataSet;
  assert.equal(clean.get("AcquisitionContextSequence[0].TextValue"), "ANONYMIZED");
});
