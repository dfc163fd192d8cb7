/** Instances of plain attributes, as an archive would put them into its index. */

import { AttributeCollector } from "../../src/archive/attribute_collector.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { IndexedInstance, InstanceIndex } from "../../src/index/instance_index.ts";
import type { KeptAttributes } from "../../src/index/kept_attributes.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";

/** Texts of UIDs in attributes. */
function text(attributes: Attributes, keyword: string): string {
  const value = attributes[keyword];
  return typeof value === "string" ? value.trim() : "";
}

/** The instance of these attributes, and what is kept of it. */
export function described(
  attributes: Attributes,
  kept: InstanceIndex["kept"],
  serial = 1,
): { instance: IndexedInstance; attributes: KeptAttributes } {
  const collector = new AttributeCollector({ identity: new Set(), kept, transferSyntax: UID.ExplicitVRLittleEndian });
  collector.push(writeDataSet(dataSetOf(attributes), { form: "original" }));
  collector.end();
  const [study, series, instance] = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]
    .map((keyword) => text(attributes, keyword)) as [string, string, string];
  return {
    instance: {
      patientId: text(attributes, "PatientID"),
      studyInstanceUid: study,
      seriesInstanceUid: series,
      sopInstanceUid: instance,
      sopClassUid: text(attributes, "SOPClassUID"),
      transferSyntax: UID.ExplicitVRLittleEndian,
      name: `${study}/${series}/${instance}.dcm`,
      size: 1000,
      dataSetOffset: 300,
      receivedAt: 1_700_000_000_000 + serial,
      sourceAeTitle: "CT1",
      serial,
    },
    attributes: collector.finish(),
  };
}

/** Puts instances into an index. */
export async function putAll(index: InstanceIndex, instances: readonly Attributes[], from = 1): Promise<void> {
  for (const [number, attributes] of instances.entries()) {
    const { instance, attributes: kept } = described(attributes, index.kept, from + number);
    await index.find(instance.sopInstanceUid);
    await index.put(instance, [], kept);
  }
}
