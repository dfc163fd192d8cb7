/** What is collected of a data set that passes by: what an index keeps, and what else is wanted. */

import assert from "node:assert/strict";
import { AttributeCollector, type AttributeCollectorOptions } from "../../src/archive/attribute_collector.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { keptLevels } from "../../src/index/kept_attributes.ts";
import { readKept } from "../../src/index/kept_data_sets.ts";

const MODALITY = 0x0008_0060;
const CONTRAST_BOLUS_AGENT = 0x0018_0010;
const KVP = 0x0018_0060;
const REQUEST_ATTRIBUTES_SEQUENCE = 0x0040_0275;
const CT_X_RAY_DETAILS_SEQUENCE = 0x0018_9325;
const PATIENT_NAME = 0x0010_0010;

type Options = Partial<Pick<AttributeCollectorOptions, "wanted" | "kept">>;

function collect(dataSet: DataSet, options: Options, split = Infinity): AttributeCollector {
  const collector = new AttributeCollector({
    transferSyntax: UID.ExplicitVRLittleEndian,
    identity: new Set(),
    kept: keptLevels(),
    ...options,
  });
  const bytes = dataSet.encode(UID.ExplicitVRLittleEndian) as Uint8Array;
  for (let at = 0; at < bytes.length; at += split) collector.push(bytes.subarray(at, at + split));
  collector.end();
  return collector;
}

const DATA_SET = new DataSet({
  SpecificCharacterSet: "ISO_IR 100",
  Modality: "CT",
  PatientName: "Müller^Anna",
  ContrastBolusAgent: "Süd",
  KVP: 120,
  CTXRayDetailsSequence: [{ KVP: 80 }, { KVP: 140 }],
});

Deno.test("what is wanted and not kept is collected beside it, with its character set, in any pieces", () => {
  const wanted = new Set([MODALITY, CONTRAST_BOLUS_AGENT, KVP, CT_X_RAY_DETAILS_SEQUENCE]);
  for (const split of [Infinity, 1, 7]) {
    const collector = collect(DATA_SET, { wanted }, split);
    const kept = collector.finish();
    const found = readKept(collector.wanted!);
    assert.deepEqual([...found].map(({ tag }) => tag), [
      0x0008_0005,
      CONTRAST_BOLUS_AGENT,
      KVP,
      CT_X_RAY_DETAILS_SEQUENCE,
    ]);
    assert.equal(found.getText("ContrastBolusAgent"), "Süd");
    assert.equal(found.get("CTXRayDetailsSequence[1].KVP"), 140);
    assert.equal(readKept(kept.SERIES).get("Modality"), "CT");
  }
});

Deno.test("where nothing is wanted nothing more is collected, and what is kept is the same", () => {
  const plain = collect(DATA_SET, {});
  const kept = plain.finish();
  assert.equal(plain.wanted, undefined);
  const none = collect(DATA_SET, { wanted: new Set() });
  assert.deepEqual(none.finish(), kept);
  assert.equal(none.wanted, undefined);
  const some = collect(DATA_SET, { wanted: new Set([KVP, PATIENT_NAME]) });
  assert.deepEqual(some.finish(), kept);
});

Deno.test("what is wanted has room that what is kept can't take from it", () => {
  const long = "X".repeat(2000);
  const full = new DataSet({
    DerivationDescription: "X".repeat(100),
    PatientComments: long,
    AdditionalPatientHistory: long,
    AcquisitionComments: long,
    ImageComments: long,
    RequestAttributesSequence: [{ ScheduledProcedureStepDescription: "chest" }],
  });
  const filling = [0x0008_2111, 0x0010_4000, 0x0010_21b0, 0x0018_4000, 0x0020_4000];
  const kept = new Map([...keptLevels(), ...filling.map((tag) => [tag, "IMAGE"] as const)]);
  const collectWanted = (wanted: ReadonlySet<number>) => {
    const collector = collect(full, { kept, wanted });
    return readKept(collector.finish().SERIES);
  };
  const path = "RequestAttributesSequence[0].ScheduledProcedureStepDescription";
  assert.equal(collectWanted(new Set()).getText(path), undefined);
  assert.equal(collectWanted(new Set([REQUEST_ATTRIBUTES_SEQUENCE])).getText(path), "chest");
});

Deno.test("a value that is too long is left out, and costs nothing else", () => {
  const dataSet = new DataSet({ ImageComments: "y".repeat(3000), ContrastBolusAgent: "CHEST" });
  const collector = collect(dataSet, { wanted: new Set([0x0020_4000, CONTRAST_BOLUS_AGENT]) });
  collector.finish();
  assert.deepEqual([...readKept(collector.wanted!)].map(({ tag }) => tag), [CONTRAST_BOLUS_AGENT]);
});
