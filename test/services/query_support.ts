/**
 * Archives in memory and associations, for tests of query and retrieve.
 *
 * @module
 */

import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { DimseEvent } from "../../src/dimse/events.ts";
import type { Service } from "../../src/dimse/service.ts";
import { MemorySource, type MemorySourceOptions } from "../../src/query/memory_source.ts";
import { createScp, type Scp, type ScpOptions } from "../../src/services/scp.ts";
import { requestAssociation, type ScuAssociation, type ScuOptions } from "../../src/services/scu.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { dataSetOf } from "../query/data_sets.ts";

export const CT = UID.CTImageStorage;
export const MR = UID.MRImageStorage;

/** How many there are of what. */
export interface ArchiveShape {
  readonly studies?: number;
  readonly series?: number;
  readonly instances?: number;
  /** Modality, SOP class and further attributes of an instance, by its running number. */
  readonly each?: (number: number) => Readonly<Record<string, string>>;
}

/** Data sets of instances: study 1.2.S, series 1.2.S.R, instance 1.2.S.R.I; the patient is P and the number of the study. */
export function instancesOf({ studies = 1, series = 1, instances = 3, each = () => ({}) }: ArchiveShape = {}) {
  const all: DataSet[] = [];
  for (let study = 1; study <= studies; study++) {
    for (let one = 1; one <= series; one++) {
      for (let instance = 1; instance <= instances; instance++) {
        all.push(dataSetOf({
          SOPClassUID: CT,
          SOPInstanceUID: `1.2.${study}.${one}.${instance}`,
          StudyDate: "20250131",
          Modality: "CT",
          PatientName: `Doe^Jane${study}`,
          PatientID: `P${study}`,
          StudyInstanceUID: `1.2.${study}`,
          SeriesInstanceUID: `1.2.${study}.${one}`,
          InstanceNumber: String(instance),
          ...each(all.length),
        }));
      }
    }
  }
  return all;
}

/** A source of such instances. */
export function sourceOf(shape?: ArchiveShape, options?: MemorySourceOptions): MemorySource {
  return new MemorySource(instancesOf(shape), options);
}

/** An SCP, an association with it, and the warnings that it tells observers of. */
export interface Meeting extends AsyncDisposable {
  readonly scp: Scp;
  readonly association: ScuAssociation;
  readonly warnings: readonly string[];
}

/** An association with an SCP of these services. */
export async function meet(
  services: readonly Service[],
  scu: Partial<ScuOptions> & Pick<ScuOptions, "presentationContexts">,
  settings: Partial<ScpOptions> = {},
): Promise<Meeting> {
  const warnings: string[] = [];
  const watch = (event: DimseEvent) => void (event.type === "association-warning" && warnings.push(event.warning));
  const scp = createScp({ services, observers: [watch], ...settings });
  const [here, there] = connectionPair();
  scp.accept(there);
  const association = await requestAssociation(here, { calledAeTitle: "GANTRY", callingAeTitle: "ASKER", ...scu });
  return {
    scp,
    association,
    warnings,
    async [Symbol.asyncDispose]() {
      await association[Symbol.asyncDispose]();
      await scp[Symbol.asyncDispose]();
    },
  };
}

/** So many SOP Instance UIDs, for sources whose count alone matters. */
export async function* listed(count: number): AsyncGenerator<string> {
  for (let number = 1; number <= count; number++) yield `1.${number}`;
}
