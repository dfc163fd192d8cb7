import assert from "node:assert/strict";
import { fromJson, fromJsonInSteps } from "../../../src/dicom/models/from_json.ts";
import { fromXml, fromXmlInSteps } from "../../../src/dicom/models/from_xml.ts";
import { toJson } from "../../../src/dicom/models/to_json.ts";
import { toXml } from "../../../src/dicom/models/to_xml.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { DataSetError } from "../../../src/errors.ts";

const ITEMS = 2_000;

/** Items in items, as functional groups have them. */
const wide = new DataSet({
  SpecificCharacterSet: "ISO_IR 192",
  PatientName: "Müller^Jörg",
  PerFrameFunctionalGroupsSequence: Array.from({ length: ITEMS }, (_, index) => ({
    FrameContentSequence: [{ DimensionIndexValues: [index], FrameComments: `frame ${index}` }],
  })),
});

const WAYS: readonly [name: string, once: () => DataSet, inSteps: (pause: () => undefined) => Promise<DataSet>][] = [
  ["JSON", () => fromJson(toJson(wide)), (pause) => fromJsonInSteps(toJson(wide), {}, pause)],
  ["XML", () => fromXml(toXml(wide)), (pause) => fromXmlInSteps(toXml(wide), {}, pause)],
];

for (const [name, once, inSteps] of WAYS) {
  Deno.test(`a large data set in ${name} is read in steps as it is at once, and others have their turn`, async () => {
    let turns = 0;
    const read = await inSteps(() => void turns++);
    assert.deepEqual(toJson(read), toJson(once()));
    assert.deepEqual(toJson(read), toJson(fromJson(toJson(wide))));
    assert.ok(turns >= ITEMS / 64, `${turns} turns`);
    const stop = new Error("no further");
    await assert.rejects(
      inSteps(() => {
        throw stop;
      }),
      (error) => error === stop,
    );
  });
}

Deno.test("what is wrong in an item is told in steps as it is at once", async () => {
  const json = { "00081199": { vr: "SQ", Value: [{}, { "00080018": { vr: "XX" } }] } };
  const path = /00081199\[1\]\.00080018/;
  assert.throws(() => fromJson(json), (error) => error instanceof DataSetError && path.test(error.message));
  await assert.rejects(fromJsonInSteps(json, {}, () => undefined), path);
  const warnings: DataSetError[] = [];
  const read = await fromJsonInSteps(json, { onWarning: (warning) => void warnings.push(warning) }, () => undefined);
  assert.deepEqual([warnings.length, read.get("ReferencedSOPSequence")?.length], [1, 2]);
});
