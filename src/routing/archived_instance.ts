/**
 * Instances out of the archive, for the jobs that send them.
 *
 * @module
 */

import type { InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { OpenInstance } from "./attempt.ts";

/** Finds instances in an archive. */
export function openArchived(
  { store, index }: { readonly store: ObjectStore; readonly index: InstanceIndex },
): OpenInstance {
  return async (job) => {
    const instance = await index.find(job.sopInstanceUid);
    if (instance === undefined) return undefined;
    const { name, size, dataSetOffset } = instance;
    const found = await store.get(name, { start: dataSetOffset });
    if (found === undefined) throw new Error("Cannot read the instance: its file is missing");
    if (found.size !== size) {
      throw new Error(`Cannot read the instance: its file has ${found.size} bytes, expected ${size}`);
    }
    return {
      sopClassUid: instance.sopClassUid,
      sopInstanceUid: instance.sopInstanceUid,
      transferSyntax: instance.transferSyntax,
      length: size - dataSetOffset,
      stream: () => found.stream(),
      studyInstanceUid: instance.studyInstanceUid,
      seriesInstanceUid: instance.seriesInstanceUid,
      patientId: instance.patientId,
      sourceAeTitle: instance.sourceAeTitle,
      receivedAt: instance.receivedAt,
      deliveryId: `${job.id}-${instance.serial}-${instance.receivedAt}`,
      priority: job.priority,
    };
  };
}
