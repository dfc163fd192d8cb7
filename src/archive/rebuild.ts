/**
 * An index made anew from the objects in the store.
 *
 * @module
 */

import type { InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import { KeyedMutex } from "../scheduling/keyed_mutex.ts";
import { type DescribedInstance, describeIfReadable } from "./describe_object.ts";
import type { ExistingPolicy } from "./transaction.ts";

/** How a rebuild goes. */
export interface RebuildProgress {
  /** Objects that were looked at so far. */
  objects: number;
  /** Of these, those that are in the index now. */
  instances: number;
  /** Objects that are no DICOM instances, or can't be read. */
  unreadable: number;
  /** Objects of instances that are in the index under another name. */
  duplicates: number;
}

/** How to rebuild. */
export interface RebuildOptions {
  /** Which of two objects with one SOP Instance UID is the instance: the one that was written first or last. */
  readonly onExisting: ExistingPolicy;
  /** Told after each object; what it is given goes on changing. */
  readonly onProgress?: (progress: Readonly<RebuildProgress>) => void;
}

/** How many objects are read at the same time. */
const READ_AT_ONCE = 8;

/** Puts every instance in the store into an index that is empty. Nothing in the store is changed. */
export async function rebuildIndex(
  store: ObjectStore,
  index: InstanceIndex,
  { onExisting, onProgress = () => {} }: RebuildOptions,
): Promise<RebuildProgress> {
  const progress: RebuildProgress = { objects: 0, instances: 0, unreadable: 0, duplicates: 0 };
  let serial = 0;
  const objects = store.list()[Symbol.asyncIterator]();
  const mutex = new KeyedMutex();
  const take = async ({ instance, attributes }: DescribedInstance) => {
    const existing = await index.find(instance.sopInstanceUid);
    const isFirst = existing === undefined || instance.receivedAt < existing.receivedAt;
    if (existing === undefined) progress.instances++;
    else progress.duplicates++;
    if (existing === undefined || isFirst === (onExisting === "keep-first")) {
      await index.put({ ...instance, serial: ++serial }, [], attributes);
    }
  };
  let failed = false;
  const work = async () => {
    for (let next = await objects.next(); !next.done && !failed; next = await objects.next()) {
      const described = await describeIfReadable(store, next.value, index.kept);
      if (described === undefined) continue;
      progress.objects++;
      if ("problem" in described) progress.unreadable++;
      else await mutex.run(described.instance.sopInstanceUid, () => take(described));
      onProgress(progress);
    }
  };
  const stopOthers = (error: unknown) => {
    failed = true;
    throw error;
  };
  const workers = Array.from({ length: READ_AT_ONCE }, () => work().catch(stopOthers));
  // The caller closes the index: no other code may use it any more by then.
  const results = await Promise.allSettled(workers);
  await objects.return?.();
  for (const result of results) if (result.status === "rejected") throw result.reason;
  await index.sync();
  return progress;
}
