/**
 * Instances out of the archive, for the jobs that send them.
 *
 * @module
 */

import type { InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { Job } from "../queue/job.ts";
import { streamOf } from "../streams/stream_of.ts";
import type { OpenInstance } from "./lanes/attempt.ts";
import type { StoodForUnit } from "./destinations/destination.ts";

/** The archive that has the instances. */
export interface OpenArchivedOptions {
  /** The store with the bytes. */
  readonly store: ObjectStore;
  /** The index of the instances. */
  readonly index: InstanceIndex;
  /** The series or study that a job stands for. Default: none. */
  readonly unitOf?: ((job: Job) => Promise<StoodForUnit | undefined>) | undefined;
}

/** Finds instances in an archive. */
export function openArchived({ store, index, unitOf }: OpenArchivedOptions): OpenInstance {
  return async (job) => {
    const instance = await index.find(job.sopInstanceUid);
    if (instance === undefined) return undefined;
    const unit = await unitOf?.(job);
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
      stream: () => streamOf(found.read()),
      studyInstanceUid: instance.studyInstanceUid,
      seriesInstanceUid: instance.seriesInstanceUid,
      patientId: instance.patientId,
      sourceAeTitle: instance.sourceAeTitle,
      receivedAt: instance.receivedAt,
      deliveryId: `${job.id}-${instance.serial}-${instance.receivedAt}`,
      priority: job.priority,
      ...(unit !== undefined && { unit }),
    };
  };
}
