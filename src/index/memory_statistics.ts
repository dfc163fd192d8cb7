/**
 * Counts of an index in memory.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { MemorySource } from "../query/memory_source.ts";
import { textsOf } from "../query/stored_values.ts";
import type { IndexedInstance, IndexStatistics, InstanceAmount } from "./instance_index.ts";

const MODALITY = 0x0008_0060;

/** Counts everything; `instances` are those of the source. */
export function statisticsOf(
  source: MemorySource,
  instances: ReadonlyMap<DataSet, IndexedInstance>,
): IndexStatistics {
  const [modalities, sopClasses, transferSyntaxes] = [new Tally(), new Tally(), new Tally()];
  const series = source.entitiesOf("SERIES");
  let bytes = 0;
  for (const { attributes, instances: own } of series) {
    const [modality = ""] = textsOf(attributes.element(MODALITY), "CS", attributes);
    for (const dataSet of own) {
      const instance = instances.get(dataSet);
      if (instance === undefined) continue;
      const { seriesInstanceUid, size } = instance;
      bytes += size;
      modalities.add(modality, seriesInstanceUid, size);
      sopClasses.add(instance.sopClassUid, seriesInstanceUid, size);
      transferSyntaxes.add(instance.transferSyntax, seriesInstanceUid, size);
    }
  }
  return {
    patients: source.entitiesOf("PATIENT").length,
    studies: source.entitiesOf("STUDY").length,
    series: series.length,
    instances: instances.size,
    bytes,
    modalities: modalities.amounts(),
    sopClasses: sopClasses.amounts(),
    transferSyntaxes: transferSyntaxes.amounts(),
  };
}

/** Amounts in the making. */
class Tally {
  readonly #amounts = new Map<string, { readonly series: Set<string>; instances: number; bytes: number }>();

  add(value: string, series: string, bytes: number): void {
    let amount = this.#amounts.get(value);
    if (amount === undefined) this.#amounts.set(value, amount = { series: new Set(), instances: 0, bytes: 0 });
    amount.series.add(series);
    amount.instances++;
    amount.bytes += bytes;
  }

  amounts(): InstanceAmount[] {
    return [...this.#amounts]
      .map(([value, { series, instances, bytes }]) => ({ value, series: series.size, instances, bytes }))
      .sort((one, other) => other.instances - one.instances || (one.value < other.value ? -1 : 1));
  }
}
