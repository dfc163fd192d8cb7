/**
 * A study of several kinds of instances: what refers to what before does so afterwards.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { AttributeValues } from "../../src/dicom/data_set/attribute_values.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { isStandardUid } from "../../src/transform/keyed_names.ts";
import { image } from "../transform/support.ts";
import { deidentified } from "./support.ts";

const reference = (uid: string, ReferencedSOPClassUID: string = UID.CTImageStorage) => ({
  ReferencedSOPClassUID,
  ReferencedSOPInstanceUID: uid,
});

const images = [1, 2, 3].map((number) => `1.2.826.0.1.${number}`);
const series = { SeriesInstanceUID: "1.2.826.0.1.10", ReferencedSOPSequence: images.map((uid) => reference(uid)) };
const FRAME_OF_REFERENCE = "1.2.826.0.1.20";

function instance(number: number, values: AttributeValues<DataSet>, withPixels = false): DataSet {
  const dataSet = image({
    PatientID: "ID-4711",
    StudyInstanceUID: "1.2.826.0.1.0",
    SeriesInstanceUID: "1.2.826.0.1.11",
    SOPInstanceUID: `1.2.826.0.1.${number}`,
    ...values,
  });
  if (!withPixels) dataSet.delete("PixelData");
  return dataSet;
}

const STUDY: readonly DataSet[] = [
  ...images.map((_, index) =>
    instance(index + 1, {
      SeriesInstanceUID: "1.2.826.0.1.10",
      FrameOfReferenceUID: FRAME_OF_REFERENCE,
      SourceImageSequence: [reference(images[(index + 1) % 3]!)],
    }, true)
  ),
  instance(4, {
    SOPClassUID: UID.GrayscaleSoftcopyPresentationStateStorage,
    ReferencedSeriesSequence: [{
      SeriesInstanceUID: "1.2.826.0.1.10",
      ReferencedImageSequence: images.map((uid) => reference(uid)),
    }],
  }),
  instance(5, {
    SOPClassUID: UID.RTStructureSetStorage,
    ReferencedFrameOfReferenceSequence: [{
      FrameOfReferenceUID: FRAME_OF_REFERENCE,
      RTReferencedStudySequence: [{
        ...reference("1.2.826.0.1.0", "1.2.840.10008.3.1.2.3.1"),
        RTReferencedSeriesSequence: [{
          SeriesInstanceUID: "1.2.826.0.1.10",
          ContourImageSequence: images.map((uid) => reference(uid)),
        }],
      }],
    }],
    StructureSetROISequence: [{ ReferencedFrameOfReferenceUID: FRAME_OF_REFERENCE, ROIName: "Liver" }],
  }),
  instance(6, {
    SOPClassUID: UID.BasicTextSRStorage,
    CurrentRequestedProcedureEvidenceSequence: [{
      StudyInstanceUID: "1.2.826.0.1.0",
      ReferencedSeriesSequence: [series],
    }],
    ContentSequence: [
      { ValueType: "IMAGE", ReferencedSOPSequence: [reference(images[0]!)] },
      {
        ValueType: "UIDREF",
        ConceptNameCodeSequence: [{ CodeValue: "1", CodingSchemeDesignator: "99X" }],
        UID: images[1]!,
      },
    ],
  }),
];

/** All UIDs that name no class, with the attribute that each stands in, at every depth in one order. */
function uidsOf(dataSet: DataSet): string[] {
  return [...dataSet].flatMap((element) => {
    if (element.kind === "sequence") return element.items.flatMap(uidsOf);
    return element.vr === "UI" ? dataSet.getTexts(element.tag).filter((uid) => !isStandardUid(uid)) : [];
  });
}

for (const [order, indices] of [["in order", [0, 1, 2, 3, 4, 5]], ["in reverse", [5, 4, 3, 2, 1, 0]]] as const) {
  Deno.test(`every UID of a study has one new one, wherever it stands, also where instances come ${order}`, async () => {
    const renamed = new Map<string, string>();
    for (const index of indices) {
      // A de-identifier each, as replicas have it.
      const { dataSet } = await deidentified(STUDY[index]!, { options: ["clean-structured-content"] });
      const [before, after] = [uidsOf(STUDY[index]!), uidsOf(dataSet)];
      assert.equal(after.length, before.length);
      for (const [at, uid] of before.entries()) {
        assert.equal(after[at], renamed.get(uid) ?? after[at], `${uid} in instance ${index}`);
        renamed.set(uid, after[at]!);
      }
    }
    assert.equal(renamed.size, 6 + 1 + 2 + 1, "instances, the study, two series, a frame of reference");
    assert.equal(new Set(renamed.values()).size, renamed.size);
    assert.ok([...renamed].every(([uid, name]) => name.startsWith("2.25.") && !renamed.has(name) && uid !== name));
  });
}
